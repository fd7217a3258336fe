"""The event streams of pages: they say once that something has changed, and nobody can exhaust them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.contracts.sign_ins import EndedSignIn
from shared.runtime.http.pages.changes import PageChanges, Watcher, mark_of
from shared.runtime.http.problems import Refusal
from tests.support.browsing import served
from tests.support.council_desk import P4, PAGE, START, Desk, open_desk
from tests.support.signed_in import SIGN_IN, as_browser, cookie_of
from tests.support.waiting import until

BROWSER = as_browser(cookie_of("secretary"), form=False)


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A council with a session, which looks for changes as a running service does."""
    async with open_desk(servers, **SIGN_IN) as opened:
        await opened.tick(START)
        looking = asyncio.create_task(opened.service.page_changes.run())
        yield opened
        looking.cancel()


async def stream_of(desk: Desk) -> str:
    """The address that the session's page names."""
    html = (await desk.http.get(PAGE, headers=BROWSER | {"Accept": "text/html"})).text
    return html.partition('data-stream="')[2].partition('"')[0]


@asynccontextmanager
async def listening(desk: Desk, address: str) -> AsyncIterator[AsyncIterator[str]]:
    """What comes over a stream, as a browser reads it from the served service."""
    async with (
        served(desk.service.api) as url,
        httpx.AsyncClient(timeout=20) as http,
        http.stream("GET", url + address, headers=BROWSER) as answer,
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        yield answer.aiter_text()


async def rest_of(events: AsyncIterator[str]) -> str:
    return "".join([part async for part in events])


async def test_a_change_is_shown_once_and_the_stream_ends(desk: Desk) -> None:
    async with listening(desk, await stream_of(desk)) as events:
        assert await anext(events) == "retry: 5000\n\n"
        assert (await desk.http.post(f"{P4}/draft")).status_code == 200
        began = time.monotonic()
        assert await rest_of(events) == "event: thay-doi\ndata: 1\n\n"
    assert time.monotonic() - began < 5
    assert desk.service.page_changes.open == 0


async def test_what_changed_before_the_stream_was_opened_is_shown_at_once(desk: Desk) -> None:
    address = await stream_of(desk)
    await desk.http.post(f"{P4}/draft")
    async with listening(desk, address) as events:
        assert "event: thay-doi" in await rest_of(events)


async def test_a_stream_ends_with_the_sign_in_and_shows_nothing_more(desk: Desk) -> None:
    async with listening(desk, await stream_of(desk)) as events:
        assert await anext(events) == "retry: 5000\n\n"
        (stream,) = desk.service.page_changes._streams
        ended = EndedSignIn(sign_in=stream.watcher.sign_in, expires_at=START)
        await desk.service._sign_ins.ended.end([ended])
        await desk.http.post(f"{P4}/draft")
        assert await rest_of(events) == ""
    assert (await desk.http.get(await stream_of(desk) or PAGE, headers=BROWSER)).status_code == 401


async def test_who_may_not_read_the_page_gets_no_stream(desk: Desk) -> None:
    address = await stream_of(desk)
    officer = as_browser(cookie_of("officer"), form=False)
    assert (await desk.http.get(address, headers=officer)).status_code == 403
    assert (await desk.http.get(address, headers={"Authorization": ""})).status_code == 401
    assert (await desk.http.get(address.replace("/P4/", "/P9/"), headers=BROWSER)).status_code == 404


async def test_a_reader_who_leaves_gives_the_place_back(desk: Desk) -> None:
    async with listening(desk, await stream_of(desk)) as events:
        await anext(events)
        assert desk.service.page_changes.open == 1
    await until(lambda: desk.service.page_changes.open == 0)


async def test_a_service_that_stops_ends_its_streams_and_opens_no_more(desk: Desk) -> None:
    """Nothing waits for them."""
    async with listening(desk, await stream_of(desk)) as events:
        await anext(events)
        desk.service.page_changes.stop()
        assert await rest_of(events) == ""
    assert (await desk.http.get(await stream_of(desk), headers=BROWSER)).status_code == 503


async def test_neither_one_person_nor_everybody_can_exhaust_the_service(desk: Desk) -> None:
    changes = PageChanges(desk.service._database, most=5, most_each=3)

    def open_one(person: str) -> None:
        changes.stream(Watcher(person, "", time.time() + 60), {"sessions": []}, "0")

    for _ in range(3):
        open_one("hoa")
    with pytest.raises(Refusal) as refusal:
        open_one("hoa")
    assert refusal.value.status == 503
    open_one("lan")
    open_one("lan")
    with pytest.raises(Refusal):
        open_one("minh")


async def test_the_database_is_not_read_while_no_page_is_open(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one look serves every open page."""
    looks: list[object] = []
    database = desk.service._database
    revisions = database.revisions

    async def counted(wanted: object) -> object:
        looks.append(wanted)
        return await revisions(wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(database, "revisions", counted)
    changes = PageChanges(database)
    looking = asyncio.create_task(changes.run())
    changes.wake()
    await asyncio.sleep(0)
    assert looks == []
    watched = {"sessions": ["a"]}
    mark = mark_of(frozenset(), watched)
    for person in ("hoa", "lan", "minh"):
        changes.stream(Watcher(person, person, time.time() + 60), watched, mark)
    await until(lambda: bool(looks))
    assert looks == [{"ended_sign_ins": ["hoa", "lan", "minh"], "sessions": ["a"]}]
    looking.cancel()
