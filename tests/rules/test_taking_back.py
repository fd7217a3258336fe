"""A report is taken back, and everything stands as though it had not come."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

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
from tests.support.report_history import NOW, Story, heard
from tests.support.reports import body, read, report, score

SO = units(Tier.SO)
XA = units(Tier.XA)
LATE = datetime(2023, 12, 20, 9, tzinfo=VIETNAM)
CCHC = "cai-cach-hanh-chinh"


def values(tally: MovementFigures) -> dict[str, Any]:
    """What stands of every unit and case, and what tiers stand declared."""
    stands: dict[str, Any] = {}
    for key, page in tally.pages.items():
        for row, figure in page.rows.items():
            if not hasattr(figure.value, "kind"):
                source = page.evidence(figure.event)
                assert source is not None
                stands[f"{key.subject}/{row}"] = (figure.value, figure.final, source.receipt)
        if page.declared is not None and page.declared.stands:
            stands[f"{key.subject}/{key.tier}/{key.page}"] = True
    return stands


def forbidden(
    story: Story, original: Receipt, by: WithdrawalRequest, now: datetime = NOW, more: GrantedExtension = NO_EXTENSION
) -> str:
    problem = withdrawal.withdrawal_problem(original, by, story.context, more, now)
    return problem.code if isinstance(problem, Problem) else ""


def test_the_figure_before_stands_again_with_the_report_it_came_from() -> None:
    """Version 1 said 80, version 2 said 90 and was a mistake."""
    story = Story()
    first = story.scores((SO[0], "80"), (SO[1], "70"))
    story.withdraw(story.scores((SO[0], "90")))
    tally = story.tally()
    figure = tally.figure(CCHC, Tier.SO, 0, SO[0])
    assert figure is not None
    source = tally.evidence(figure.event)
    assert source is not None
    assert (str(figure.value.score), source.receipt, source.version) == ("80", first.id, 1)  # type: ignore[union-attr]
    assert source.at == first.received_at


def test_without_a_figure_before_the_unit_is_off_the_board_and_told_why() -> None:
    """A rank of a figure that was taken back would be a lie."""
    story = Story()
    story.withdraw(story.scores((SO[0], "80"), (SO[1], "70")))
    tally = story.tally()
    board = tally.board(Judged(s0(), register()), CCHC, Tier.SO)
    assert (board.rank(SO[0]), board.rank(SO[1]), len(board)) == (None, None, 0)
    assert tally.figure(CCHC, Tier.SO, 0, SO[0]) is None
    taken_back = tally.rows(CCHC, Tier.SO)[SO[0]]
    assert taken_back.value == Withdrawn(SO[0], Kind.SCORE)
    source = tally.evidence(taken_back.event)
    assert source is not None
    assert (source.by, source.note) == ("so-noi-vu", "nhầm số liệu")


def test_a_board_that_was_ranked_before_forgets_the_score() -> None:
    """The board is kept and changed score by score, not made anew."""
    story = Story()
    story.scores((SO[0], "80"), (SO[1], "70"))
    tally, context = story.tally(), Judged(s0(), register())
    board = tally.board(context, CCHC, Tier.SO)
    assert board.rank(SO[1]) == 2
    story.withdraw(story.history[0].receipt)
    for event in story.events[-1]:
        tally.apply_results(event.id, figures(event.data))
    assert tally.board(context, CCHC, Tier.SO) is board
    assert board.rank(SO[1]) is None


def test_a_tier_declared_complete_stands_declared_no_longer() -> None:
    """Unless another report left declares it too."""
    story = Story()
    once = story.scores((XA[0], "80"), complete_tiers=["xa"])
    assert story.tally().declaring_event(CCHC, Tier.XA) is not None
    again = story.scores((XA[1], "81"), complete_tiers=["xa"])
    story.withdraw(once)
    assert story.tally().declaring_event(CCHC, Tier.XA) is not None
    story.withdraw(again)
    assert story.tally().declaring_event(CCHC, Tier.XA) is None


def test_the_report_is_owed_again_and_being_complete_is_told_of_what_is_left() -> None:
    """Complete with version 1, no longer without it; a later complete one is late by its own date."""
    story = Story()
    everybody = [(unit, "80") for tier in (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN) for unit in units(tier)]
    first = story.scores(*everybody)
    assert first.complete_at == first.received_at
    taken = story.withdraw(first)
    assert (taken.version, taken.complete_at, taken.complete_timely) == (2, None, None)
    assert story.ledger.covered == frozenset()
    story.now = LATE
    late = story.scores(*everybody)
    assert (late.version, late.complete_timely) == (3, False)


def test_a_case_taken_back_no_longer_holds_anything_up() -> None:
    """An inspection reported about the wrong unit."""
    story = Story()
    case = {"unit": SO[0], "case": "12/QD-TTR", "signs_of_violation": True, "opened": "2023-11-01"}
    story.send(report("OB05", [{"unit": SO[0], "violations": 0}]))
    wrong = story.send(report("OB05", [case], kind="inspection", as_of=None))
    assert len(story.tally().cases(Tier.SO)[SO[0]]) == 1
    story.withdraw(wrong)
    assert story.tally().cases(Tier.SO) == {}
    assert story.tally().figure("discipline", Tier.SO, 0, SO[0]) is not None


def test_another_agency_s_later_figure_of_the_unit_stays() -> None:
    """Taking back puts what it says in the place of what was taken back, not after all that came since."""
    story = Story()
    first = story.scores((SO[0], "80"))
    later = story.events[0][0]
    other = later.model_copy(
        update={"id": "other", "data": later.data.model_copy(update={"received_at": NOW + timedelta(minutes=2)})}
    )
    story.now += timedelta(hours=1)
    story.withdraw(first)
    tally = heard([*story.events[0], other, *story.events[1]])
    figure = tally.figure(CCHC, Tier.SO, 0, SO[0])
    assert figure is not None
    assert figure.event == "other"


def test_who_holds_the_role_today_may_take_back_and_nobody_else() -> None:
    """After a merger that is the successor; the office may always return, but only reports, and only once there are."""
    handed_over = with_role(
        "noi-vu",
        {"unit": "so-noi-vu", "last": "2023-12-09"},
        {"unit": "so-tai-chinh", "first": "2023-12-10"},
    )
    story = Story()
    sent = story.scores((SO[0], "80"))
    assert forbidden(story, sent, WithdrawalRequest("agency", "so-tai-chinh", "x")) == "not_responsible"
    assert forbidden(story, sent, WithdrawalRequest("agency", "so-noi-vu", "x")) == ""
    after = Story(plan=handed_over, history=story.history)
    assert forbidden(after, sent, WithdrawalRequest("agency", "so-noi-vu", "x"), LATE) == "not_responsible"
    assert forbidden(after, sent, WithdrawalRequest("agency", "so-tai-chinh", "x"), LATE) == ""
    returned, _ = withdrawal.withdraw(
        sent, story.history, WithdrawalRequest("standing_office", "ban-tdkt", "x"), after.context, LATE
    )
    assert returned.reported_by == "so-tai-chinh"
    assert forbidden(story, returned, WithdrawalRequest("standing_office", "ban-tdkt", "x")) == "not_a_report"


def test_what_is_locked_is_not_taken_back_by_the_agency() -> None:
    """Being late and being locked are two things; more time opens it again, and the office may always return."""
    written = s0().model_dump(mode="json")
    for row in written["obligations"]:
        row["locks_after"] = 5 if row["id"] == "OB06" else None
    story = Story(plan=Plan.model_validate(written))
    sent = story.scores((SO[0], "80"))
    agency = WithdrawalRequest("agency", "so-noi-vu", "x")
    in_lock = datetime(2023, 12, 9, 23, 59, 59, tzinfo=VIETNAM)
    assert forbidden(story, sent, agency, in_lock) == ""
    assert forbidden(story, sent, agency, in_lock + timedelta(seconds=1)) == "locked"
    more = GrantedExtension(until=date(2023, 12, 20))
    assert forbidden(story, sent, agency, LATE, more) == ""
    assert forbidden(story, sent, WithdrawalRequest("standing_office", "ban-tdkt", "x"), LATE) == ""
    late = intake.decide(read(body("OB06", [score(SO[0])])), "r", "so-noi-vu", story.context, Ledger(), LATE)
    assert [problem.code for problem in late.receipt.problems] == ["locked"]
    waited_for = replace(Ledger(), returned=True)
    returned = intake.decide(read(body("OB06", [score(SO[0])])), "r", "so-noi-vu", story.context, waited_for, LATE)
    assert returned.receipt.status == "accepted"
    again = intake.decide(read(body("OB06", [score(SO[0])])), "r", "so-noi-vu", story.context, Ledger(), LATE, more)
    assert (again.receipt.status, again.receipt.timely) == ("accepted", False)


rows = st.lists(
    st.tuples(st.sampled_from([*SO[:3], *XA[:2]]), st.integers(0, 100).map(str)),
    min_size=1,
    max_size=4,
    unique_by=lambda row: row[0],
)
reports = st.tuples(rows, st.booleans(), st.booleans())
acts = st.lists(st.one_of(reports, st.integers(0, 5)), min_size=1, max_size=9)


@given(acts, st.randoms(use_true_random=False))
def test_it_is_as_though_the_report_had_never_come_in_whatever_order_it_is_heard(acts: list[Any], order: Any) -> None:
    """Any reports and takings back, heard in any order and twice: the same as the reports left, heard alone."""
    story = Story()
    left: list[int] = []
    for act in acts:
        if isinstance(act, int):
            if left:
                story.withdraw(story.history[left.pop(act % len(left))].receipt)
            continue
        said, final, complete = act
        as_of = {} if final else {"as_of": "2023-10-31"}
        left.append(len(story.history))
        story.scores(*said, complete_tiers=["xa"] if complete else [], **as_of)
    alone = heard([event for position in left for event in story.events[position]])
    said_events = [event for events in story.events for event in events]
    assert values(heard(said_events)) == values(alone)
    shuffled = said_events * 2
    order.shuffle(shuffled)
    assert values(heard(shuffled)) == values(alone)
    context = Judged(s0(), register())
    for name in FIELDS:
        for tier in (Tier.SO, Tier.XA):
            assert heard(shuffled).board(context, name, tier).ranking() == alone.board(context, name, tier).ranking()


def test_a_page_of_figures_taken_back_is_still_a_page_to_be_said() -> None:
    """Or the standings heard by others would keep the scores for ever."""
    story = Story()
    story.withdraw(story.scores((SO[0], "80")))
    page = story.tally().pages[PageKey(CCHC, Tier.SO, 0)]
    assert page.rows[SO[0]].value == Withdrawn(SO[0], Kind.SCORE)


def test_more_cases_than_an_event_takes_go_on_in_another_and_are_taken_back_the_same_way() -> None:
    """A page has at most one figure a unit, and any number of cases; an event that cannot be made stops the outbox."""
    rows = [
        {"unit": unit, "case": f"{n}/QD-TTR", "signs_of_violation": True, "opened": "2023-11-01"}
        for unit in SO[:2]
        for n in range(300)
    ]
    story = Story()
    sent = story.send(report("OB05", rows, kind="inspection", as_of=None))
    again = story.send(report("OB05", rows[:290], kind="inspection", as_of=None))
    assert [len(event.data.rows) for event in story.events[0]] == [256, 256, 88]
    assert len(story.tally().cases(Tier.SO)[SO[0]]) == 300
    story.withdraw(again)
    story.withdraw(sent)
    assert len({event.id for events in story.events for event in events}) == 3 + 2 + 2 + 4
    assert story.tally().cases(Tier.SO) == {}
