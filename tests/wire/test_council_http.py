"""The council over HTTP, on a real database: the secretariat reads and freezes agendas and records decisions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from deploy.stack.embedded import Stack
from shared.contracts.council import Decision, DecisionMade
from shared.contracts.ids import derived
from shared.contracts.model import VIETNAM, Verdict
from shared.contracts.scoring import EligibilitySummarised
from shared.contracts.topics import DECISIONS as DECISIONS_TOPIC
from shared.wording.unit_names import full_name
from tests.support.council_desk import (
    DECISIONS,
    DESK,
    FIRST,
    KEY,
    MOVEMENT,
    NO_KEY,
    P4,
    PAGE,
    SECOND,
    START,
    THIRD,
    Desk,
    nomination,
    open_desk,
    page,
    receipt,
    summary,
)
from tests.support.movement import register


@pytest_asyncio.fixture
async def desk(servers: Stack) -> AsyncIterator[Desk]:
    """A council with an empty database."""
    async with open_desk(servers) as opened:
        yield opened


async def test_events_reach_the_agenda_in_whatever_order_they_arrive(desk: Desk) -> None:
    """The highest version of a receipt or nomination wins, and so do the latest lists."""
    await desk.apply(
        receipt("OB01", "van-phong-ubnd", 2, complete=True),
        receipt("OB01", "van-phong-ubnd", 1, complete=False),
        nomination("Phòng Một", 1),
        nomination("Phòng Hai", 2, status="withdrawn"),
        nomination("Phòng Hai", 1),
        nomination("Sở", 1, award="B1", subject=FIRST, name=None),
        summary(B1=[SECOND]),
        summary(B1=[FIRST, SECOND]),
    )
    ids = [item["id"].replace(MOVEMENT, "m") for item in (await desk.agenda())["items"]]
    assert "report/m/OB01" not in ids
    assert "report/m/OB02" in ids
    candidates = await desk.agenda_item(f"candidates/{MOVEMENT}/B1")
    assert (candidates["units"], candidates["proposed"]) == ([FIRST, SECOND], [FIRST])
    assert (await desk.agenda_item(f"nominations/{MOVEMENT}/B4"))["nominations"] == [derived("Phòng Một")]


async def test_lists_published_again_or_late_by_a_process_that_lost_its_partition_change_nothing(desk: Desk) -> None:
    """The latest state counts, not the latest arrival. Lists of a restarted scoring are later, at any version."""
    older, newer = summary(C1=[FIRST]), summary(C1=[SECOND])
    await desk.apply(newer)
    await desk.apply(older)
    assert (await desk.agenda_item(f"candidates/{MOVEMENT}/C1"))["units"] == [SECOND]
    assert isinstance(older, EligibilitySummarised)
    restarted = older.model_copy(update={"time": START + timedelta(minutes=1)})
    await desk.apply(restarted)
    assert (await desk.agenda_item(f"candidates/{MOVEMENT}/C1"))["units"] == [FIRST]


async def test_the_councils_own_decisions_after_the_freeze_do_not_count_as_changed_figures(desk: Desk) -> None:
    """The council decides in the session; only units without a decision of its own cause the warning."""
    await desk.apply(summary(C1=[FIRST, SECOND], B1=[FIRST, SECOND]))
    await desk.http.post(f"{P4}/freeze", headers=DESK)
    await desk.tick(START + timedelta(hours=1))
    await desk.decide({"award": "C1", "subject": FIRST})
    await desk.apply(summary(C1=[FIRST, SECOND], B1=[SECOND]))
    assert not [item for item in (await desk.agenda())["items"] if item["changed"]]
    await desk.apply(summary(C1=[FIRST, SECOND], B1=[]))
    assert [item["award"] for item in (await desk.agenda())["items"] if item["changed"]] == ["B1"]


async def test_a_decision_before_the_freeze_hides_no_change_though_both_bear_one_instant(desk: Desk) -> None:
    """A clock that somebody drives stands still between the two."""
    await desk.apply(summary(C1=[FIRST, SECOND], B1=[FIRST, SECOND]))
    await desk.decide({"award": "C1", "subject": FIRST})
    await desk.http.post(f"{P4}/freeze", headers=DESK)
    await desk.apply(summary(C1=[FIRST, SECOND], B1=[SECOND]))
    assert [item["award"] for item in (await desk.agenda())["items"] if item["changed"]] == ["B1"]


async def test_a_frozen_agenda_keeps_its_items_and_marks_what_has_changed(desk: Desk) -> None:
    """The secretariat freezes once, and the end of the time planned for the session is a mark that closes nothing."""
    await desk.apply(summary(C1=[FIRST]), nomination("Phòng Một", 1))
    assert (await desk.http.post(f"{P4}/freeze", headers=NO_KEY)).status_code == 401
    assert (await desk.http.post(f"{P4[:-1]}9/freeze", headers=DESK)).json()["code"] == "no_session"
    frozen = (await desk.http.post(f"{P4}/freeze", headers=DESK)).json()
    assert frozen["status"] == "frozen"
    assert datetime.fromisoformat(frozen["frozen_at"]) == START
    assert (await desk.http.post(f"{P4}/freeze", headers=DESK)).json()["code"] == "wrong_phase"
    assert await desk.agenda() == frozen

    await desk.tick(START + timedelta(days=1))
    await desk.apply(
        summary(C1=[SECOND], B1=[THIRD]),
        nomination("Phòng Một", 2, status="withdrawn"),
        receipt("OB01", "van-phong-ubnd", 1, complete=True),
    )
    now = await desk.agenda()
    kept = {item["id"]: item for item in now["items"]}
    still = ("number", "title", "units", "nominations")
    assert [[kept[i["id"]][k] for k in still] for i in frozen["items"]] == [
        [i[k] for k in still] for i in frozen["items"]
    ]
    assert {i["award"]: (i["units_now"], i["supplement"]) for i in now["items"] if i["changed"]} == {
        "C1": ([SECOND], False),
        "B4": ([], False),
    }
    supplement = now["items"][-1]
    assert (supplement["award"], supplement["supplement"]) == ("B1", True)
    assert supplement["number"] == max(item["number"] for item in frozen["items"]) + 1
    html = (await desk.http.get(PAGE)).text
    assert "Số liệu đã thay đổi từ ngày" in html
    assert "đã rút đề nghị" in html
    assert full_name(register(), SECOND) in html

    await desk.apply(summary(C1=[FIRST], B1=[THIRD]), nomination("Phòng Một", 3))
    assert not [item for item in (await desk.agenda())["items"] if item["changed"]]
    await desk.tick(datetime(2024, 2, 1, 8, tzinfo=VIETNAM))
    late = await desk.agenda()
    assert (late["status"], late["window_over"], late["frozen_at"]) == ("frozen", True, frozen["frozen_at"])
    assert "Đã chốt, quá thời gian dự kiến, chưa ghi nhận đã họp" in (await desk.http.get(PAGE)).text


async def test_the_foot_of_a_page_names_the_head_of_the_audit_chain_as_it_stands(desk: Desk) -> None:
    """It shows number, hash prefix and day as `thidua audit verify council --head` takes them, if there is a head."""
    await desk.apply(summary(C1=[FIRST]))
    assert "Dấu kiểm toán" not in (await desk.http.get(PAGE)).text
    for n in range(3):
        await desk.service.audit.append_action("an", "thử", str(n), "")
    head = await desk.service.audit.head()
    assert head is not None
    assert f"Dấu kiểm toán: số 3 · {head.hash[:16]} · 20/12/2023" in (await desk.http.get(PAGE)).text


async def test_a_session_whose_window_is_over_stays_a_draft_with_a_mark(desk: Desk) -> None:
    """Nobody has held it, so nothing is closed; the agenda still follows the figures."""
    await desk.apply(summary(C1=[FIRST]))
    await desk.tick(datetime(2024, 2, 1, 8, tzinfo=VIETNAM))
    await desk.apply(summary(C1=[FIRST, SECOND]))
    late = await desk.agenda()
    assert (late["status"], late["phase"], late["window_over"], late["frozen_at"]) == ("draft", "planned", True, None)
    assert (await desk.agenda_item(f"candidates/{MOVEMENT}/C1"))["units"] == [FIRST, SECOND]
    past = (await desk.http.get(f"{P4[:-1]}1/agenda")).json()
    assert (past["status"], past["frozen_at"], "window_over" in past) == ("historical", None, False)


async def test_decisions_are_recorded_all_or_none_and_each_wrong_one_is_named(desk: Desk) -> None:
    """The problem document points at each wrong decision. Only the secretariat may decide."""
    await desk.apply(summary(C1=[FIRST], B1=[SECOND]), page("B1", **{SECOND: Verdict.PASS, THIRD: Verdict.HOLD}))
    assert (await desk.http.post(DECISIONS, headers=NO_KEY, json=[])).status_code == 401
    status, problem = await desk.decide(
        {"award": "B1", "subject": SECOND},
        {"award": "B1", "subject": FIRST},
        {"award": "B1", "subject": THIRD, "reason": "vẫn tặng"},
    )
    assert (status, problem["code"]) == (422, "reason_needed")
    assert [(item["pointer"], item["code"]) for item in problem["problems"]] == [
        ("/1/reason", "reason_needed"),
        ("/2/subject", "on_hold"),
    ]
    assert (await desk.http.get(DECISIONS)).json() == []
    assert (await desk.decide({"award": "B1", "subject": SECOND, "session": "P4"}))[0] == 202
    (decision,) = (await desk.http.get(DECISIONS)).json()
    assert (decision["subject"], decision["computed"], decision["version"]) == (SECOND, "PASS", 1)
    unknown = await desk.http.post("/v1/thai-binh/khac/decisions", headers=DESK, json=[])
    assert unknown.status_code == 422
    missing = [{"award": "B1", "subject": SECOND, "status": "granted", "by": "x"}]
    answer = await desk.http.post("/v1/thai-binh/khac/decisions", headers=DESK, json=missing)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_movement")


async def test_each_of_several_concurrent_decisions_is_checked_against_the_earlier_ones(desk: Desk) -> None:
    """Two desks grant the one flag: one of them is refused. Repeating a decision makes no new version."""
    await desk.apply(summary(C1=[FIRST, SECOND]))
    answers = await asyncio.gather(*(desk.decide({"award": "C1", "subject": u}) for u in (FIRST, SECOND) * 4))
    granted = (await desk.http.get(DECISIONS)).json()
    assert [(item["version"], item["status"]) for item in granted] == [(1, "granted")]
    assert sorted(status for status, _ in answers) == [202] * 4 + [422] * 4
    assert {problem["code"] for status, problem in answers if status == 422} == {"quota_full"}


async def test_a_decision_is_published_in_its_current_state_and_each_version_has_its_own_id(desk: Desk) -> None:
    """The key is the movement's, so one scoring process consumes all decisions of a movement in order."""
    await desk.apply(summary(C1=[FIRST]))
    granted = {"award": "C1", "subject": FIRST}
    revoked = {**granted, "status": "revoked", "reason": "Kê khai sai."}
    events: list[Decision] = []
    ids: set[str] = set()
    for given in (granted, revoked, granted):
        await desk.decide(given)
        await desk.decide(given)
        for message in await desk.published():
            if message.topic == DECISIONS_TOPIC.name:
                event = DECISIONS_TOPIC.parse(message.value)
                assert isinstance(event, DecisionMade)
                assert (message.key, event.subject) == (KEY.encode(), KEY)
                events.append(event.data)
                ids.add(event.id)
    assert [(item.status, item.version, item.reason) for item in events] == [
        ("granted", 1, None),
        ("revoked", 2, "Kê khai sai."),
        ("granted", 3, None),
    ]
    assert events[0].at == START
    assert len(ids) == 3


async def test_decisions_of_a_movement_that_nobody_knows_are_404(desk: Desk) -> None:
    """An empty list would mean that nothing has been decided yet."""
    assert (await desk.http.get(DECISIONS)).json() == []
    for path in ("/v1/thai-binh/zzz/decisions", "/v1/nam-dinh/x/decisions", "/v1/%00/%00/decisions"):
        answer = await desk.http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_movement"), path


@pytest.mark.parametrize("path", [DECISIONS, f"/v1/{KEY}/judgements"])
async def test_the_council_reads_nothing_before_it_knows_the_secretary(desk: Desk, path: str) -> None:
    """A broken body of megabytes from anybody is answered with 401, and never parsed."""
    for key in (NO_KEY, {"Authorization": "Bearer nobody"}):
        headers = {**key, "Content-Type": "application/json"}
        answer = await desk.http.post(path, headers=headers, content=b"[" * 4_000_000)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_the_desk")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"[", 400, "not_json"),
        (b"{}", 400, "not_json"),
        (b"[" * 1000, 400, "too_deep"),
        (b'[{"award": "C1", "award": "B1"}]', 400, "name_twice"),
        (b"[]", 422, "invalid"),
        (b'[{"award": 1}]', 422, "invalid"),
        (b'[{"by": "a\\u202eb"}]', 422, "bidi_character"),
    ],
)
@pytest.mark.parametrize("path", [DECISIONS, f"/v1/{KEY}/judgements"])
async def test_the_council_refuses_in_vietnamese_what_intake_would_refuse(
    desk: Desk, path: str, content: bytes, status: int, code: str
) -> None:
    """One strict reader for all bodies, and none of the parser's English."""
    answer = await desk.http.post(path, headers={**DESK, "Content-Type": "application/json"}, content=content)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    texts = [problem["detail"], *(error["message"] for error in problem.get("errors", ()))]
    assert not [word for word in ("Field", "Input", "should", "error") for text in texts if word in text]
    other_type = await desk.http.post(path, headers={**DESK, "Content-Type": "text/plain"}, content=content)
    assert other_type.status_code == 415
