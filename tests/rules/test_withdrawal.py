"""A report is withdrawn, and everything is as if it had never arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.context import NO_EXTENSION, GrantedExtension, Ledger
from services.intake.reports import rules as intake
from services.intake.reports import withdrawal
from services.intake.reports.withdrawal import WithdrawalRequest
from services.scoring.context import ScoringContext as Judged
from services.scoring.figures import PageKey, Withdrawn
from services.scoring.state import MovementFigures
from shared.contracts.model import VIETNAM, Kind, Tier
from shared.contracts.plan import Plan
from shared.contracts.receipts import Problem, Receipt
from tests.support.figures import figures
from tests.support.movement import FIELDS, register, s0, units, with_role
from tests.support.report_history import NOW, ReportedLedger, figures_after
from tests.support.reports import body, read, report, score

SO = units(Tier.SO)
XA = units(Tier.XA)
LATE = datetime(2023, 12, 20, 9, tzinfo=VIETNAM)
CCHC = "cai-cach-hanh-chinh"


def values(movement_figures: MovementFigures) -> dict[str, Any]:
    """The current figure of every unit and case, and the tiers declared complete."""
    current: dict[str, Any] = {}
    for key, page in movement_figures.pages.items():
        for row, figure in page.rows.items():
            if not hasattr(figure.value, "kind"):
                source = page.evidence(figure.event)
                assert source is not None
                current[f"{key.subject}/{row}"] = (figure.value, figure.final, source.receipt)
        if page.declared is not None and page.declared.stands:
            current[f"{key.subject}/{key.tier}/{key.page}"] = True
    return current


def problem_code(
    reported: ReportedLedger,
    original: Receipt,
    by: WithdrawalRequest,
    now: datetime = NOW,
    extension: GrantedExtension = NO_EXTENSION,
) -> str:
    problem = withdrawal.withdrawal_problem(original, by, reported.context, extension, now)
    return problem.code if isinstance(problem, Problem) else ""


def test_the_earlier_figure_counts_again_with_its_own_report() -> None:
    """Version 1 has 80; version 2 with 90 was a mistake."""
    reported = ReportedLedger()
    first = reported.scores((SO[0], "80"), (SO[1], "70"))
    reported.withdraw(reported.scores((SO[0], "90")))
    movement_figures = reported.movement_figures()
    figure = movement_figures.figure(CCHC, Tier.SO, 0, SO[0])
    assert figure is not None
    source = movement_figures.evidence(figure.event)
    assert source is not None
    assert (str(figure.value.score), source.receipt, source.version) == ("80", first.id, 1)  # type: ignore[union-attr]
    assert source.at == first.received_at


def test_without_an_earlier_figure_the_unit_leaves_the_board_with_the_reason() -> None:
    """A rank from a withdrawn figure would be false."""
    reported = ReportedLedger()
    reported.withdraw(reported.scores((SO[0], "80"), (SO[1], "70")))
    movement_figures = reported.movement_figures()
    board = movement_figures.board(Judged(s0(), register()), CCHC, Tier.SO)
    assert (board.rank(SO[0]), board.rank(SO[1]), len(board)) == (None, None, 0)
    assert movement_figures.figure(CCHC, Tier.SO, 0, SO[0]) is None
    withdrawn_figure = movement_figures.rows(CCHC, Tier.SO)[SO[0]]
    assert withdrawn_figure.value == Withdrawn(SO[0], Kind.SCORE)
    source = movement_figures.evidence(withdrawn_figure.event)
    assert source is not None
    assert (source.by, source.note) == ("so-noi-vu", "nhầm số liệu")


def test_a_board_already_ranked_removes_the_score() -> None:
    """The board is changed score by score, not rebuilt."""
    reported = ReportedLedger()
    reported.scores((SO[0], "80"), (SO[1], "70"))
    movement_figures, context = reported.movement_figures(), Judged(s0(), register())
    board = movement_figures.board(context, CCHC, Tier.SO)
    assert board.rank(SO[1]) == 2
    reported.withdraw(reported.history[0].receipt)
    for event in reported.events[-1]:
        movement_figures.apply_results(event.id, figures(event.data))
    assert movement_figures.board(context, CCHC, Tier.SO) is board
    assert board.rank(SO[1]) is None


def test_a_withdrawn_declaration_of_a_complete_tier_no_longer_counts() -> None:
    """It still counts if another remaining report declares the tier too."""
    reported = ReportedLedger()
    once = reported.scores((XA[0], "80"), complete_tiers=["xa"])
    assert reported.movement_figures().declaring_event(CCHC, Tier.XA) is not None
    again = reported.scores((XA[1], "81"), complete_tiers=["xa"])
    reported.withdraw(once)
    assert reported.movement_figures().declaring_event(CCHC, Tier.XA) is not None
    reported.withdraw(again)
    assert reported.movement_figures().declaring_event(CCHC, Tier.XA) is None


def test_the_report_is_due_again_and_completeness_follows_from_the_remaining_versions() -> None:
    """Without version 1 the report is not complete; a complete version that comes later is late by its own date."""
    reported = ReportedLedger()
    everybody = [(unit, "80") for tier in (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN) for unit in units(tier)]
    first = reported.scores(*everybody)
    assert first.complete_at == first.received_at
    withdrawal_receipt = reported.withdraw(first)
    assert (withdrawal_receipt.version, withdrawal_receipt.complete_at, withdrawal_receipt.complete_timely) == (
        2,
        None,
        None,
    )
    assert reported.ledger.covered == frozenset()
    reported.now = LATE
    late = reported.scores(*everybody)
    assert (late.version, late.complete_timely) == (3, False)


def test_a_withdrawn_case_no_longer_holds_the_unit() -> None:
    """The inspection was about the wrong unit."""
    reported = ReportedLedger()
    case = {"unit": SO[0], "case": "12/QD-TTR", "signs_of_violation": True, "opened": "2023-11-01"}
    reported.send(report("OB05", [{"unit": SO[0], "violations": 0}]))
    wrong = reported.send(report("OB05", [case], kind="inspection", as_of=None))
    assert len(reported.movement_figures().cases(Tier.SO)[SO[0]]) == 1
    reported.withdraw(wrong)
    assert reported.movement_figures().cases(Tier.SO) == {}
    assert reported.movement_figures().figure("discipline", Tier.SO, 0, SO[0]) is not None


def test_a_later_figure_by_another_agency_stays() -> None:
    """A withdrawal takes the position of the withdrawn version, not a position after all later ones."""
    reported = ReportedLedger()
    first = reported.scores((SO[0], "80"))
    later = reported.events[0][0]
    other = later.model_copy(
        update={"id": "other", "data": later.data.model_copy(update={"received_at": NOW + timedelta(minutes=2)})}
    )
    reported.now += timedelta(hours=1)
    reported.withdraw(first)
    movement_figures = figures_after([*reported.events[0], other, *reported.events[1]])
    figure = movement_figures.figure(CCHC, Tier.SO, 0, SO[0])
    assert figure is not None
    assert figure.event == "other"


def test_only_the_current_holder_of_the_role_may_withdraw() -> None:
    """After a merger that is the successor; the standing office may always return a report, but nothing else."""
    handed_over = with_role(
        "noi-vu",
        {"unit": "so-noi-vu", "last": "2023-12-09"},
        {"unit": "so-tai-chinh", "first": "2023-12-10"},
    )
    reported = ReportedLedger()
    sent = reported.scores((SO[0], "80"))
    assert problem_code(reported, sent, WithdrawalRequest("agency", "so-tai-chinh", "x")) == "not_responsible"
    assert problem_code(reported, sent, WithdrawalRequest("agency", "so-noi-vu", "x")) == ""
    after = ReportedLedger(plan=handed_over, history=reported.history)
    assert problem_code(after, sent, WithdrawalRequest("agency", "so-noi-vu", "x"), LATE) == "not_responsible"
    assert problem_code(after, sent, WithdrawalRequest("agency", "so-tai-chinh", "x"), LATE) == ""
    returned, _ = withdrawal.withdraw(
        sent, reported.history, WithdrawalRequest("standing_office", "ban-tdkt", "x"), after.context, LATE
    )
    assert returned.reported_by == "so-tai-chinh"
    assert problem_code(reported, returned, WithdrawalRequest("standing_office", "ban-tdkt", "x")) == "not_a_report"


def test_the_agency_cannot_withdraw_a_locked_report() -> None:
    """A late report is not locked; an extension unlocks a report, and the standing office may always return it."""
    document = s0().model_dump(mode="json")
    for row in document["obligations"]:
        row["locks_after"] = 5 if row["id"] == "OB06" else None
    reported = ReportedLedger(plan=Plan.model_validate(document))
    sent = reported.scores((SO[0], "80"))
    agency = WithdrawalRequest("agency", "so-noi-vu", "x")
    last_instant = datetime(2023, 12, 9, 23, 59, 59, tzinfo=VIETNAM)
    assert problem_code(reported, sent, agency, last_instant) == ""
    assert problem_code(reported, sent, agency, last_instant + timedelta(seconds=1)) == "locked"
    extension = GrantedExtension(until=date(2023, 12, 20))
    assert problem_code(reported, sent, agency, LATE, extension) == ""
    assert problem_code(reported, sent, WithdrawalRequest("standing_office", "ban-tdkt", "x"), LATE) == ""
    late = intake.decide(read(body("OB06", [score(SO[0])])), "r", "so-noi-vu", reported.context, Ledger(), LATE)
    assert [problem.code for problem in late.receipt.problems] == ["locked"]
    returned_ledger = replace(Ledger(), returned=True)
    returned = intake.decide(
        read(body("OB06", [score(SO[0])])), "r", "so-noi-vu", reported.context, returned_ledger, LATE
    )
    assert returned.receipt.status == "accepted"
    extended = intake.decide(
        read(body("OB06", [score(SO[0])])), "r", "so-noi-vu", reported.context, Ledger(), LATE, extension
    )
    assert (extended.receipt.status, extended.receipt.timely) == ("accepted", False)


rows = st.lists(
    st.tuples(st.sampled_from([*SO[:3], *XA[:2]]), st.integers(0, 100).map(str)),
    min_size=1,
    max_size=4,
    unique_by=lambda row: row[0],
)
reports = st.tuples(rows, st.booleans(), st.booleans())
acts = st.lists(st.one_of(reports, st.integers(0, 5)), min_size=1, max_size=9)


@pytest.mark.thorough
@given(acts, st.randoms(use_true_random=False))
def test_a_withdrawal_undoes_the_report_in_whatever_order_events_are_applied(acts: list[Any], order: Any) -> None:
    """Reports and withdrawals, applied twice and in any order, equal the remaining reports alone."""
    reported = ReportedLedger()
    remaining: list[int] = []
    for act in acts:
        if isinstance(act, int):
            if remaining:
                reported.withdraw(reported.history[remaining.pop(act % len(remaining))].receipt)
            continue
        scores, final, complete = act
        as_of = {} if final else {"as_of": "2023-10-31"}
        remaining.append(len(reported.history))
        reported.scores(*scores, complete_tiers=["xa"] if complete else [], **as_of)
    alone = figures_after([event for position in remaining for event in reported.events[position]])
    all_events = [event for events in reported.events for event in events]
    assert values(figures_after(all_events)) == values(alone)
    shuffled = all_events * 2
    order.shuffle(shuffled)
    assert values(figures_after(shuffled)) == values(alone)
    context = Judged(s0(), register())
    for name in FIELDS:
        for tier in (Tier.SO, Tier.XA):
            assert (
                figures_after(shuffled).board(context, name, tier).ranking()
                == alone.board(context, name, tier).ranking()
            )


def test_a_page_of_withdrawn_figures_is_still_published() -> None:
    """Otherwise the published standings would keep the scores for ever."""
    reported = ReportedLedger()
    reported.withdraw(reported.scores((SO[0], "80")))
    page = reported.movement_figures().pages[PageKey(CCHC, Tier.SO, 0)]
    assert page.rows[SO[0]].value == Withdrawn(SO[0], Kind.SCORE)


def test_more_cases_than_fit_one_event_are_split_and_withdrawn_alike() -> None:
    """A page has one figure per unit but any number of cases; an event that cannot be built stops the outbox."""
    rows = [
        {"unit": unit, "case": f"{n}/QD-TTR", "signs_of_violation": True, "opened": "2023-11-01"}
        for unit in SO[:2]
        for n in range(300)
    ]
    reported = ReportedLedger()
    sent = reported.send(report("OB05", rows, kind="inspection", as_of=None))
    again = reported.send(report("OB05", rows[:290], kind="inspection", as_of=None))
    assert [len(event.data.rows) for event in reported.events[0]] == [256, 256, 88]
    assert len(reported.movement_figures().cases(Tier.SO)[SO[0]]) == 300
    reported.withdraw(again)
    reported.withdraw(sent)
    assert len({event.id for events in reported.events for event in events}) == 3 + 2 + 2 + 4
    assert reported.movement_figures().cases(Tier.SO) == {}
