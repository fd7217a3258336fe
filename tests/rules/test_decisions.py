"""Which decisions about an award are valid, and which depart from the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.council.decision_rules import DecisionProblem, decide
from services.council.state import ComputedEligibility, DecisionContext, DecisionKey
from shared.contracts.council import Decision, DecisionGiven
from shared.contracts.model import Tier, Verdict
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.contracts.scoring import AwardLists
from shared.contracts.units import UnitRegister
from shared.wording.unit_names import full_name
from tests.support.movement import register, s0, units, with_award

NOW = datetime(2023, 12, 20, 9, tzinfo=UTC)
FIRST, SECOND, THIRD = units(Tier.SO)[:3]
DISTRICT = units(Tier.HUYEN)[0]


def nomination(n: int, award: str = "B4", **changes: Any) -> Nomination:
    fields = {"kind": "tap_the", "status": "accepted", "subject": f"c{n}", "name": "Phòng Một", **changes}
    at = datetime(2023, 11, n, tzinfo=UTC)
    identity = {"id": f"n{n}", "movement": "trach-nhiem-ky-cuong-2023", "award": award, "nominator": FIRST, "at": at}
    return Nomination.model_validate({"plan": s0().ref, **identity, **fields})


def given(
    award: str, subject: str, status: str = "granted", reason: str | None = None, **changes: Any
) -> DecisionGiven:
    fields = {"award": award, "subject": subject, "status": status, "reason": reason, "by": "Chủ tịch Hội đồng"}
    return DecisionGiven.model_validate({**fields, **changes})


class Standing:
    """The computed results and the decisions so far; ``decide`` records a batch only if all of it is valid."""

    def __init__(
        self,
        candidates: Mapping[str, Iterable[str]] | None = None,
        *,
        verdicts: Mapping[str, Mapping[str, Verdict]] | None = None,
        on_hold: Iterable[str] = (),
        nominations: Iterable[Nomination] = (),
        plan: Plan | None = None,
        units: UnitRegister | None = None,
    ) -> None:
        self.plan, self.units = plan or s0(), units or register()
        lists = {
            award: AwardLists(award=award, candidates=tuple(candidate_units), for_judgement=())
            for award, candidate_units in (candidates or {}).items()
        }
        self.computed = ComputedEligibility(lists, verdicts or {}, frozenset(on_hold))
        self.nominations: dict[str, dict[str, Nomination]] = {}
        for entry in nominations:
            self.nominations.setdefault(entry.award, {})[entry.id] = entry
        self.decisions: dict[DecisionKey, Decision] = {}

    def decide(self, *batch: DecisionGiven) -> list[DecisionProblem]:
        """The problems of a batch. A batch with a problem is not recorded."""
        sessions = frozenset({"P4"})
        context = DecisionContext(
            self.plan, self.units, self.computed, self.nominations, sessions, dict(self.decisions)
        )
        decided, problems = decide(batch, context, NOW)
        if not problems:
            self.decisions |= {(decision.award, decision.subject): decision for decision in decided}
        return problems

    def codes(self, *batch: DecisionGiven) -> list[tuple[str, str]]:
        """Pointer and code of each problem."""
        return [(problem.pointer, problem.code) for problem in self.decide(*batch)]


def switched(decision: str, value: str) -> Plan:
    """S0 with one switch set."""
    document = s0().model_dump(mode="json")
    rows = [row for row in document["parameters"] if row["id"] != decision]
    default = {"A9": "exclude", "A18": "hold"}[decision]
    rows.append({"id": decision, "value": value, "default": default, "reason": "thử"})
    return Plan.model_validate({**document, "parameters": rows})


def test_a_decision_that_follows_the_rules_needs_no_reason_and_records_the_computed_verdict() -> None:
    """An award is granted to a candidate, and declined to a unit that is not a candidate."""
    council = Standing({"C1": [FIRST]}, verdicts={"C1": {FIRST: Verdict.PASS, SECOND: Verdict.FAIL}})
    assert council.decide(given("C1", FIRST, session="P4"), given("C1", SECOND, "declined")) == []
    granted, declined = (council.decisions["C1", unit] for unit in (FIRST, SECOND))
    assert (granted.computed, granted.departs, granted.version, granted.session) == (Verdict.PASS, False, 1, "P4")
    assert (granted.unit, granted.tier, granted.page, granted.at) == (FIRST, Tier.SO, 0, NOW)
    assert (granted.plan, granted.register_version) == (s0().ref, 1)
    assert (declined.computed, declined.departs) == (Verdict.FAIL, False)


@pytest.mark.parametrize(("unit", "status"), [(FIRST, "declined"), (SECOND, "granted")])
def test_a_decision_that_departs_from_the_rules_needs_a_reason(unit: str, status: str) -> None:
    """A41: declined to a candidate, or granted to a unit that is not a candidate."""
    council = Standing({"B1": [FIRST]})
    assert council.codes(given("B1", unit, status)) == [("/0/reason", "reason_needed")]
    assert council.decide(given("B1", unit, status, "Có đơn thư chưa rõ.")) == []
    decision = council.decisions["B1", unit]
    assert (decision.departs, decision.computed, decision.reason) == (True, None, "Có đơn thư chưa rõ.")


def test_the_council_chooses_one_of_tied_units_without_departing_from_the_rules() -> None:
    """A6: neither decision departs, in whatever order they are given."""
    council = Standing({"C1": [FIRST, SECOND]})
    assert council.decide(given("C1", SECOND, "declined"), given("C1", FIRST)) == []
    assert [decision.departs for decision in council.decisions.values()] == [False, False]
    assert council.codes(given("C1", SECOND)) == [("/0/subject", "quota_full")]


def test_a_quota_is_not_exceeded_even_by_one_batch() -> None:
    """A batch is recorded whole or not at all; the problem names the decision beyond the quota."""
    council = Standing({"C1": [FIRST, SECOND]})
    (problem,) = council.decide(given("C1", FIRST), given("C1", SECOND))
    assert (problem.pointer, problem.code) == ("/1/subject", "quota_full")
    assert full_name(register(), FIRST) in problem.detail
    assert council.decisions == {}
    assert Standing({"B1": [FIRST, SECOND]}).decide(given("B1", FIRST), given("B1", SECOND)) == []


def test_a_unit_has_a_flag_or_a_certificate_unless_the_plan_lets_it_have_both() -> None:
    """A9, in either order; another unit may still get the other award."""
    for first_award, second_award in (("C1", "B1"), ("B1", "C1")):
        council = Standing({"C1": [FIRST], "B1": [FIRST, SECOND]})
        assert council.decide(given(first_award, FIRST)) == []
        (problem,) = council.decide(given(second_award, FIRST))
        assert (problem.pointer, problem.code) == ("/0/subject", "already_awarded")
        assert s0().award[first_award].name in problem.detail
    assert council.decide(given("B1", SECOND)) == []
    both = Standing({"C1": [FIRST], "B1": [FIRST]}, plan=switched("A9", "both"))
    assert both.decide(given("C1", FIRST), given("B1", FIRST)) == []


def test_a_unit_with_a_nominated_certificate_gets_no_flag() -> None:
    """The exclusion applies to the unit, whichever way it got the award."""
    council = Standing({"C1": [FIRST]}, nominations=[nomination(1, subject=FIRST, name=None)])
    assert council.decide(given("B4", "n1")) == []
    assert (council.decisions["B4", "n1"].unit, council.decisions["B4", "n1"].tier) == (FIRST, Tier.SO)
    assert council.codes(given("C1", FIRST)) == [("/0/subject", "already_awarded")]


def test_a_unit_on_hold_is_not_granted_even_with_a_reason() -> None:
    """A18, L5: until the case is closed; where the plan sets no hold, a reason is enough."""
    council = Standing({"B1": [SECOND]}, on_hold=[FIRST], nominations=[nomination(1, subject=FIRST)])
    assert council.codes(given("B1", FIRST, reason="vẫn tặng")) == [("/0/subject", "on_hold")]
    assert council.codes(given("B4", "n1")) == [("/0/subject", "on_hold")]
    assert council.decide(given("B1", FIRST, "declined"), given("B1", SECOND)) == []
    ignoring = Standing({}, on_hold=[FIRST], plan=switched("A18", "ignore"))
    assert ignoring.decide(given("B1", FIRST, reason="vẫn tặng")) == []


def test_a_dissolved_unit_gets_no_award_where_the_rules_require_that_it_exists() -> None:
    """L7 requires this; under the rules of 2023 the unit may get it."""
    today = date(2023, 12, 20)
    changed_units = [
        unit.model_copy(update={"valid_to": today}) if unit.code == FIRST else unit for unit in register().units
    ]
    changed_register = UnitRegister(province="thai-binh", version=1, units=tuple(changed_units))
    active = {"rule": "active", "criterion": s0().criteria[0].id, "cite": "L7"}
    rules = [rule.model_dump(mode="json") for rule in s0().award["B1"].rules]
    strict = with_award("B1", rules=[*rules, active])
    (problem,) = Standing({"B1": [FIRST]}, plan=strict, units=changed_register).decide(given("B1", FIRST))
    assert (problem.pointer, problem.code) == ("/0/subject", "dissolved")
    assert "20/12/2023" in problem.detail
    assert Standing({"B1": [FIRST]}, plan=strict).decide(given("B1", FIRST)) == []
    assert Standing({"B1": [FIRST]}, units=changed_register).decide(given("B1", FIRST)) == []


def test_only_a_granted_award_is_revoked_and_with_a_reason() -> None:
    """L4: an award already granted cannot be declined."""
    council = Standing({"B1": [FIRST]})
    assert council.codes(given("B1", FIRST, "revoked", "sai")) == [("/0/status", "not_granted")]
    council.decide(given("B1", FIRST))
    assert council.codes(given("B1", FIRST, "revoked")) == [("/0/reason", "reason_needed")]
    assert council.codes(given("B1", FIRST, "declined", "sai")) == [("/0/status", "already_granted")]
    assert council.decide(given("B1", FIRST, "revoked", "Kê khai sai.")) == []
    revoked = council.decisions["B1", FIRST]
    assert (revoked.status, revoked.version, revoked.departs) == ("revoked", 2, False)
    assert council.codes(given("B1", FIRST, "revoked", "lần nữa")) == [("/0/status", "not_granted")]


def test_a_revoked_award_frees_its_place_and_the_exclusion_and_may_be_granted_again() -> None:
    """This holds within one batch too, in any order."""
    council = Standing({"C1": [FIRST, SECOND], "B1": [FIRST, SECOND]})
    council.decide(given("C1", FIRST), given("B1", SECOND))
    exchanged = [
        given("C1", SECOND),
        given("B1", FIRST),
        given("C1", FIRST, "revoked", "Kê khai sai."),
        given("B1", SECOND, "revoked", "Được tặng Cờ thi đua."),
    ]
    assert council.decide(*exchanged) == []
    assert (
        council.decide(given("C1", SECOND, "revoked", "Kê khai sai."), given("B1", FIRST, "revoked", "như trên")) == []
    )
    assert council.decide(given("C1", FIRST)) == []
    assert (council.decisions["C1", FIRST].status, council.decisions["C1", FIRST].version) == ("granted", 3)


def test_only_an_active_nomination_is_decided_and_the_decision_never_departs_from_the_rules() -> None:
    """No figure decides a nomination; a subject outside the register has no tier and no page."""
    council = Standing(nominations=[nomination(1), nomination(2, status="withdrawn"), nomination(3, status="refused")])
    assert council.decide(given("B4", "n1")) == []
    decision = council.decisions["B4", "n1"]
    assert (decision.unit, decision.tier, decision.page, decision.computed) == (None, None, None, None)
    assert not decision.departs
    unknown = [("/0/subject", "unknown_subject")]
    assert [council.codes(given("B4", n)) for n in ("n2", "n3", "n4")] == [unknown] * 3
    assert council.codes(given("B6", "n1")) == unknown


def test_an_award_granted_on_a_nomination_can_be_revoked_after_the_nomination_was_withdrawn() -> None:
    """The award outlives the nomination."""
    council = Standing(nominations=[nomination(1)])
    council.decide(given("B4", "n1"))
    council.nominations["B4"]["n1"] = nomination(1, status="withdrawn", version=2)
    assert council.decide(given("B4", "n1", "revoked", "Kê khai sai.")) == []


def test_every_award_and_subject_outside_the_plan_is_named_by_its_pointer() -> None:
    """The problems come in the order of the batch, in Vietnamese."""
    nominated = [nomination(1), nomination(2, "C1", subject=FIRST)]
    problems = Standing({"C2": [DISTRICT]}, nominations=nominated).decide(
        given("X1", FIRST),
        given("C1", DISTRICT),
        given("C2", DISTRICT),
        given("C1", "nowhere", "declined"),
        given("C1", "n2"),
        given("C2", DISTRICT, "declined"),
        given("B4", "n1", session="P9"),
    )
    assert [(problem.pointer, problem.code) for problem in problems] == [
        ("/0/award", "unknown_award"),
        ("/1/subject", "unknown_subject"),
        ("/3/subject", "unknown_subject"),
        ("/4/subject", "unknown_subject"),
        ("/5/subject", "given_twice"),
        ("/6/session", "unknown_session"),
    ]
    assert full_name(register(), DISTRICT) in problems[1].detail


def test_a_repeated_decision_is_no_new_version_whatever_has_changed_since() -> None:
    """A client may repeat a request whose answer was lost."""
    council = Standing({"C1": [FIRST]})
    council.decide(given("C1", FIRST))
    council.computed = ComputedEligibility(held=frozenset({FIRST}))
    assert council.decide(given("C1", FIRST)) == []
    assert council.decisions["C1", FIRST].version == 1


def test_the_signer_and_the_reason_can_be_corrected_as_a_new_version() -> None:
    """A later version replaces an earlier one."""
    council = Standing({"C1": [FIRST]})
    council.decide(given("C1", FIRST))
    assert council.decide(given("C1", FIRST, by="Chủ tịch UBND tỉnh")) == []
    assert (council.decisions["C1", FIRST].version, council.decisions["C1", FIRST].by) == (2, "Chủ tịch UBND tỉnh")


def test_a_persons_name_is_in_no_refusal() -> None:
    """Names are stored in intake only (L15)."""
    person = nomination(1, "B6", kind="can_bo", name=None, status="withdrawn")
    (problem,) = Standing(nominations=[person]).decide(given("B6", "n1", "revoked", "sai"))
    assert f"cá nhân do {full_name(register(), FIRST)} đề nghị" in problem.detail


def test_a_withdrawal_does_not_let_a_nominators_grants_exceed_its_quota() -> None:
    """After a grant, a withdrawn nomination still uses the place, so a second one is refused (S0 IV.4)."""
    first, second = nomination(1, nominator=FIRST), nomination(2, nominator=FIRST, subject="c2")
    council = Standing(nominations=[first])
    assert council.decide(given("B4", "n1")) == []
    council.nominations["B4"] = {"n1": first.model_copy(update={"status": "withdrawn"}), "n2": second}
    assert [problem.code for problem in council.decide(given("B4", "n2"))] == ["quota_full"]


def test_a_dissolved_unit_gets_no_nominated_award_where_the_rules_require_that_it_exists() -> None:
    """L7 applies to every award of the plan."""
    changed_register = register().model_dump(mode="json")
    for unit in changed_register["units"]:
        unit["valid_to"] = "2023-12-01" if unit["code"] == DISTRICT else unit["valid_to"]
    document = s0().model_dump(mode="json")
    document["criteria"].append({"id": "con-hoat-dong", "name": "Còn hoạt động", "cite": "L7"})
    document["awards"][0]["rules"].append({"rule": "active", "criterion": "con-hoat-dong", "cite": "L7"})
    nominee = nomination(1, subject=DISTRICT, name=None)
    units_at_decision = UnitRegister.model_validate(changed_register)
    strict = Standing(nominations=[nominee], plan=Plan.model_validate(document), units=units_at_decision)
    assert [problem.code for problem in strict.decide(given("B4", "n1"))] == ["dissolved"]
    assert Standing(nominations=[nominee], units=units_at_decision).decide(given("B4", "n1")) == []
