"""Open cases with signs of violation: while one is open, the unit may get no award (A18, L5)."""

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


def test_a_held_unit_is_no_candidate_and_is_listed_as_held_for_flag_and_certificate() -> None:
    """A18: the unit neither passes nor fails, and keeps its rank."""
    given = first_in_everything(STAR)
    given.apply(given.case(STAR))
    assert given.verdict("C1", STAR).verdict is Verdict.HOLD
    for award in ("C1", "B1"):
        assert (given.lists()[award].candidates, given.lists()[award].held) == ((), (STAR,))
    assert given.finding("C1", SO[0], FIELDS[0]).rank == 2


def test_a_held_unit_that_fails_anyway_is_not_listed_as_held() -> None:
    """Its case does not affect the result."""
    given = Given().ranks(Tier.SO, STAR, (1, 1, 2)).proven(Tier.SO, STAR)
    given.judged(STAR, "hoan-thanh-xuat-sac", "tham-muu-hieu-qua").apply(given.case(STAR))
    assert given.verdict("C1", STAR).verdict is Verdict.FAIL
    assert given.lists()["C1"].held == ()
    assert given.lists()["B1"].held == (STAR,)


def test_a_unit_with_two_cases_stays_held_until_both_are_closed() -> None:
    """A case is identified by its name; once both are closed without a violation the unit is released."""
    given = first_in_everything(STAR)
    given.apply(given.case(STAR, "one")).apply(given.case(STAR, "two", version=2))
    assert set(given.finding("C1", STAR, CIVIC).cases) == {"one", "two"}
    given.apply(given.case(STAR, "one", version=3, closed=CLOSED))
    finding = given.finding("C1", STAR, CIVIC)
    assert (finding.verdict, finding.reason, finding.cases) == (Verdict.HOLD, "inspection_open", ("two",))
    given.apply(given.case(STAR, "two", version=4, closed=CLOSED))
    assert given.lists()["C1"].candidates == (STAR,)


def test_a_case_of_one_unit_does_not_affect_another() -> None:
    """This holds even if both cases have the same name."""
    given = first_in_everything(STAR, SO[0])
    given.apply(given.case(SO[0])).apply(given.case(STAR, version=2)).apply(given.case(STAR, version=3, closed=CLOSED))
    assert given.finding("C1", SO[0], CIVIC).verdict is Verdict.HOLD
    assert given.finding("C1", STAR, CIVIC).verdict is Verdict.PASS


@pytest.mark.parametrize("violation", [False, True])
def test_cases_applied_twice_and_in_any_order_give_the_same_result(violation: bool) -> None:
    """The opening report stays in the evidence beside the closing report."""
    writer = Given()
    events = [
        *writer.case(STAR, "one"),
        *writer.case(STAR, "one", version=2, closed=CLOSED, violation_found=violation),
        *writer.case(STAR, "two", version=3),
        *writer.case(STAR, "two", version=4, closed=CLOSED),
        *writer.results("OB05", Tier.SO, [{"unit": STAR, "violations": 0}]),
    ]
    straight = Given().apply(events)
    finding = straight.finding("C1", STAR, CIVIC)
    assert finding.reason == ("inspection_found" if violation else "no_violation")
    versions = [evidence.version for event in finding.events if (evidence := straight.movement_figures.evidence(event))]
    assert versions == ([1, 2] if violation else [1, 1, 2, 3, 4])
    assert Given().apply(events[::-1]).verdicts("C1") == straight.verdicts("C1")
    for order in permutations(events):
        given = Given().apply([*order, *order[:3]])
        assert {key: (page.rows, as_kept(page).sources) for key, page in given.movement_figures.pages.items()} == {
            key: (page.rows, as_kept(page).sources) for key, page in straight.movement_figures.pages.items()
        }


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.FAIL])
@pytest.mark.parametrize("first", ["case", "judgement"])
def test_a_council_judgement_never_overwrites_a_hold(verdict: Verdict, first: str) -> None:
    """This holds in either order: A41 fills what is MISSING, and only closing the case releases the unit."""
    given = Given()
    if first == "case":
        given.apply(given.case(STAR))
    given.judged(STAR, CIVIC, verdict=verdict)
    if first == "judgement":
        given.apply(given.case(STAR))
    finding = given.finding("C1", STAR, CIVIC)
    assert (finding.verdict, finding.reason) == (Verdict.HOLD, "inspection_open")
    given.apply(given.case(STAR, version=2, closed=CLOSED))
    finding = given.finding("C1", STAR, CIVIC)
    assert (finding.verdict, finding.reason) == (verdict, "judged")


def test_an_open_case_is_named_even_if_a_violation_already_fails_the_unit() -> None:
    """The council must see it, because no award may be given while it is open."""
    given = Given().apply(Given().results("OB05", Tier.SO, [{"unit": STAR, "violations": 1}]))
    given.apply(given.case(STAR, "open")).apply(
        given.case(STAR, "found", version=2, closed=CLOSED, violation_found=True)
    )
    finding = given.finding("C1", STAR, CIVIC)
    assert (finding.verdict, finding.reason, finding.cases, finding.found) == (
        Verdict.FAIL,
        "violation",
        ("open",),
        (),
    )


def test_where_a_council_judgement_overrides_a_feed_an_open_case_still_holds() -> None:
    """A41 = any lets the council forgive a violation, but not an open case."""
    given = Given(with_choices(A41="any"))
    given.apply(given.results("OB05", Tier.SO, [{"unit": STAR, "violations": 1}])).judged(STAR, CIVIC)
    assert given.finding("C1", STAR, CIVIC).verdict is Verdict.PASS
    given.apply(given.case(STAR, version=2))
    finding = given.finding("C1", STAR, CIVIC)
    assert (finding.verdict, finding.reason, finding.count) == (Verdict.HOLD, "inspection_open", 1)


def test_cases_closed_with_a_violation_count_within_what_the_plan_allows() -> None:
    """A rule that allows one violation also allows one confirmed by an inspection."""
    document = s0().model_dump(mode="json")
    for award in document["awards"]:
        for rule in award["rules"]:
            if rule["rule"] == "no_violation":
                rule["at_most"] = 1
    given = Given(Plan.model_validate(document))
    given.apply(given.results("OB05", Tier.SO, [{"unit": STAR, "violations": 0}]))
    given.apply(given.case(STAR, "one", version=2, closed=CLOSED, violation_found=True))
    assert given.finding("C1", STAR, CIVIC).verdict is Verdict.PASS
    given.apply(given.case(STAR, "two", version=3, closed=CLOSED, violation_found=True))
    finding = given.finding("C1", STAR, CIVIC)
    assert (finding.verdict, finding.found) == (Verdict.FAIL, ("one", "two"))
