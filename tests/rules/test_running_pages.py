"""The pages on which a session is run: who is present, one item and its forms, what closing records."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.council.desk.records import Records
from services.council.sessions.outcomes import subjects_of
from services.council.state import StoredDecisions, StoredSession
from services.council.work.attending import attending_view
from services.council.work.awarding import awarding_view
from services.council.work.balloting import ballots_view
from services.council.work.ending import ending_view
from services.council.work.proposals import by_movement, proposals_of
from services.council.work.recording import RESULT_NEEDS, WHOLE_LIST, ballots_of, body_of, result_of
from services.council.work.running import running_view
from shared.contracts.council import AgendaItem, Decision, ItemChange
from shared.contracts.council_rules import CouncilRules, Threshold
from shared.contracts.model import Tier
from shared.contracts.sessions import (
    Attendance,
    AttendanceConfirmed,
    Confirmation,
    ItemOutcome,
    OutcomeGiven,
    SubjectOutcome,
    Vote,
    VoteGiven,
    VoteRow,
)
from shared.runtime.http.pages.submitted import Submitted, refused
from shared.runtime.http.problems import Refusal
from shared.wording.unit_names import full_name
from tests.support.agendas import FIRST, MOVEMENT, NOW, SECOND, THIRD, lists
from tests.support.desk_data import HEAD, data_of, items, present, session, step, subjects
from tests.support.movement import register, s0, units

FOURTH = units(Tier.SO)[3]
AWARDS = (lists("C1", (THIRD,)), lists("B1", (FIRST, SECOND), held=(THIRD, FOURTH)))
AGENDA = [item.model_copy(update={"number": n}) for n, item in enumerate(items(*AWARDS), 1)]
LIST = next(item for item in AGENDA if item.award == "B1" and item.kind == "candidates")
HELD = next(item for item in AGENDA if item.kind == "held")


def held(**changes: Any) -> StoredSession:
    return session(AGENDA, "held", **{"head": HEAD, **present(7), **changes})


def outcome(item: AgendaItem, value: str, *exceptions: tuple[str, str, str | None], **more: Any) -> ItemOutcome:
    rows = tuple(SubjectOutcome.model_validate({"subject": s, "outcome": o, "reason": r}) for s, o, r in exceptions)
    given = OutcomeGiven.model_validate({"item": item.id, "outcome": value, "exceptions": rows, **more})
    return ItemOutcome(number=item.number, given=given, by="Thư ký Hội đồng", at=NOW)


def vote(item: AgendaItem, *rows: VoteRow, passed: tuple[str | None, ...], way: str = "ballots", **more: Any) -> Vote:
    given = VoteGiven.model_validate({"item": item.id, "way": way, "rows": rows, **more})
    threshold = Threshold(share="1/2", cite="A51")
    return Vote(given=given, members=9, present=7, threshold=threshold, passed=passed, by="Thư ký Hội đồng", at=NOW)


def row(subject: str | None, agree: int, disagree: int = 0) -> VoteRow:
    return VoteRow(subject=subject, agree=agree, disagree=disagree, no_opinion=0)


def sent(*pairs: tuple[str, str]) -> Submitted:
    return Submitted.of([("item", LIST.id), *pairs])


def test_attendance_counts_how_many_are_lacking_and_proposes_nobody_as_present() -> None:
    before = attending_view(data_of(session(AGENDA, "frozen", head=HEAD)))
    assert (before.first.words, before.first.enough) == ("Chưa điểm danh; cần ít nhất 6/9 thành viên.", False)
    assert {member.state for member in before.members} == {""}
    assert not before.startable, "the button that begins sends no marks of the form above it, and they would be lost"
    too_few, enough = (attending_view(data_of(session(AGENDA, "frozen", head=HEAD, **present(n)))) for n in (5, 6))
    assert (too_few.first.words, too_few.first.enough) == ("Có mặt 5/9 thành viên; cần ít nhất 6.", False)
    assert (enough.first.enough, enough.startable, enough.running) == (True, True, False)
    assert [member.state for member in enough.members] == ["present"] * 6 + ["excused"] * 3


def test_attendance_can_be_recorded_from_the_freeze_to_the_end_of_the_sitting() -> None:
    editable = {
        phase: attending_view(data_of(session(AGENDA, phase, head=HEAD))).editable
        for phase in ("drafted", "frozen", "held", "closed")
    }
    assert editable == {"drafted": False, "frozen": True, "held": True, "closed": False}
    nobody = attending_view(data_of(session(AGENDA, "frozen")))
    assert (nobody.editable, nobody.first.words) == (False, "Chưa có danh sách thành viên Hội đồng cho ngày họp.")


def test_an_item_without_a_number_is_the_first_that_has_no_outcome() -> None:
    view = running_view(data_of(held(outcomes=(outcome(AGENDA[0], "noted"),))), None)
    assert (view.number, view.left, len(view.items)) == (2, len(AGENDA) - 1, len(AGENDA))
    assert view.previous is not None
    assert view.previous.decided
    assert view.following is not None
    assert view.following.address.endswith("/dieu-hanh?noi-dung=3")
    with pytest.raises(Refusal):
        running_view(data_of(held()), 99)


def test_a_list_is_offered_as_a_whole_and_what_is_only_reported_is_noted() -> None:
    proposed_list, reported = (running_view(data_of(held()), item.number) for item in (LIST, HELD))
    assert (proposed_list.is_list, proposed_list.way, proposed_list.outcome, proposed_list.needs_vote) == (
        True,
        "hands",
        "proposed",
        True,
    )
    assert [line.name for line in proposed_list.subjects] == [full_name(register(), unit) for unit in (FIRST, SECOND)]
    assert proposed_list.rule.startswith("Ngưỡng quá 1/2 tổng số thành viên Hội đồng; mức tạm áp dụng")
    assert (reported.is_list, reported.way, reported.outcome, reported.ballots) == (False, "", "noted", "")
    assert [value for value, _ in reported.outcomes] == ["noted", "deferred", "withdrawn"]


def test_an_item_about_an_award_from_which_no_proposal_follows_warns_before_its_outcome_is_recorded() -> None:
    """The council agreed to a unit that waited for its appraisal, and closing recorded no proposal for it."""
    agenda = [
        item.model_copy(update={"number": n}) for n, item in enumerate(items(lists("B1", for_judgement=(FIRST,))), 1)
    ]
    waiting = next(item for item in agenda if item.kind == "for_judgement")
    words = running_view(data_of(session(agenda, "held", head=HEAD, **present(7))), waiting.number).effect
    assert "không lập đề nghị tặng" in words
    assert words.endswith("Muốn xét tặng thì ghi “để lại phiên sau”.")
    assert [running_view(data_of(held()), item.number).effect for item in (LIST, HELD)] == ["", ""]


def test_the_outcomes_that_follow_from_a_count_are_proposed_with_their_figures() -> None:
    """Once an outcome is recorded, its own exceptions stand."""
    counted = vote(LIST, row(FIRST, 7), row(SECOND, 3, 4), passed=(FIRST,))
    view = running_view(data_of(held(votes=(counted,))), LIST.number)
    assert [(line.outcome, line.reason) for line in view.subjects] == [
        ("", ""),
        ("not_proposed", "Số ý kiến đồng ý 3/9, không đạt ngưỡng"),
    ]
    assert view.way == ""
    recorded = outcome(LIST, "proposed", (FIRST, "deferred", "Chờ kết luận"))
    after = running_view(data_of(held(votes=(counted,), outcomes=(recorded,))), LIST.number)
    assert [(line.outcome, line.shown) for line in after.subjects] == [
        ("deferred", "Để lại phiên sau; lý do: Chờ kết luận"),
        ("", "Thống nhất đề nghị"),
    ]


def test_a_unit_that_new_figures_took_off_the_list_is_marked_in_its_row_and_exceptions_are_counted() -> None:
    """The secretary looked for the name of the change among sixteen rows."""
    change = ItemChange(left=(SECOND,), since=NOW)
    agenda = [item.model_copy(update={"change": change}) if item is LIST else item for item in AGENDA]
    given = outcome(LIST, "proposed", (SECOND, "not_proposed", "Điểm đã đính chính"))
    stored = session(agenda, "held", head=HEAD, **present(7), outcomes=(given,))
    view = running_view(data_of(stored), LIST.number)
    assert [line.marks for line in view.subjects] == [[], ["ra khỏi danh sách theo số liệu mới"]]
    assert view.result.endswith("; 1 trường hợp có kết quả riêng ở bảng dưới")


def test_nothing_can_be_recorded_before_the_sitting_or_after_it() -> None:
    before, after = (running_view(data_of(session(AGENDA, phase, head=HEAD)), 1) for phase in ("frozen", "closed"))
    assert (before.startable, after.startable, running_view(data_of(held()), 1).closed) == (True, False, "")
    assert "chưa bắt đầu" in before.closed
    assert "mở lại" in after.closed


def test_who_heads_the_unit_concerned_is_proposed_for_recusal_where_the_plan_has_it() -> None:
    heads = HEAD.members[1].model_copy(update={"unit": FIRST})
    head = HEAD.model_copy(update={"members": (HEAD.members[0], heads, *HEAD.members[2:])})
    for recusal, expected in (("own_unit", ["tv-2"]), ("none", [])):
        data = data_of(held(head=head))
        object.__setattr__(data, "rules", CouncilRules(recusal=recusal))
        line, other = running_view(data, LIST.number).subjects
        assert [entry.member for entry in line.recusals] == expected
        assert not other.recusals


def test_the_grid_of_ballots_begins_with_who_may_vote_and_then_shows_the_count() -> None:
    by_hands = vote(LIST, row(None, 7), row(FIRST, 2, 5), passed=(None,), way="hands")
    fresh = ballots_view(data_of(held(votes=(by_hands,))), LIST.number)
    assert (fresh.figures["handed_out"], fresh.figures["valid"], len(fresh.counters)) == ("7", "", 3)
    assert {line.figures for line in fresh.lines} == {None}
    ballots = {"handed_out": 7, "returned": 7, "valid": 6, "invalid": 1}
    counted = vote(
        LIST, row(FIRST, 6), row(SECOND, 6), passed=(FIRST, SECOND), ballots=ballots, counters=("Giám đốc Sở Nội vụ",)
    )
    view = ballots_view(data_of(held(votes=(counted,))), LIST.number)
    assert (view.figures["valid"], view.counters[0]) == ("6", "Giám đốc Sở Nội vụ")
    assert [line.figures and line.figures.agree for line in view.lines] == [6, 6]


def test_one_form_has_the_vote_and_the_outcome_and_leaves_out_subjects_without_figures_of_their_own() -> None:
    submitted = sent(
        ("way", "hands"), ("rows/0/agree", "7"), ("rows/0/disagree", ""), ("rows/0/no_opinion", ""), ("written", "0"),
        ("rows/1/subject", FIRST), ("rows/1/agree", ""), ("rows/2/subject", SECOND), ("rows/2/agree", "1"),
        ("rows/2/disagree", "6"), ("rows/2/no_opinion", ""), ("outcome", "proposed"), ("reason", ""),
        ("exceptions/1/subject", FIRST), ("exceptions/1/outcome", ""),
        ("exceptions/2/subject", SECOND), ("exceptions/2/outcome", "not_proposed"),
    )  # fmt: skip
    result = result_of(submitted, body_of(submitted, RESULT_NEEDS))
    assert result.vote is not None
    assert result.outcome is not None
    assert result.vote.rows == (row(None, 7), row(SECOND, 1, 6))
    assert [(entry.subject, entry.outcome) for entry in result.outcome.exceptions] == [(SECOND, "not_proposed")]


def test_without_figures_there_is_no_vote_and_the_button_of_the_whole_list_contradicts_no_other_choice() -> None:
    """The figures that the form begins with, 0 against and 0 without an opinion, are no vote."""
    whole = sent(("way", "hands"), ("rows/0/agree", ""), ("rows/0/disagree", "0"), ("written", "0"), (WHOLE_LIST, "co"))
    result = result_of(whole, body_of(whole, RESULT_NEEDS))
    assert (result.vote, result.outcome and result.outcome.outcome) == (None, "proposed")
    other = sent((WHOLE_LIST, "co"), ("outcome", "deferred"))
    with pytest.raises(Refusal) as refusal:
        result_of(other, body_of(other, RESULT_NEEDS))
    assert refusal.value.code == "two_outcomes"


def test_a_ballot_row_that_was_left_empty_is_refused_at_that_row() -> None:
    submitted = sent(("way", "ballots"), ("rows/1/subject", FIRST), ("rows/1/agree", "7"), ("rows/1/disagree", ""),
                     ("rows/1/no_opinion", ""), ("rows/2/subject", SECOND), ("rows/2/agree", ""))  # fmt: skip
    body = body_of(submitted, {})
    with pytest.raises(Refusal) as refusal:
        ballots_of(body)
    assert set(refused(submitted, refusal.value, body).problems) == {
        "rows/2/agree",
        "rows/2/disagree",
        "rows/2/no_opinion",
    }


def test_closing_records_what_follows_from_the_outcomes_and_nothing_twice() -> None:
    """A proposal that the session does not keep is revoked; a deferred subject has no decision."""
    recorded = outcome(LIST, "proposed", (SECOND, "not_proposed", "Chưa thống nhất"))
    flag = next(item for item in AGENDA if item.award == "C1")
    data = data_of(held(outcomes=(recorded, outcome(flag, "deferred", reason="Chờ"))))
    assert [proposal.words for proposal in proposals_of(data)] == [
        f"{full_name(register(), FIRST)}: thống nhất đề nghị",
        f"{full_name(register(), SECOND)}: không đề nghị",
    ]
    assert by_movement(proposals_of(data)) == {MOVEMENT: [0, 1]}
    assert ending_view(data).counted == "1 thống nhất đề nghị, 1 không đề nghị"
    standing = {("B1", unit): decision(unit) for unit in (FIRST, SECOND)}
    records = Records({MOVEMENT: s0()}, {MOVEMENT: StoredDecisions("k", 1, standing)})
    (left,) = proposals_of(data_of(data.stored, records=records))
    assert (left.given.subject, left.given.status, left.given.reason) == (SECOND, "revoked", "Chưa thống nhất")


def test_a_proposal_that_was_revoked_after_the_session_is_not_missing_and_not_made_again_by_closing() -> None:
    """The page of a closed session asked to reopen it for a unit whose award had been revoked."""
    data = data_of(held(outcomes=(outcome(LIST, "proposed"),)))
    for at, again in ((NOW + timedelta(days=3), [SECOND]), (NOW - timedelta(days=3), [FIRST, SECOND])):
        revoked = decision(FIRST).model_copy(update={"status": "revoked", "at": at})
        records = Records({MOVEMENT: s0()}, {MOVEMENT: StoredDecisions("k", 1, {("B1", FIRST): revoked})})
        left = [proposal.given.subject for proposal in proposals_of(data_of(data.stored, records=records))]
        assert left == again, "only what the council agreed to since then is proposed again"


def decision(unit: str) -> Decision:
    return Decision.model_validate(
        {
            **{"movement": MOVEMENT, "plan": s0().ref, "register_version": 1, "award": "B1", "subject": unit},
            **{"status": "granted", "computed": "PASS", "departs": False, "by": "x", "at": NOW, "version": 1},
        }
    )


def test_minutes_that_hold_are_not_offered_to_be_written_again_until_the_session_is_reopened() -> None:
    """Their button was the main one of the page after everything was done."""
    steps = [step("draft_minutes"), step("approve_minutes"), step("close")]
    closed = ending_view(data_of(session(AGENDA, "closed", steps=tuple(steps))))
    assert closed.minutes.startswith("Biên bản đã thông qua")
    assert "draft_minutes" not in closed.may
    again = [*steps, step("reopen"), step("close")]
    assert "draft_minutes" in ending_view(data_of(session(AGENDA, "closed", steps=tuple(again)))).may


def test_closing_names_the_items_without_an_outcome_and_where_they_get_one() -> None:
    view = ending_view(data_of(held(outcomes=tuple(outcome(item, "noted") for item in AGENDA[1:]))))
    assert view.open_words == f"Còn 1 nội dung chưa có kết quả: số {AGENDA[0].number}."
    assert [item.address[-len("dieu-hanh?noi-dung=1") :] for item in view.left] == ["dieu-hanh?noi-dung=1"]
    done = ending_view(data_of(held(outcomes=tuple(outcome(item, "noted") for item in AGENDA))))
    assert (done.open_words, done.minutes, "close" in done.may) == ("", "Biên bản chưa lập.", True)
    assert done.about_awards
    task = AGENDA[0].model_copy(update={"kind": "task", "award": None})
    assert not ending_view(data_of(session([task], "held", head=HEAD))).about_awards


def test_a_decision_names_the_proposals_that_wait_and_a_revocation_the_awards_that_stand() -> None:
    standing = {("B1", unit): decision(unit) for unit in subjects_of(LIST)}
    records = Records({MOVEMENT: s0()}, {MOVEMENT: StoredDecisions("k", 1, standing)})
    data = data_of(session(AGENDA, "closed", head=HEAD), records=records)
    view = awarding_view(data, "", revoking=False)
    assert (view.award, [r.subject for r in view.rows]) == ("B1", [FIRST, SECOND])
    assert view.first == "2 đề nghị của Hội đồng chưa ghi nhận quyết định khen thưởng."
    assert not awarding_view(data, f"{MOVEMENT}/B1", revoking=True).rows
    with pytest.raises(Refusal):
        awarding_view(data, "x/y", revoking=False)
    assert subjects().name(FIRST) == view.rows[0].name


def test_the_form_of_attendance_begins_with_what_the_members_have_answered() -> None:
    """What the secretary has recorded comes before it."""
    answered = Confirmation(
        member="tv-2", given=AttendanceConfirmed(state="replaced", substitute="Phó Giám đốc"), by="x", at=NOW
    )
    view = attending_view(data_of(session(AGENDA, "frozen", head=HEAD, confirmations=(answered,))))
    line = next(member for member in view.members if member.id == "tv-2")
    assert (line.state, line.substitute, line.attends) == ("replaced", "Phó Giám đốc", "Chưa ghi")
    assert line.answered.startswith("Cử người dự thay (Phó Giám đốc)")
    recorded = (Attendance(member="tv-2", state="present"),)
    view = attending_view(data_of(session(AGENDA, "frozen", head=HEAD, confirmations=(answered,), attendance=recorded)))
    assert next(member for member in view.members if member.id == "tv-2").state == "present"
