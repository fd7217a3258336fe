"""The pages on which the council weighs: judging many units, opinions of agencies, a member's answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.council.desk.criteria import MAX_ROWS, CriteriaAsked
from services.council.desk.records import Records
from services.council.judgement_rules import changed_meanwhile
from services.council.sessions import actions
from services.council.sessions.actions import Actor
from services.council.sessions.attendance import proposed_attendance
from services.council.sessions.problem import SessionProblem
from services.council.state import EntryKey
from services.council.work.asking import item_asked, opinions_view
from services.council.work.confirming import own_answer
from services.council.work.judging import ManyJudged, RowJudged, judgements_of, judging_view
from shared.contracts.council import Judgement, JudgementGiven
from shared.contracts.model import Tier, Verdict
from shared.contracts.opinions import AgencyAnswer, AgencyOpinion
from shared.contracts.sessions import Attendance, AttendanceConfirmed
from tests.support.agendas import MOVEMENT, NOW
from tests.support.desk_data import HEAD, data_of, items, session, subjects
from tests.support.desk_results import FIRST, SECOND, THIRD, finding, result, results
from tests.support.movement import s0, units

C1, C3 = s0().award["C1"], s0().award["C3"]
CRITERION = "hoan-thanh-xuat-sac"
UNJUDGED = finding(CRITERION, Verdict.MISSING, "no_feed")
MEMBER = Actor("Trần Văn Bình", "member", NOW)


def judgement(unit: str, version: int = 1, verdict: Verdict = Verdict.FAIL, at: datetime = NOW) -> Judgement:
    return Judgement.model_validate(
        {"movement": MOVEMENT, "plan": s0().ref, "register_version": 1, "tier": Tier.SO, "page": 0, "unit": unit}
        | {"criterion": CRITERION, "verdict": verdict, "reason": "Có đơn thư.", "by": "Lê Thị Lan"}
        | {"at": at.astimezone(UTC), "version": version}
    )


def standing(*judgements: Judgement) -> Mapping[EntryKey, Judgement]:
    return {(given.unit, given.criterion): given for given in judgements}


def form(*rows: RowJudged, **shared: Any) -> ManyJudged:
    return ManyJudged(criterion=CRITERION, rows=rows, **shared)


def row(unit: str, **own: Any) -> RowJudged:
    return RowJudged(unit=unit, chosen="co", seen=0, **own)


def test_a_verdict_or_reason_of_a_unit_counts_before_the_joint_one() -> None:
    given, problems = judgements_of(
        form(row(FIRST), row(SECOND, verdict="FAIL"), row(THIRD, reason="Riêng"), verdict="PASS", reason="Chung")
    )
    assert problems == []
    assert [(one.unit, one.verdict.value, one.reason) for one in given] == [
        (FIRST, "PASS", "Chung"),
        (SECOND, "FAIL", "Chung"),
        (THIRD, "PASS", "Riêng"),
    ]


def test_each_unit_may_have_its_own_without_a_joint_one_and_what_lacks_is_named() -> None:
    assert judgements_of(form(row(FIRST, verdict="PASS", reason="Riêng")))[1] == []
    lacking = judgements_of(form(row(FIRST, verdict="PASS"), row(SECOND, reason="Riêng")))[1]
    assert [problem["pointer"] for problem in lacking] == ["/verdict", "/reason"]
    assert [problem["pointer"] for problem in judgements_of(form(verdict="PASS", reason="x"))[1]] == ["/rows"]


def test_only_a_judgement_that_was_not_seen_and_differs_is_a_conflict() -> None:
    mine = JudgementGiven(unit=FIRST, criterion=CRITERION, verdict=Verdict.PASS, reason="Đúng.", by="Hoa")
    key = FIRST, CRITERION
    assert changed_meanwhile([mine], {key: 0}, {}, "/{}") == []
    assert changed_meanwhile([mine], {key: 2}, standing(judgement(FIRST, 2)), "/{}") == []
    (newer,) = changed_meanwhile([mine], {key: 1}, standing(judgement(FIRST, 2)), "/rows/{}")
    assert newer["pointer"] == "/rows/0"
    assert str(newer["detail"]).startswith("Vừa ghi khác: không đạt, Lê Thị Lan ghi lúc ")
    same = mine.model_copy(update={"verdict": Verdict.FAIL, "reason": "Có đơn thư.", "by": "Lê Thị Lan"})
    assert changed_meanwhile([same], {key: 0}, standing(judgement(FIRST)), "/{}") == []


def test_units_that_wait_are_ticked_and_units_judged_stay_to_be_corrected() -> None:
    """A judgement that was just given counts, although no result follows from it yet."""
    rows = {unit: result("C1", hoan_thanh_xuat_sac=UNJUDGED) for unit in (FIRST, SECOND)}
    scored = results({"C1": rows | {THIRD: result("C1")}})
    view = judging_view(scored, C1, CriteriaAsked(), "", standing(judgement(SECOND, 3)))
    assert (view.criterion, view.first) == (CRITERION, "1 đơn vị chờ thẩm định, 1 đơn vị đã thẩm định.")
    (waiting,), (judged,) = view.waiting, view.judged
    assert (waiting.unit, waiting.seen, waiting.ticked) == (FIRST, 0, True)
    assert (judged.unit, judged.seen, judged.ticked) == (SECOND, 3, False)
    assert view.latest.startswith("Lần ghi gần nhất: 1 đơn vị, Lê Thị Lan ghi lúc")
    assert not judging_view(scored, C1, CriteriaAsked(), "", {}, ticked=False).waiting[0].ticked
    narrowed = judging_view(scored, C1, CriteriaAsked(outcome="khong-dat"), "", standing(judgement(SECOND)))
    assert (narrowed.waiting, len(narrowed.judged)) == ([], 1)


def test_communes_are_judged_district_by_district_unless_few_are_asked_for() -> None:
    communes = units(Tier.XA)
    scored = results({"C3": {unit: result("C3", hoan_thanh_xuat_sac=UNJUDGED) for unit in communes}})
    view = judging_view(scored, C3, CriteriaAsked(), "", {})
    assert 0 < len(view.waiting) <= MAX_ROWS < len(communes)
    assert view.district
    assert view.districts_left


def test_where_nobody_waits_the_page_is_empty_and_explains_it() -> None:
    view = judging_view(results({"C1": {FIRST: result("C1")}}), C1, CriteriaAsked(), "", {})
    assert view.first == "Không có đơn vị nào chờ thẩm định trong danh sách đang lọc."
    assert (view.waiting, view.judged) == ([], [])


def opinion(number: str, answer: AgencyAnswer | None = None) -> AgencyOpinion:
    return AgencyOpinion(
        id=number,
        movement=MOVEMENT,
        plan=s0().ref,
        agency="cuc-thue",
        number=number,
        date=date(2023, 12, 1),
        answer_by=date(2023, 12, 8),
        award="C1",
        subjects=(FIRST,),
        about="Thuế.",
        answer=answer,
        by="Thư ký",
        at=NOW,
        version=1,
    )


def test_what_is_late_comes_first_and_what_is_missing_is_counted() -> None:
    answered = opinion("3", AgencyAnswer(number="9/CT", date=date(2023, 12, 7), answer="Không nợ.", by="x", at=NOW))
    opinions = [(answered, "answered"), (opinion("1"), "waiting"), (opinion("2"), "overdue")]
    view = opinions_view(Records(plans={MOVEMENT: s0()}, opinions={MOVEMENT: opinions}), subjects())  # type: ignore[dict-item]
    assert view.first == "Còn 2 ý kiến chưa trả lời, trong đó 1 quá thời hạn; đã trả lời 1."
    assert [name for name, _ in view.groups] == ["Quá thời hạn, chưa trả lời: 1", "Chưa trả lời: 1", "Đã trả lời: 1"]
    (_, (late,)), _, (_, (done,)) = view.groups
    assert late.request == "Công văn số 2 ngày 01/12/2023; trả lời chậm nhất hết ngày 08/12/2023"
    assert done.answer == "Văn bản số 9/CT ngày 07/12/2023: Không nợ."


def test_nobody_is_asked_about_an_item_without_an_award() -> None:
    candidates = next(item for item in items() if item.kind == "task")
    assert item_asked(data_of(session([candidates])), candidates.id) is None
    assert item_asked(data_of(session()), "khac") is None


def test_a_members_answer_replaces_the_members_own_and_nothing_else() -> None:
    meeting = session(items(), "frozen", head=HEAD, attendance=(Attendance(member="tv-3", state="present"),))
    once = actions.confirm(meeting, AttendanceConfirmed(state="present"), "tv-2", MEMBER)
    twice = actions.confirm(once, AttendanceConfirmed(state="excused", reason="Ốm"), "tv-2", MEMBER)
    assert [entry.given.state for entry in twice.meeting.confirmations] == ["excused"]
    assert [entry.verb for entry in twice.meeting.steps] == ["confirm", "confirm"]
    assert twice.meeting.version == meeting.meeting.version
    again = actions.confirm(twice, AttendanceConfirmed(state="excused", reason="Ốm"), "tv-2", MEMBER)
    assert again is twice
    late = actions.confirm(twice, AttendanceConfirmed(state="excused", reason="Bận"), "tv-3", MEMBER)
    proposed = proposed_attendance(late.meeting)
    assert (proposed["tv-2"].state, proposed["tv-3"].state) == ("excused", "present")


@pytest.mark.parametrize(
    ("member", "given", "code"),
    [
        ("ai-do", AttendanceConfirmed(state="present"), "not_a_member"),
        ("tv-2", AttendanceConfirmed(state="excused"), "reason_needed"),
        ("tv-2", AttendanceConfirmed(state="replaced"), "no_substitute"),
    ],
)
def test_an_answer_that_cannot_be_recorded_is_explained(member: str, given: AttendanceConfirmed, code: str) -> None:
    with pytest.raises(SessionProblem) as problem:
        actions.confirm(session(phase="frozen", head=HEAD), given, member, MEMBER)
    assert problem.value.code == code


def test_nobody_answers_once_the_session_has_begun() -> None:
    with pytest.raises(SessionProblem, match="Không trả lời dự họp được"):
        actions.confirm(session(phase="held", head=HEAD), AttendanceConfirmed(state="present"), "tv-2", MEMBER)
    assert not own_answer(session(phase="held", head=HEAD), "tv-2").is_asked


def test_a_member_is_asked_until_the_session_begins_and_sees_the_own_answer() -> None:
    answer = own_answer(session(phase="frozen", head=HEAD), "tv-2")
    assert (answer.is_asked, answer.sentence) == (True, "Chức danh thứ 2: chưa trả lời dự họp.")
    answered = actions.confirm(session(phase="frozen", head=HEAD), AttendanceConfirmed(state="present"), "tv-2", MEMBER)
    assert own_answer(answered, "tv-2").sentence.startswith("Đã trả lời: Dự họp, lúc ")
    assert "chưa gắn với thành viên nào" in own_answer(answered, "ai-do").sentence
    assert "chưa có danh sách thành viên" in own_answer(session(), "tv-2").sentence
