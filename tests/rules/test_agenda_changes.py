"""How a fixed agenda item differs from the figures of now, and because of which report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.council.changes import AwardFindings, AwardHistory, Findings, FindingState, award_histories, change_of
from services.council.packed_findings import pack, pack_fixed, unpack, unpack_fixed
from shared.contracts.conferral import AwardGiven, AwardRevoked
from shared.contracts.council import DecisionMade, ItemChange
from shared.contracts.intake import PlanPublished, ResultsReported, UnitsPublished
from shared.contracts.model import Event, Kind
from shared.contracts.scoring import Evidence
from tests.support.agenda_findings import NOW, computed, item
from tests.support.applied_events import context_of
from tests.support.movement import s0
from tests.support.small_province import Feed, feeds
from tests.support.years import Judging, Reporting, Year, good_year, years

FROZEN = datetime(2024, 1, 5, 2, tzinfo=UTC)
LATER = datetime(2024, 1, 8, 2, tzinfo=UTC)

_NO_REPORT = (PlanPublished, UnitsPublished, DecisionMade, AwardGiven, AwardRevoked)


def evidence(event: str, report: str, by: str = "cong-an-tinh", at: datetime = LATER) -> Evidence:
    return Evidence(event=event, version=2, at=at, by=by, report=report)


def findings(**units: tuple[str, int | None, str]) -> dict[str, dict[str, FindingState]]:
    """One criterion, "de-an-06": verdict, rank and event by unit."""
    return {unit: {"de-an-06": FindingState(v, rank, (event,))} for unit, (v, rank, event) in units.items()}


def change(
    then: Findings,
    now: Findings,
    fixed: Iterable[str],
    current: Iterable[str],
    *described: Evidence,
    previous: ItemChange | None = None,
    **history: Any,
) -> ItemChange | None:
    after = AwardFindings(now, {source.event: source for source in described})
    made = AwardHistory(then, after, **history)
    return change_of(item(*fixed), item(*current), frozenset(), made, previous, NOW)


THEN = findings(a=("PASS", 1, "e1"), b=("PASS", 2, "e1"), c=("FAIL", None, "e1"))


def test_a_unit_that_falls_goes_out_and_the_one_behind_it_comes_in_because_of_one_report() -> None:
    """The correction is behind a's own result; c has no new event, it moved because a did."""
    now = findings(a=("FAIL", None, "e2"), b=("PASS", 1, "e1"), c=("PASS", 2, "e1"))
    made = change(THEN, now, "ab", "bc", evidence("e1", "1/BC", at=FROZEN), evidence("e2", "2/BC-CAT"))
    assert made is not None
    assert (made.entered, made.left, made.since) == (("c",), ("a",), LATER)
    assert [(cause.report, cause.by, cause.version) for cause in made.because] == [("2/BC-CAT", "cong-an-tinh", 2)]
    assert [(moved.unit, moved.before, moved.after) for moved in made.ranks] == [("b", 2, 1)]


def test_a_report_that_moved_nobody_is_not_named() -> None:
    """It is newer than the freeze, but the unit it is about stayed where it was."""
    now = findings(a=("FAIL", None, "e2"), b=("PASS", 1, "e3"), c=("FAIL", None, "e1"))
    then = findings(a=("PASS", 2, "e1"), b=("PASS", 1, "e1"), c=("FAIL", None, "e1"))
    made = change(then, now, "ab", "b", evidence("e2", "2/BC-CAT"), evidence("e3", "3/BC-CAT"))
    assert made is not None
    assert [cause.report for cause in made.because] == ["2/BC-CAT"]


def test_a_report_of_another_district_is_not_named() -> None:
    """Where an award ranks communes among those of their own district, another district's figures move nobody here."""
    now = findings(a=("FAIL", None, "e1"), b=("PASS", 1, "e2"), z=("FAIL", None, "e3"))
    then = findings(a=("PASS", 1, "e1"), b=("FAIL", None, "e1"), z=("PASS", 1, "e1"))
    districts = {"a": "d", "b": "d", "z": "other"}
    described = (evidence("e2", "2/BC"), evidence("e3", "3/BC"))
    made = change(then, now, "a", "b", *described, districts=districts)
    assert made is not None
    assert [cause.report for cause in made.because] == ["2/BC"]


def test_ranks_that_changed_inside_a_list_count_though_nobody_came_or_went() -> None:
    """a and b changed places."""
    now = findings(a=("PASS", 2, "e2"), b=("PASS", 1, "e1"), c=("FAIL", None, "e1"))
    made = change(THEN, now, "ab", "ab", evidence("e2", "2/BC-CAT"))
    assert made is not None
    assert (made.entered, made.left) == ((), ())
    assert {(moved.unit, moved.before, moved.after) for moved in made.ranks} == {("a", 1, 2), ("b", 2, 1)}
    assert [cause.report for cause in made.because] == ["2/BC-CAT"]


def test_a_certificate_is_lost_to_a_flag_because_of_the_report_that_decided_the_flag() -> None:
    """A9: a's own results are as before; its rival for the flag fell."""
    flag_then = findings(a=("PASS", 1, "e1"), b=("PASS", 1, "e1"))
    flag_now = findings(a=("PASS", 1, "e1"), b=("FAIL", None, "e2"))
    flag = AwardHistory(flag_then, AwardFindings(flag_now, {"e2": evidence("e2", "2/BC-CAT")}))
    made = change(THEN, THEN, "ab", "b", flags=(flag,))
    assert made is not None
    assert (made.left, [cause.report for cause in made.because]) == (("a",), ["2/BC-CAT"])


def test_since_stays_the_earliest_instant_while_an_item_differs() -> None:
    """A second correction that replaces the first does not make the change younger."""
    now = findings(a=("FAIL", None, "e2"), b=("PASS", 1, "e1"), c=("FAIL", None, "e1"))
    first = change(THEN, now, "ab", "b", evidence("e2", "2/BC-CAT"))
    again = findings(a=("FAIL", None, "e3"), b=("PASS", 1, "e1"), c=("FAIL", None, "e1"))
    second = change(THEN, again, "ab", "b", evidence("e3", "3/BC-CAT", at=NOW), previous=first)
    assert second is not None
    assert (second.since, [cause.report for cause in second.because]) == (LATER, ["3/BC-CAT"])
    assert change(THEN, THEN, "ab", "ab", previous=second) is None


def test_nominations_come_and_go_without_a_report() -> None:
    """The ids of the nominations are given; since when is when it was first seen."""
    fixed, now = item(kind="nominations", nominations=("n1", "n2")), item(kind="nominations", nominations=("n2", "n3"))
    made = change_of(fixed, now, frozenset(), None, None, NOW)
    assert made == ItemChange(entered=("n3",), left=("n1",), since=NOW)
    gone = change_of(fixed, None, frozenset(), None, made, NOW)
    assert gone is not None
    assert gone.left == ("n1", "n2")


LISTS = ("candidates", "for_judgement", "held", "otherwise")


def changes_between(before: Sequence[Event], everything: Sequence[Event]) -> Iterator[tuple[set[str], set[str], Any]]:
    """For every list of every award the units before and after, and the change that is said."""
    (then, lists_then), (now, lists_now) = computed(before), computed(everything)
    plan, register = context_of(everything).plan, context_of(everything).register
    movement = plan.movement.id if plan.movement else ""
    fixed = {(movement, award): findings.by_unit for award, findings in then.items()}
    current = {(movement, award): findings for award, findings in now.items()}
    packed = unpack_fixed(pack_fixed({(movement, award): findings for award, findings in then.items()}))
    assert packed == fixed
    assert {key: unpack(pack(findings)) for key, findings in current.items()} == current
    histories = award_histories(packed, current, [plan], register)
    for award in plan.awards:
        history = histories[movement, award.id]
        for name in LISTS:
            old, new = getattr(lists_then[award.id], name), getattr(lists_now[award.id], name)
            yield set(old), set(new), change_of(item(*old), item(*new), frozenset(), history, None, NOW)


@pytest.mark.thorough
@settings(max_examples=60, deadline=None)
@given(years(acts=16), st.integers(2, 30))
def test_in_random_years_every_change_agrees_with_a_recompute(year: Any, at: int) -> None:
    """Who came and went is the difference of the lists before and after. Every cause came after the freeze, at the
    instant that is said; where nothing but reports and judgements came after it, every change has a cause."""
    before, after = year.events[:at], year.events[at:]
    only_reports = not any(isinstance(event, _NO_REPORT) for event in after)
    for old, new, made in changes_between(before, year.events):
        assert (set(made.entered), set(made.left)) == (new - old, old - new) if made else old == new
        if made is not None:
            assert {(cause.event, cause.at) for cause in made.because} <= {(event.id, event.time) for event in after}
            assert made.because or not only_reports


@pytest.mark.thorough
@settings(max_examples=60, deadline=None)
@given(st.sampled_from([feed for feed in feeds() if feed.kind is not Kind.ATTENDANCE]), st.data())
def test_one_late_report_is_the_cause_of_all_that_it_changes(feed: Feed, data: st.DataObject) -> None:
    """Of a good year whose agenda is fixed: any feed, any figures, for any of its units."""
    figures = data.draw(st.dictionaries(st.sampled_from(feed.units), st.integers(0, 5), min_size=1, max_size=4))
    judged = [Judging(unit, criterion.id, "PASS") for unit in ("so-b", "xa-a1", "xa-a2") for criterion in s0().criteria]
    acts = (*good_year(), *judged)
    before = Year(acts).events
    everything = Year((*acts, Reporting(feed, figures, False, False))).events
    reports = {event.data.report for event in everything[len(before) :] if isinstance(event, ResultsReported)}
    for old, new, made in changes_between(before, everything):
        assert (made is None) == (old == new) or made.ranks
        if made is not None:
            assert {cause.report for cause in made.because} == reports
            assert made.since == made.because[0].at
