"""The places *Xét tiêu chuẩn*, *Xếp hạng*, *Đề nghị khen thưởng*, *Vì sao?* and *Tìm đơn vị* over HTTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from html import unescape
from typing import Any

import pytest_asyncio

from deploy.stack.embedded import Stack
from services.council.desk.evidence import NO_DETAILS
from shared.contracts.model import Event
from shared.contracts.scoring import StandingsChanged
from shared.wording.unit_names import short_name
from tests.support.council_desk import DESK, FIRST, KEY, MOVEMENT, SECOND, START, Desk, event_of, open_desk, summary
from tests.support.desk_results import verdicts
from tests.support.movement import register

WHY = f"/vi-sao/{KEY}/{FIRST}"
SUPPORTING = '{"sections": [{"title": "Căn cứ bổ trợ", "lines": ["Tham dự họp: được mời 14 cuộc họp."]}]}'


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A council with an empty database."""
    async with open_desk(servers) as opened:
        yield opened


def standings(version: int, scores: Mapping[str, str], minutes: int = 0) -> Event:
    rows = [
        {"unit": unit, "score": score, "version": 1, "receipt": "r", "as_of": "2023-11-30", "final": True}
        for unit, score in scores.items()
    ]
    data: dict[str, Any] = {"movement": MOVEMENT, "field": "chuyen-doi-so", "tier": "so", "page": 0, "version": version}
    event = event_of(StandingsChanged, {**data, "declared_complete": True, "rows": rows}, f"{KEY}/chuyen-doi-so/so/0")
    return event.model_copy(update={"time": START + timedelta(minutes=minutes)})


async def test_a_board_before_its_plan_and_in_any_order_shows_the_latest_scores(servers: Stack) -> None:
    """Standings wait for nothing: they are stored as they come, twice or late, and read once the plan is there."""
    async with open_desk(servers, with_plans=False) as desk:
        old, new = standings(7, {FIRST: "50"}), standings(1, {FIRST: "81.5", SECOND: "90"}, minutes=5)
        await desk.apply(new, old)
        await desk.apply(old)
        assert (await desk.http.get("/xep-hang")).status_code == 404
        await desk.learn_plans()
        page = (await desk.http.get("/xep-hang")).text
    assert f"dẫn đầu: {short_name(register(), SECOND)}" in page
    assert "81,50" in page
    assert "50,00" not in page


async def test_every_place_is_a_page_that_names_units_in_full(desk: Desk) -> None:
    """Before the first results too: each says what would be there."""
    addresses = ("/tieu-chuan", "/xep-hang", "/de-nghi", "/tim?q=dong+hoang", WHY)
    for address in addresses:
        assert (await desk.http.get(address)).status_code == 200, address
    await desk.apply(verdicts("C1", FIRST), summary(C1=[FIRST]), standings(1, {FIRST: "90"}))
    for address in addresses:
        answer = await desk.http.get(address)
        assert answer.headers["content-type"].startswith("text/html")
        assert "Content-Security-Policy" in answer.headers
    assert "1 đơn vị đạt đủ" in (await desk.http.get("/tieu-chuan")).text
    assert "có trong danh sách xét Cờ thi đua" in (await desk.http.get(WHY)).text
    assert (await desk.http.get(f"/vi-sao/{KEY}/khong-co")).status_code == 404


async def test_an_address_with_a_parameter_that_the_page_does_not_have_is_refused(desk: Desk) -> None:
    """A mistyped filter would look like a filtered list."""
    assert (await desk.http.get("/tieu-chuan", params={"hinh-thuc": "C1", "ket-qua": "dat"})).status_code == 200
    assert (await desk.http.get("/tieu-chuan", params={"hinh": "C1"})).json()["code"] == "unknown_parameter"


async def test_ranks_that_moved_since_the_last_visit_are_marked(desk: Desk) -> None:
    """Another reader, who has not seen the board before, sees no movement."""
    await desk.apply(standings(1, {FIRST: "90", SECOND: "80"}))
    assert "Từ lần xem trước" not in (await desk.http.get("/xep-hang")).text
    await desk.tick(START + timedelta(hours=2))
    await desk.apply(standings(2, {FIRST: "70", SECOND: "80"}, minutes=60))
    for _ in range(2):
        assert "2 đơn vị đổi hạng" in (await desk.http.get("/xep-hang")).text
    await desk.tick(START + timedelta(hours=4))
    assert "Từ lần xem trước" not in (await desk.http.get("/xep-hang")).text


@asynccontextmanager
async def scoring(answer: str | None, requests: list[str]) -> AsyncIterator[str]:
    """A scoring that answers everything with a JSON text, or accepts the connection and never answers."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if answer is not None:
            body = answer.encode()
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def why_page(servers: Stack, answer: str | None, seconds: float = 30) -> tuple[str, Sequence[str]]:
    """The page about a unit, and the requests that scoring got."""
    requests: list[str] = []
    async with scoring(answer, requests) as url, open_desk(servers, scoring_url=url, scoring_seconds=seconds) as desk:
        await desk.apply(verdicts("C1", FIRST), summary(C1=[FIRST]))
        page = await desk.http.get(WHY, headers={**DESK, "Cookie": "a=b"})
    assert page.status_code == 200
    return page.text, requests


async def test_what_supports_a_result_is_asked_of_scoring_in_the_readers_name(servers: Stack) -> None:
    """The reader's own sign-in goes along, so that nobody reads through council what scoring would refuse."""
    page, requests = await why_page(servers, SUPPORTING)
    assert "Tham dự họp: được mời 14 cuộc họp." in page
    assert NO_DETAILS not in page
    (request,) = requests
    assert request.startswith(f"GET /v1/{KEY}/explain/{FIRST} ")
    assert "cookie: a=b" in request.lower()
    assert "authorization: bearer desk" in request.lower()
    assert "host: desk\r\n" in request.lower(), "by the host scoring knows the name of the cookie"


async def test_a_page_does_not_wait_for_a_scoring_that_does_not_answer(servers: Stack) -> None:
    """Its own chain is complete; a sentence says what is missing. The same holds for an answer that cannot be read."""
    for answer in (None, "[]"):
        page, _ = await why_page(servers, answer, seconds=0.2)
        assert NO_DETAILS in page
        assert "có trong danh sách xét Cờ thi đua" in page


async def test_each_table_can_be_taken_from_its_page_with_the_pages_filter(desk: Desk) -> None:
    """The links on the page are followed as they stand."""
    await desk.apply(verdicts("C1", FIRST, SECOND), summary(C1=[FIRST]), standings(1, {FIRST: "90", SECOND: "80"}))
    for page in ("/xep-hang?linh-vuc=chuyen-doi-so&cap=so", "/tieu-chuan?hinh-thuc=C1", "/de-nghi?loc=con-so-luong"):
        links = re.findall(r'href="([^"]+)" download', (await desk.http.get(page)).text)
        assert len(links) == 2, page
        workbook, table = [await desk.http.get(unescape(link)) for link in links]
        assert (workbook.status_code, table.status_code) == (200, 200)
        assert workbook.content.startswith(b"PK")
        assert table.content.decode("utf-8-sig").count("\r\n") > 2
    assert (await desk.http.get("/xep-hang.pdf")).json()["code"] == "no_table"
