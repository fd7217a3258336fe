"""Calendar feeds over HTTP and with ``thidua feeds``, on a real database."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest_asyncio
from icalendar import Calendar

from deploy.stack.embedded import Stack
from services.notify.state import Stand
from shared.contracts.model import VIETNAM
from tests.support.intake_client import listening
from tests.support.kafka_access import thidua
from tests.support.movement import s0
from tests.support.notify_client import DESK, NotifyClient, notify_client

NOW = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)


@pytest_asyncio.fixture
async def notify(servers: Stack, tmp_path: Path) -> AsyncIterator[NotifyClient]:
    async with notify_client(servers, tmp_path / "outbox", NOW, public_url="https://thidua.example") as client:
        yield client


async def made(notify: NotifyClient, agency: str | None) -> Any:
    answer = await notify.http.post("/v1/feeds", headers=DESK, json={"province": "thai-binh", "agency": agency})
    assert answer.status_code == 201, answer.text
    return answer.json()


def summaries(content: bytes) -> list[str]:
    return [str(event["SUMMARY"]) for event in Calendar.from_ical(content).walk("VEVENT")]


async def test_whoever_has_the_address_reads_the_calendar_without_a_key(notify: NotifyClient) -> None:
    """The secret has 32 random bytes, and only its digest is stored."""
    feed = await made(notify, "so-noi-vu")
    secret = re.fullmatch(r"/lich/([A-Za-z0-9_-]{43})\.ics", feed["path"])
    assert secret is not None
    assert feed["url"] == f"https://thidua.example{feed['path']}"
    answer = await notify.http.get(feed["path"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "X-WR-CALNAME:Thời hạn báo cáo – Sở Nội vụ" in answer.text
    assert len(summaries(answer.content)) == 3
    (stored,) = await notify.database.documents("feeds").find()
    assert stored["_id"] == hashlib.sha256(secret[1].encode()).hexdigest()
    assert secret[1] not in str(stored)
    (act,) = [entry async for entry in notify.service.audit.entries() if entry["what"] == "act"]
    assert (act["verb"], act["object"]) == ("make a calendar feed", f"feeds/thai-binh/so-noi-vu/{feed['id']}")
    assert secret[1] not in str(act)


async def test_a_program_that_has_the_calendar_is_answered_304_until_a_report_is_in(notify: NotifyClient) -> None:
    feed = await made(notify, None)
    first = await notify.http.get(feed["path"])
    tag = first.headers["etag"]
    for given in (tag, f'"other", W/{tag}'):
        again = await notify.http.get(feed["path"], headers={"If-None-Match": given})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    stored = await notify.accounts.load(f"{s0().province}/{s0().id}/{s0().obligation['OB06'].reporter}")
    assert not [summary for summary in summaries(first.content) if summary.startswith("✓")]
    complete = Stand(version=1, complete_at=datetime(2023, 12, 1, tzinfo=UTC))
    await notify.accounts.save(stored.account.with_stand("OB06", complete), stored)
    changed = await notify.http.get(feed["path"], headers={"If-None-Match": tag})
    assert changed.status_code == 200
    (done,) = [summary for summary in summaries(changed.content) if summary.startswith("✓")]
    assert " – Sở Nội vụ (Kế hoạch số 46/KH-UBND)" in done


async def test_a_withdrawn_address_is_as_unknown_as_one_that_never_was(notify: NotifyClient) -> None:
    feed, other = await made(notify, "so-y-te"), await made(notify, "so-y-te")
    gone = await notify.http.delete(f"/v1/feeds/{feed['id']}", headers=DESK)
    assert (gone.status_code, gone.content) == (204, b"")
    answers = [await notify.http.get(path) for path in (feed["path"], "/lich/x.ics", f"/lich/{'A' * 43}.ics")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert answers[0].json()["code"] == "no_feed"
    assert (await notify.http.get(other["path"])).status_code == 200
    again = await notify.http.delete(f"/v1/feeds/{feed['id']}", headers=DESK)
    assert (again.status_code, again.json()["code"]) == (404, "no_feed")


async def test_only_the_standing_office_makes_lists_and_withdraws(notify: NotifyClient) -> None:
    wanted = {"province": "thai-binh"}
    for answer in (
        await notify.http.post("/v1/feeds", json=wanted),
        await notify.http.get("/v1/feeds"),
        await notify.http.delete("/v1/feeds/x"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "not_the_desk")
    for body, status, code in (
        ({"province": "thai-binh", "agency": "khong-co"}, 422, "unknown_unit"),
        ({"province": "khong-co"}, 404, "no_units"),
        ({"province": "thai-binh", "who": "x"}, 422, "invalid"),
    ):
        refused = await notify.http.post("/v1/feeds", headers=DESK, json=body)
        assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_calendars_are_made_listed_and_withdrawn_with_commands(notify: NotifyClient) -> None:
    async with listening(notify.service) as url:
        at = ("--url", url, "--key", "desk")
        code, out, err = await thidua("feeds", "create", "--agency", "so-y-te", *at)
        assert code == 0, err
        assert out.startswith("Lịch của  Sở Y tế\n")
        (path,) = re.findall(r"https://thidua\.example(/lich/\S+\.ics)   \(chỉ hiện một lần\)", out)
        (feed_id,) = re.findall(r"thidua feeds withdraw ([0-9a-f]{12})\)", out)
        assert (await notify.http.get(path)).status_code == 200
        code, out, err = await thidua("feeds", "withdraw", feed_id, *at)
        assert (code, out) == (0, f"Đã thu hồi lịch {feed_id}.\n"), err
        assert (await notify.http.get(path)).status_code == 404
        code, out, err = await thidua("feeds", "create", *at)
        assert out.startswith("Lịch của  cơ quan Thường trực\n"), err
        code, out, err = await thidua("feeds", "list", *at)
        line = f"{feed_id}   Sở Y tế   lập 09:00 ngày 01/12/2023   đã thu hồi 09:00 ngày 01/12/2023"
        assert line in out.splitlines(), err
        assert out.endswith("2 lịch.\n")
