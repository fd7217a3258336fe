"""The standing office at notify's door: drafts are released or withheld, contacts noted, with its key and reasons."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from deploy.stack.embedded import Stack
from services.notify.access import ROLES
from services.notify.api import routes
from shared.contracts.model import VIETNAM
from shared.contracts.people import Person
from shared.runtime.http.problems import add_problem_handlers
from shared.runtime.http.routing import add_routes, set_prepared
from shared.runtime.http.sign_in.reader import SignIns
from shared.runtime.http.sign_in.roles import Access
from shared.runtime.mongo import Database
from tests.support.intake_client import listening
from tests.support.kafka_access import thidua
from tests.support.movement import s0
from tests.support.notify_client import DESK, notify_client
from tests.support.notifying import Process, RecordingChannel, process

KEY = {"Authorization": "Bearer khoa-thu-nghiem"}
DAY = datetime(2023, 12, 7, 8, tzinfo=VIETNAM)
"""Three working days after the last permitted day of S0's reports: the heads of the late agencies are told."""


@pytest_asyncio.fixture
async def notify(servers: Stack) -> AsyncIterator[Process]:
    database = Database(servers.mongo, f"test_{uuid4().hex}")
    one = await process(database, RecordingChannel())
    one.clock.drive(DAY)
    await one.reminding.remind(DAY)
    yield one
    await database.drop()
    await database.close()


@pytest_asyncio.fixture
async def http(notify: Process) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    add_problem_handlers(app)
    holder = sha256(b"khoa-thu-nghiem").hexdigest(), Person("x", "desk 0123456789ab", "secretary")
    unused: Any = None
    access = Access(SignIns(unused, (), "test"), [holder], ROLES)
    set_prepared(app, True)
    add_routes(app, routes(notify.desk, notify.accounts, notify.references, access))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notify", headers=KEY) as client:
        yield client


async def draft_to(http: httpx.AsyncClient, recipient: str) -> str:
    drafts = (await http.get("/v1/drafts")).json()
    return str(next(d["notice"]["id"] for d in drafts if d["notice"]["recipient"] == recipient))


@pytest.mark.parametrize("path", ["notices/x/release", "notices/x/withhold", "contacts"])
@pytest.mark.parametrize("headers", [{"Authorization": ""}, {"Authorization": "Bearer khac"}])
async def test_nothing_changes_without_the_key(http: httpx.AsyncClient, path: str, headers: dict[str, str]) -> None:
    """The body of an unknown caller is not read."""
    answer = await http.post(f"/v1/{path}", headers=headers, content=b"{")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_the_desk")


async def test_a_draft_is_released_once(http: httpx.AsyncClient, notify: Process) -> None:
    draft = await draft_to(http, "so-tttt")
    released = await http.post(f"/v1/notices/{draft}/release", headers=KEY)
    assert (released.status_code, released.json()["state"]) == (200, "released")
    assert released.json()["notice"]["released_by"].startswith("desk ")
    again = await http.post(f"/v1/notices/{draft}/release", headers=KEY)
    assert (again.status_code, again.json()["code"]) == (409, "no_draft")
    assert draft in {notice["id"] for notice in (await http.get("/v1/notices")).json()}


async def test_a_withheld_draft_keeps_its_reason_and_is_published_as_withheld(
    http: httpx.AsyncClient, notify: Process
) -> None:
    """So the audit chain has it. A reason is demanded."""
    draft = await draft_to(http, "so-tttt")
    assert (await http.post(f"/v1/notices/{draft}/withhold", headers=KEY, json={})).status_code == 422
    reason = {"reason": "Sở đang hoàn thiện, hẹn ngày 08/12"}
    withheld = await http.post(f"/v1/notices/{draft}/withhold", headers=KEY, json=reason)
    assert withheld.json()["state"] == "withheld"
    await notify.deliver()
    texts = [(message.value or b"").decode() for message in notify.published]
    assert any('"notice.withheld"' in text and reason["reason"] in text for text in texts)
    assert (await http.post(f"/v1/notices/{draft}/release", headers=KEY)).status_code == 409


async def test_a_draft_about_what_was_reported_since_is_not_released(http: httpx.AsyncClient, notify: Process) -> None:
    draft = await draft_to(http, "so-tttt")
    stored = await notify.accounts.load(f"thai-binh/{s0().id}/thong-tin-truyen-thong")
    account = stored.account.with_stand("OB07", stored.account.stand("OB07").with_receipt(1, DAY))
    await notify.accounts.save(account, stored)
    answer = await http.post(f"/v1/notices/{draft}/release", headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_left")


async def test_a_telephone_call_stands_in_the_ledger(http: httpx.AsyncClient) -> None:
    """A duty that nobody has is refused."""
    wanted = {"province": "thai-binh", "plan": s0().id, "account": "thong-tin-truyen-thong", "duty": "OB07"}
    call = {**wanted, "note": "Đã gọi Văn phòng Sở, hẹn gửi chiều nay"}
    assert (await http.post("/v1/contacts", headers=KEY, json=call)).status_code == 201
    unknown = await http.post("/v1/contacts", headers=KEY, json={**call, "duty": "OB99"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_duty")
    (ob07,) = (await http.get("/v1/ledger", params={"agency": "so-tttt", "duty": "OB07"})).json()
    assert [contact["note"] for contact in ob07["contacts"]] == [call["note"]]


async def test_the_text_of_a_notice_can_be_copied(http: httpx.AsyncClient) -> None:
    draft = await draft_to(http, "so-tttt")
    answer = await http.get(f"/v1/notices/{draft}/text")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "Kính gửi: Sở Thông tin và Truyền thông" in answer.text
    assert (await http.get("/v1/notices/none/text")).status_code == 404


async def test_the_office_works_with_commands(servers: Stack, tmp_path: Path) -> None:
    """Drafts are listed, one is released and one withheld; the ledger then says so, and that somebody called."""
    async with notify_client(servers, tmp_path, DAY, [s0()]) as notify, listening(notify.service) as url:
        await notify.tick(DAY)
        at = ("--url", url, "--key", "desk")
        code, out, err = await thidua("notices", "drafts", *at)
        assert code == 0, err
        assert "thủ trưởng Sở Thông tin" in out
        assert out.endswith("10 thư chờ duyệt.\n")
        drafts = (await notify.http.get("/v1/drafts", headers=DESK)).json()
        by_recipient = {draft["notice"]["recipient"]: draft["notice"]["id"] for draft in drafts}
        code, out, err = await thidua("notices", "release", by_recipient["so-tttt"], *at)
        assert (code, out) == (0, "Đã duyệt thư gửi Sở Thông tin và Truyền thông.\n"), err
        code, out, err = await thidua("notices", "withhold", by_recipient["so-khdt"], "--reason", "đã hẹn", *at)
        assert (code, out) == (0, "Đã hoãn thư gửi Sở Kế hoạch và Đầu tư.\n"), err
        code, out, err = await thidua("notices", "contacted", "so-tttt", "OB07", "--note", "hẹn chiều nay", *at)
        assert (code, out) == (0, "Đã ghi nhận.\n"), err
        code, out, err = await thidua("notices", "ledger", "--agency", "so-tttt", "--duty", "OB07", *at)
        assert code == 0, err
        assert "hẹn chiều nay" in out
        assert "chưa đến ngày" in out
        code, out, err = await thidua("notices", "release", by_recipient["so-khdt"], *at)
        assert (code, out) == (1, ""), err
        assert "đã hoãn" in err
        assert (await thidua("notices", "release", *at))[0] == 2
