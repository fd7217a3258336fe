"""The cause of a change is the event that made it, also where the verdicts before and after name other events."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from services.council.changes import FindingState, award_histories, change_of
from services.council.packed_findings import unpack
from services.scoring import rules
from shared.contracts.council import ItemChange
from shared.contracts.model import Kind
from shared.wording.agenda_changes import cause_text
from tests.support.agenda_findings import NOW, computed, item
from tests.support.applied_events import context_of, figures_after
from tests.support.movement import s0
from tests.support.small_province import Feed, feeds
from tests.support.years import Act, Inspecting, Judging, Reporting, Withdrawal, Year

FEEDS = {(feed.obligation, feed.agency): feed for feed in feeds()}
CASES = FEEDS["OB05-H", "huyen-a"]
"""The district's own reports about its communes: violations and cases."""
COMMUNE_AWARD = "C3"
Acts = tuple[Act, ...]
OPEN, FOUND = 1, 3


def report(feed: Feed, *, complete: bool = False, **figures: int) -> Reporting:
    """A final report; ``figures`` are numbers by unit, with ``_`` for ``-``, that each kind of figure interprets."""
    by_unit: Mapping[str, int] = {unit.replace("_", "-"): number for unit, number in figures.items()}
    return Reporting(feed, by_unit, interim=False, complete=complete)


def change(before: Acts, after: Acts, unit: str, award: str = COMMUNE_AWARD) -> ItemChange:
    """What is said if a unit left an award's list after the freeze, which was between the two."""
    everything = Year((*before, *after)).events
    (then, _), (now, _) = computed(Year(before).events), computed(everything)
    context = context_of(everything)
    assert context.plan.movement is not None
    movement = context.plan.movement.id
    histories = award_histories(
        {(movement, key): findings.by_unit for key, findings in then.items()},
        {(movement, key): findings for key, findings in now.items()},
        [context.plan],
        context.register,
    )
    made = change_of(item(unit), item(), frozenset(), histories[movement, award], None, NOW)
    assert made is not None
    return made


def causes(before: Acts, after: Acts, unit: str, award: str = COMMUNE_AWARD) -> list[int]:
    """The causes that are named: the numbers of the acts after the freeze, from 1; 0 for any before it."""
    events = [len(Year((*before, *after[:number])).events) for number in range(len(after) + 1)]
    everything = Year((*before, *after)).events
    act_of = {event.id: bisect_right(events, at) for at, event in enumerate(everything)}
    return sorted({act_of[cause.event] for cause in change(before, after, unit, award).because})


def test_a_withdrawn_case_is_the_cause_though_no_report_is_left() -> None:
    """The criterion has no figure any more, so its verdict rests on nothing; it was FAIL because of the case."""
    assert causes((Inspecting(CASES, {("xa-a2", 1): FOUND}),), (Withdrawal(0),), "xa-a2") == [1]


def test_the_count_that_a_case_hid_is_not_the_cause_of_what_its_withdrawal_changed() -> None:
    """Once the case is withdrawn the verdict rests on the older count of violations."""
    before = (report(CASES, xa_a2=0), Inspecting(CASES, {("xa-a2", 1): OPEN}))
    assert causes(before, (Withdrawal(1),), "xa-a2") == [1]


def test_the_case_that_another_hid_is_not_the_cause_of_what_a_withdrawal_changed() -> None:
    """A case closed with a violation fails the criterion; once it is withdrawn, an older open case holds it."""
    before = (Inspecting(CASES, {("xa-a2", 1): OPEN}), Inspecting(CASES, {("xa-a2", 2): FOUND}))
    assert causes(before, (Withdrawal(1),), "xa-a2") == [1]


def test_a_better_count_behind_an_open_case_is_the_cause() -> None:
    """Too many violations failed the criterion; after the correction the open case holds it."""
    before = (Inspecting(CASES, {("xa-a2", 1): OPEN}), report(CASES, xa_a2=5))
    assert causes(before, (report(CASES, xa_a2=0),), "xa-a2") == [1]


def test_a_judgement_that_a_report_hid_is_not_the_cause_of_what_its_withdrawal_changed() -> None:
    """A judgement counts only where no report does (A41)."""
    criterion = next(rule.criterion for rule in s0().award[COMMUNE_AWARD].rules if rule.rule == "no_violation")
    before = (report(CASES, xa_a2=5), Judging("xa-a2", criterion, "PASS"))
    assert causes(before, (Withdrawal(0),), "xa-a2") == [1]


def test_a_withdrawn_report_is_the_cause_where_nobody_has_to_report() -> None:
    """The district's report was the only one about its communes; without it the subject has no report at all."""
    tasks = FEEDS["OB02-H", "huyen-a"]
    assert causes((report(tasks, xa_a2=2),), (Withdrawal(0),), "xa-a2") == [1]


def test_who_declares_a_tier_complete_is_the_cause_of_its_ranks() -> None:
    """The report has no row of the tier it declares: ranks of an incomplete board are not known (A39)."""
    board = FEEDS["OB06", "so-noi-vu"]
    award = next(award.id for award in s0().awards if award.tier == "huyen" and award.rank_rules)
    before = (report(board, huyen_a=4),)
    assert causes(before, (report(board, so_a=4, complete=True),), "huyen-a", award) == [1]
    declared = (*before, report(board, so_a=4, complete=True))
    assert causes(declared, (Withdrawal(1),), "huyen-a", award) == [1]


def test_who_takes_back_the_list_is_the_cause_for_those_that_were_not_on_it() -> None:
    """A unit without a row is not listed once the list is complete (A40)."""
    listed = next(feed for feed in feeds() if feed.kind is Kind.LISTED)
    assert causes((report(listed, so_a=3),), (Withdrawal(0),), "so-b", "C1") == [1]


def test_a_reason_may_change_where_the_verdict_does_not() -> None:
    """No task was due, which the council may judge; once the report is withdrawn, the agency has to report again."""
    tasks = next(feed for feed in feeds() if feed.kind is Kind.TASKS and "so-a" in feed.units)
    assert causes((report(tasks, so_a=0),), (Withdrawal(0),), "so-a", "C1") == [1]


def test_a_report_that_counts_again_came_back_when_the_later_one_was_withdrawn() -> None:
    """It was received before the freeze, and is no reason to say that the figures differ since then."""
    acts = (report(CASES, xa_a2=5), report(CASES, xa_a2=0), Withdrawal(1))
    withdrawal = Year(acts).events[-1]
    changed = change(acts[:2], acts[2:], "xa-a2")
    assert changed is not None
    (cause,) = changed.because
    assert (cause.report, cause.restored, cause.at) == ("0/BC", True, withdrawal.time)
    assert changed.since == withdrawal.time
    assert cause_text(cause, str) == (
        "báo cáo số 0/BC của huyen-a, được tính lại từ 10:00 ngày 01/12/2023 do báo cáo sau đã rút hoặc được đề nghị "
        "bổ sung, hoàn thiện"
    )


def test_a_declaration_that_was_taken_back_is_described_as_a_withdrawal() -> None:
    """Who withdrew the report and why, not that it was received."""
    listed = next(feed for feed in feeds() if feed.kind is Kind.LISTED)
    changed = change((report(listed, so_a=3),), (Withdrawal(0),), "so-b", "C1")
    assert changed is not None
    assert [cause.note for cause in changed.because] == ["nhầm"]


def test_findings_that_an_earlier_release_kept_are_read_as_they_were() -> None:
    """It kept the verdict, the rank and the events behind them, and nothing else."""
    text = '{"events": ["e1"], "rows": {"a": {"de-an-06": ["PASS", 1, [0]]}}, "evidence": {}}'
    assert unpack(text).by_unit == {"a": {"de-an-06": FindingState("PASS", 1, ("e1",))}}


def test_what_was_read_is_described_as_evidence() -> None:
    """Otherwise a page could not say which report it was."""
    events = Year((Inspecting(CASES, {("xa-a2", 1): FOUND}), Withdrawal(0))).events
    figures, context = figures_after(events), context_of(events)
    rows = rules.evaluate(context.plan.award[COMMUNE_AWARD], figures, context)
    assert [source.event for source in rules.evidence_of(rows, figures)] == [events[-1].id]
