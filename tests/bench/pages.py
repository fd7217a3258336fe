"""Ratios of pages over HTTP: a page over the year, and a bare route that renders its template with the rows in hand.

Both are routes of one app, served as services are, so that connection, framework and middleware cost the same on both
sides. The reader is signed in by a cookie, as people are. The CPU time is the server's: that of the process without the
client's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from time import thread_time
from typing import Any, Final

import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Template
from pydantic import SecretStr
from starlette.types import ASGIApp

from deploy.demo import SEED
from deploy.demo.run import demo_stack, play_year
from services.council.app import build
from services.council.settings import CouncilSettings
from services.intake.app import build as build_intake
from services.intake.settings import IntakeSettings
from shared.contracts.model import local
from shared.runtime.http.server_protocol import ConnectionLimits, protocol_with
from shared.runtime.http.sign_in.tokens import cookie_name
from tests.bench.keep_alive import send_all
from tests.bench.ratio import Ratio, Side, Stopwatch, Took
from tests.bench.stage import Stage
from tests.support.desk_pages import PAGES, DeskPage
from tests.support.form_pages import FORM_PAGES, open_forms
from tests.support.played_year import END, year_to_the_awards
from tests.support.signed_in import SECRET, SIGN_IN, cookie_of
from tests.support.waiting import until

_CALLS: Final = 20
_REPS: Final = 3
_ALL: Final = (*PAGES, *FORM_PAGES)
_SIGN_IN: Final = DeskPage("sign-in", "/dang-nhap", role=None)
"""intake's page. That of a one-time link has no ratio: it is opened once, and reads whether the link has been used."""

_measured: dict[int, dict[str, tuple[list[Took], list[Took]]]] = {}


async def _measure(stage: Stage) -> dict[str, tuple[list[Took], list[Took]]]:
    """Every page and its bare template, over the year that is played once and sessions called for the forms."""
    if (measured := _measured.get(id(stage))) is not None:
        return measured
    async with demo_stack(stage.folder / "year", fixed_ports=False) as stack:
        await play_year(stack, year_to_the_awards(), SEED)
        servers = {"kafka": stack.kafka, "mongo": stack.mongo, "idempotent_producer": False, **SIGN_IN}
        service = build(CouncilSettings(clock="driven", clock_start=END, **servers))
        key = {"Authorization": f"Bearer {stack.desk_key}"}
        async with httpx.AsyncClient(base_url=stack.urls["council"], headers=key, timeout=30) as http:
            places = await open_forms(http, f"{local(END):%Y-%m-%d}")
        await service._prepare()
        measured = _measured[id(stage)] = {
            page.name: await _both(service.api, page, page.path.format_map(places)) for page in _ALL
        }
        await service._database.close()
        secret = SecretStr(SECRET)
        intake = build_intake(IntakeSettings(province="thai-binh", office="ban-tdkt", sign_in_secret=secret, **servers))
        await intake._prepare()
        measured[_SIGN_IN.name] = await _both(intake.api, _SIGN_IN, _SIGN_IN.path)
        await intake._database.close()
    return measured


async def _both(app: FastAPI, page: DeskPage, path: str) -> tuple[list[Took], list[Took]]:
    """The times of one page, which is at a path, and of its bare template, one after the other."""
    ask = partial(_ask, cookie_of(page.role) if page.role else "")

    async def template() -> HTMLResponse:
        return HTMLResponse(renderings[-1]())

    works: list[Took] = []
    bases: list[Took] = []
    async with _served(app) as port:
        with _last_rendering() as renderings:
            await asyncio.to_thread(ask, port, path, 2)
        bare = f"/bare/{page.name}"
        app.add_api_route(bare, template)
        app.router.routes.insert(0, app.router.routes.pop())  # no other route is tried first
        for _ in range(_REPS):
            works.append(await _timed(ask, port, path))
            bases.append(await _timed(ask, port, bare))
    return works, bases


@asynccontextmanager
async def _served(app: ASGIApp) -> AsyncIterator[int]:
    """Serve an app in this process as services are served, without its lifespan; the port."""
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host="127.0.0.1",
            port=0,
            lifespan="off",
            log_config=None,
            access_log=False,
            http=protocol_with(ConnectionLimits()),
        )
    )
    serving = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


async def _timed(ask: Callable[[int, str, int], float], port: int, path: str) -> Took:
    watch = Stopwatch()
    with watch.running():
        client_cpu = await asyncio.to_thread(ask, port, path, _CALLS)
    return Took(watch.seconds, _CALLS, watch.cpu - client_cpu)


def _ask(signed_in: str, port: int, path: str, calls: int) -> float:
    """Ask for a page some times over one connection; the CPU seconds of this thread. Raises unless it answers 200.

    ``signed_in`` is the cookie of who asks, or empty.
    """
    cookie = f"{cookie_name('test', secure=False)}={signed_in}"
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: text/html", f"Cookie: {cookie}"]
    request = "\r\n".join([*lines, "", ""]).encode()
    began = thread_time()
    asyncio.run(send_all(port, [request] * calls, 1, 200))
    return thread_time() - began


@contextmanager
def _last_rendering() -> Iterator[list[Callable[[], str]]]:
    """Collects what repeats each rendering of a template, with the values it was filled with."""
    original = Template.render
    renderings: list[Callable[[], str]] = []

    def recording(template: Template, *args: Any, **values: Any) -> str:
        renderings[:] = [partial(original, template, *args, **values)]
        return original(template, *args, **values)

    Template.render = recording  # type: ignore[method-assign, assignment]
    try:
        yield renderings
    finally:
        Template.render = original  # type: ignore[method-assign]


def _side(page: DeskPage, which: int) -> Side:
    taken = 0

    async def side(stage: Stage) -> Took:
        nonlocal taken
        times = (await _measure(stage))[page.name][which]
        taken += 1
        return times[(taken - 1) % len(times)]

    return side


RATIOS: Final = tuple(
    Ratio(
        f"page-{page.name}",
        f"the page {page.path} over the demo's year / a bare route that renders the same rows",
        _side(page, 0),
        _side(page, 1),
        "<=",
        1.5,
        reps=_REPS,
    )
    for page in (*_ALL, _SIGN_IN)
)
