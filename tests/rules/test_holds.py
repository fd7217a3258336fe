"""Open cases with signs of violation: while one is open, nothing may be given to the unit (A18, L5)."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest

from shared.contracts.model import Tier, Verdict
from shared.contracts.plan import Plan
from tests.support.figures import as_kept
from tests.support.movement import FIELDS, Given, first_in_everything, s0, units, with_choices

SO = units(Tier.SO)
STAR = SO[3]
CIVIC = "ky-luat-ky-cuong"
CLOSED = date(2023, 12, 20)


def test_a_held_unit_is_no_candidate_and_is_shown_as_held_on_flag_and_certificate() -> None:
    """A18: neither passed nor failed; nobody takes its place in the ranks."""
    given = first_in_everything(STAR)
    given.hear(given.case(STAR))
    assert given.verdict("C1", STAR).verdict is Verdict.HOLD
    for award in ("C1", "B1"):
        assert (given.lists()[award].candidates, given.lists()[award].held) == ((), (STAR,))
    assert given.finding("C1", SO[0], FIELDS[0]).rank == 2


def test_a_held_unit_that_fails_anyway_is_not_shown_as_held() -> None:
    """Its case decides nothing."""
    given = Given().ranks(Tier.SO, STAR, (1, 1, 2)).proven(Tier.SO, STAR)
    given.judged(STAR, "hoan-thanh-xuat-sac", "tham-muu-hieu-qua").hear(given.case(STAR))
    assert given.verdict("C1", STAR).verdict is Verdict.FAIL
    assert given.lists()["C1"].held == ()
    assert given.lists()["B1"].held == (STAR,)


def test_of_two_cases_of_a_unit_one_closed_leaves_it_held_by_the_other() -> None:
    """Each is known by its name; both closed without finding release it."""
    given = first_in_everything(STAR)
    given.hear(given.case(STAR, "one")).hear(given.case(STAR, "two", version=2))
    assert set(given.finding("C1", STAR, CIVIC).cases) == {"one", "two"}
    given.hear(given.case(STAR, "one", version=3, closed=CLOSED))
    finding = given.finding("C1", STAR, CIVIC)
    assert (finding.verdict, finding.reason, finding.cases) == (Verdict.HOLD, "inspection_open", ("two",))
    given.hear(given.case(STAR, "two", version=4, closed=CLOSED))
    assert given.lists()["C1"].candidates == (STAR,)


def test_a_case_of_one_unit_says_nothing_of_another() -> None:
    """Also where both are called the same."""
    given = first_in_everything(STAR, SO[0])
    given.hear(given.case(SO[0])).hear(given.case(STAR, version=2)).hear(given.case(STAR, version=3, closed=CLOSED))
    assert given.finding("C1", SO[0], CIVIC).verdict is Verdict.HOLD
    assert given.finding("C1", STAR, CIVIC).verdict is Verdict.PASS


@pytest.mark.parametrize("found", [False, True])
def test_cases_heard_in_any_order_and_twice_come_to_the_same(found: bool) -> None:
    """What opened the case stays beside what closed it, as evidence."""
    writer = Given()
    events = [
        *writer.case(STAR, "one"),
        *writer.case(STAR, "one", version=2, closed=CLOSED, violation_found=found),
        *writer.case(STAR, "two", version=3),
        *writer.case(STAR, "two", version=4, closed=CLOSED),
        *writer.results("OB05", Tier.SO, [{"unit": STAR, "violations": 0}]),
    ]
    straight = Given().hear(events)
    finding = straight.finding("C1", STAR, CIVIC)
    assert finding.reason == ("inspection_found" if found else "no_violation")
    versions = [evidence.version for e in finding.events if (evidence := straight.tally.evidence(e))]
    assert versions == ([1, 2] if found else [1, 1, 2, 3, 4])
    assert Given().hear(events[::-1]).verdicts("C1") == straight.verdicts("C1")
    for order in permutations(events):
        given = Given().hear([*order, *order[:3]])
        assert {key: (page.rows, as_kept(page).sources) for key, page in given.tally.pages.items()} == {
            key: (page.rows, as_kept(page).sources) for key, page in straight.tally.pages.items()
        }


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.FAIL])
@pytest.mark.parametrize("first", ["case", "word"])
def test_the_councils_word_never_overwrites_a_hold(verdict: Verdict, first: str) -> None:
    """Whichever came first; A41 fills what is MISSING, and only the end of the case releases it."""
    given = Given()
    if first == "case":
        given.hear(given.case(STAR))
    given.judged(STAR, CIVIC, verdict=verdict)
    if first == "word":
        given.hear(given.case(STAR))
    finding = given.finding("C1", STAR, CIVIC)
    assert (finding.verdict, finding.reason) == (Verdict.HOLD, "inspection_open")
    given.hear(given.case(STAR, version=2, closed=CLOSED))
    finding = given.finding("C1", STAR, CIVIC)
    assert (finding.verdict, finding.reason) == (verdict, "judged")


def test_an_open_case_is_named_also_where_a_violation_fails_the_unit_already() -> None:
    """Nothing may be given while it is open, so who decides must see it."""
    given = Given().hear(Given().results("OB05", Tier.SO, [{"unit": STAR, "violations": 1}]))
    given.hear(given.case(STAR, "open")).hear(given.case(STAR, "found", version=2, closed=CLOSED, violation_found=True))
    finding = given.finding("C1", STAR, CIVIC)
    assert (finding.verdict, finding.reason, finding.cases, finding.found) == (
        Verdict.FAIL,
        "violation",
        ("open",),
        (),
    )


def test_where_the_councils_word_counts_above_a_feed_an_open_case_still_holds() -> None:
    """A41 = any lets it forgive a violation, not what is not settled yet."""
    given = Given(with_choices(A41="any"))
    given.hear(given.results("OB05", Tier.SO, [{"unit": STAR, "violations": 1}])).judged(STAR, CIVIC)
    assert given.finding("C1", STAR, CIVIC).verdict is Verdict.PASS
    given.hear(given.case(STAR, version=2))
    finding = given.finding("C1", STAR, CIVIC)
    assert (finding.verdict, finding.reason, finding.count) == (Verdict.HOLD, "inspection_open", 1)


def test_cases_closed_with_a_violation_count_within_what_the_plan_allows() -> None:
    """A rule that lets one violation pass lets one found by an inspection pass."""
    written = s0().model_dump(mode="json")
    for award in written["awards"]:
        for rule in award["rules"]:
            if rule["rule"] == "no_violation":
                rule["at_most"] = 1
    given = Given(Plan.model_validate(written))
    given.hear(given.results("OB05", Tier.SO, [{"unit": STAR, "violations": 0}]))
    given.hear(given.case(STAR, "one", version=2, closed=CLOSED, violation_found=True))
    assert given.finding("C1", STAR, CIVIC).verdict is Verdict.PASS
    given.hear(given.case(STAR, "two", version=3, closed=CLOSED, violation_found=True))
    finding = given.finding("C1", STAR, CIVIC)
    assert (finding.verdict, finding.found) == (Verdict.FAIL, ("one", "two"))
