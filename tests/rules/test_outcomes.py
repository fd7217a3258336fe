"""The outcome of an item: what it may be, how it agrees with the vote, and when a session may be closed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from services.council.sessions import lifecycle
from services.council.sessions.lifecycle import ALLOWED, PHASE_NAMES, VERB_NAMES, Verb, phase_after, status_of
from services.council.sessions.outcomes import check_outcome, deferred_items, require_outcomes
from services.council.sessions.problem import SessionProblem
from shared.contracts.council import AgendaItem
from shared.contracts.council_rules import Threshold
from shared.contracts.sessions import ItemOutcome, OutcomeGiven, Phase, Vote, VoteGiven, VoteRow

NOW = datetime(2023, 12, 20, tzinfo=UTC)


def item(kind: str = "candidates", number: int = 1, **more: Any) -> AgendaItem:
    award = {"award": "C1", "units": ("a", "b")} if kind in ("candidates", "held", "for_judgement") else {}
    fields = {"number": number, "id": f"{kind}/m/C1", "kind": kind, "title": "x", "cite": "S0", **award, **more}
    return AgendaItem.model_validate(fields)


def cast(*passed: str | None, rows: tuple[str | None, ...] = ("a", "b")) -> Vote:
    voted = tuple(VoteRow(subject=subject, agree=1, disagree=0, no_opinion=0) for subject in rows)
    threshold = Threshold(share="1/2", cite="A51")
    vote = VoteGiven(item="i", way="hands", rows=voted)
    return Vote(given=vote, members=1, present=1, threshold=threshold, passed=passed, by="x", at=NOW)


def given(outcome: str, *exceptions: tuple[str, str], **more: Any) -> OutcomeGiven:
    different = [{"subject": subject, "outcome": other, "reason": "lý do"} for subject, other in exceptions]
    return OutcomeGiven.model_validate({"item": "i", "outcome": outcome, "exceptions": different, **more})


def refusal(outcome: OutcomeGiven, of: AgendaItem, vote: Vote | None, quota: int | None = None) -> str | None:
    try:
        check_outcome(outcome, of, vote, quota, needs_vote=True)
    except SessionProblem as problem:
        return problem.code
    return None


def test_an_award_is_proposed_only_where_its_vote_carried() -> None:
    """And not refused where it did; a row for the item as a whole stands for every subject."""
    assert refusal(given("proposed"), item(), None) == "vote_needed"
    assert refusal(given("proposed"), item(), cast("a", "b")) is None
    assert refusal(given("proposed"), item(), cast("a")) == "vote_contradicted"
    assert refusal(given("proposed", ("b", "not_proposed")), item(), cast("a")) is None
    assert refusal(given("not_proposed"), item(), cast("a")) == "vote_contradicted"
    assert refusal(given("proposed"), item(), cast(None, rows=(None,))) is None
    assert refusal(given("proposed"), item(), cast("a", rows=("a",))) == "vote_needed"
    carried = item("task", award="C1", units=("a", "b"), other_kind="carried_over")
    assert refusal(given("proposed"), carried, None) == "vote_needed"


def test_an_exception_that_its_vote_contradicts_is_refused_in_its_own_row_with_what_to_do() -> None:
    """It was refused at the outcome of the whole list, which agreed with the vote."""
    whole = cast(None, rows=(None,))
    with pytest.raises(SessionProblem) as of_exception:
        check_outcome(given("proposed", ("b", "not_proposed")), item(), whole, None, needs_vote=True)
    assert of_exception.value.pointer == "/exceptions/0/outcome"
    assert of_exception.value.detail.endswith("ghi số biểu quyết riêng của trường hợp này.")
    with pytest.raises(SessionProblem) as of_list:
        check_outcome(given("not_proposed"), item(), whole, None, needs_vote=True)
    assert (of_list.value.pointer, "riêng" in of_list.value.detail) == ("/outcome", False)


def test_a_deferral_is_no_vote_and_has_a_reason() -> None:
    """So has a withdrawal; to take note needs neither."""
    assert refusal(given("deferred"), item(), None) == "reason_needed"
    assert refusal(given("withdrawn"), item(), None) == "reason_needed"
    assert refusal(given("deferred", reason="Chờ xác minh"), item(), None) is None
    assert refusal(given("noted"), item("open_report"), None) is None


def test_nothing_is_proposed_about_what_is_only_reported() -> None:
    """An award on hold cannot be proposed."""
    assert refusal(given("proposed"), item("held"), None) == "outcome_not_possible"
    assert refusal(given("noted", ("a", "proposed")), item("held"), None) == "outcome_not_possible"
    assert refusal(given("proposed"), item("task"), None) is None


def test_no_more_subjects_are_proposed_than_the_award_may_have() -> None:
    """Of two tied candidates for one flag the council proposes one (A6)."""
    assert refusal(given("proposed"), item(), cast("a", "b"), 1) == "too_many_proposed"
    assert refusal(given("proposed", ("b", "withdrawn")), item(), cast("a", "b"), 1) is None


def test_an_exception_is_about_a_subject_of_the_item_and_once() -> None:
    assert refusal(given("noted", ("c", "deferred")), item(), None) == "unknown_subject"
    assert refusal(given("noted", ("a", "deferred"), ("a", "withdrawn")), item(), None) == "given_twice"


def recorded(of: AgendaItem, outcome: OutcomeGiven) -> ItemOutcome:
    return ItemOutcome(number=of.number, given=outcome.model_copy(update={"item": of.id}), by="x", at=NOW)


def test_a_session_is_closed_only_when_every_item_has_an_outcome() -> None:
    """The numbers of the others are named."""
    items = [item("task", 1, id="t"), item("candidates", 2), item("held", 3)]
    with pytest.raises(SessionProblem, match="Chưa kết thúc được phiên họp: còn 2 nội dung chưa có kết quả, số 1, 3"):
        require_outcomes(items, [recorded(items[1], given("noted"))], "kết thúc được phiên họp")
    require_outcomes(items, [recorded(entry, given("noted")) for entry in items], "kết thúc được phiên họp")


def test_what_is_deferred_is_left_for_the_next_session_with_its_own_subjects_only() -> None:
    """An item as a whole, or some of its units; what was decided is not carried on."""
    whole, part, none = item("task", 1, id="t"), item("candidates", 2), item("held", 3)
    outcomes = [
        recorded(whole, given("deferred", reason="x")),
        recorded(part, given("proposed", ("b", "deferred"))),
        recorded(none, given("noted")),
    ]
    assert [(entry.id, entry.units) for entry in deferred_items([whole, part, none], outcomes)] == [
        ("t", ()),
        (part.id, ("b",)),
    ]


def test_every_phase_and_verb_has_a_name_and_every_phase_an_old_status() -> None:
    """The first releases know four statuses and read no other value."""
    phases, verbs = get_args(Phase), get_args(Verb)
    assert (set(PHASE_NAMES), set(VERB_NAMES), set(ALLOWED)) == (set(phases), set(verbs), set(verbs))
    assert {phase: status_of(phase) for phase in phases} == {
        "planned": "draft",
        "drafted": "draft",
        "frozen": "frozen",
        "held": "frozen",
        "minutes_drafted": "frozen",
        "approved": "closed",
        "closed": "closed",
        "cancelled": "closed",
        "historical": "historical",
    }


def test_whatever_is_done_a_session_moves_along_its_life_cycle() -> None:
    """From each phase only these phases follow, and nothing at all follows a cancellation."""
    follows: dict[str, set[str]] = {phase: set() for phase in get_args(Phase)}
    for verb, phases in ALLOWED.items():
        for phase in phases:
            follows[phase].add(phase_after(verb, phase))
    assert follows == {
        "planned": {"drafted", "frozen", "held", "cancelled"},
        "drafted": {"drafted", "frozen", "held", "cancelled"},
        "frozen": {"frozen", "held", "cancelled"},
        "held": {"held", "minutes_drafted", "closed"},
        "minutes_drafted": {"approved", "closed", "held"},
        "approved": {"closed", "held"},
        "closed": {"closed", "held"},
        "cancelled": set(),
        "historical": {"held"},
    }
    with pytest.raises(SessionProblem, match="đang ở trạng thái “đã hủy”"):
        lifecycle.require("reopen", "cancelled")
