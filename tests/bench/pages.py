"""Ratios of pages: the server's time for a page over the year, and for its bare template with the rows in hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from jinja2 import Template
from starlette.types import ASGIApp, Message

from deploy.demo import SEED
from deploy.demo.run import demo_stack, play_year
from services.council.app import build
from services.council.settings import CouncilSettings
from services.intake.access.key_store import digest
from tests.bench.ratio import Ratio, Side, Stopwatch, Took
from tests.bench.stage import SideFailed, Stage
from tests.support.desk_pages import PAGES, DeskPage
from tests.support.played_year import END, year_to_the_awards

_CALLS: Final = 20
_REPS: Final = 3
_KEY: Final = "bench"

_measured: dict[int, dict[str, tuple[list[Took], list[Took]]]] = {}


async def _measure(stage: Stage) -> dict[str, tuple[list[Took], list[Took]]]:
    """Every page and its bare template, over the year that is played once."""
    if (measured := _measured.get(id(stage))) is not None:
        return measured
    async with demo_stack(stage.folder / "year", fixed_ports=False) as stack:
        await play_year(stack, year_to_the_awards(), SEED)
        service = build(
            CouncilSettings(
                kafka=stack.kafka,
                mongo=stack.mongo,
                idempotent_producer=False,
                desk_key_sha256=digest(_KEY),
                clock="driven",
                clock_start=END,
            )
        )
        await service._prepare()
        measured = _measured[id(stage)] = {page.name: await _both(service.api, page) for page in PAGES}
        await service._database.close()
    return measured


async def _both(app: ASGIApp, page: DeskPage) -> tuple[list[Took], list[Took]]:
    """The times of one page and of its bare template, one after the other. Raises ``SideFailed``."""
    works: list[Took] = []
    bases: list[Took] = []
    with _last_rendering() as renderings:
        size = len(await _page(app, page.path))
        render = renderings[-1]
        for _ in range(_REPS):
            watch = Stopwatch()
            with watch.running():
                for _ in range(_CALLS):
                    await _page(app, page.path)
            works.append(Took(watch.seconds, _CALLS, watch.cpu, {"bytes": size}))
            watch = Stopwatch()
            with watch.running():
                for _ in range(_CALLS):
                    render()
            bases.append(watch.took(_CALLS))
    return works, bases


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


async def _page(app: ASGIApp, address: str) -> bytes:
    """A page, by calling the app without a client or a connection. Raises ``SideFailed`` unless it answers 200."""
    path, _, query = address.partition("?")
    statuses: list[int] = []
    body = bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        body.extend(message.get("body", b""))

    headers = [(b"accept", b"text/html"), (b"authorization", f"Bearer {_KEY}".encode()), (b"host", b"desk")]
    scope = {
        **{"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "root_path": ""},
        **{"path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": headers},
        **{"client": ("127.0.0.1", 1), "server": ("desk", 80)},
    }
    await app(scope, receive, send)
    if statuses != [200]:
        raise SideFailed(f"{address} answers {statuses}: {body[:300].decode(errors='replace')}")
    return bytes(body)


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
        f"the council's page {page.path} over the demo's year / its bare template with the same rows",
        _side(page, 0),
        _side(page, 1),
        "<=",
        1.5,
        reps=_REPS,
    )
    for page in PAGES
)
