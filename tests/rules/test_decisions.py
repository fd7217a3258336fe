"""What may be decided about an award, and what departs from the rules."""

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
from tests.support.movement import register, s0, units, with_award

NOW = datetime(2023, 12, 20, 9, tzinfo=UTC)
FIRST, SECOND, THIRD = units(Tier.SO)[:3]
DISTRICT = units(Tier.HUYEN)[0]


def nomination(n: int, award: str = "B4", **how: Any) -> Nomination:
    given = {"kind": "tap_the", "status": "accepted", "subject": f"c{n}", "name": "Phòng Một", **how}
    at = datetime(2023, 11, n, tzinfo=UTC)
    named = {"id": f"n{n}", "movement": "trach-nhiem-ky-cuong-2023", "award": award, "nominator": FIRST, "at": at}
    return Nomination.model_validate({"plan": s0().ref, **named, **given})


def given(award: str, subject: str, status: str = "granted", reason: str | None = None, **how: Any) -> DecisionGiven:
    words = {"award": award, "subject": subject, "status": status, "reason": reason, "by": "Chủ tịch Hội đồng"}
    return DecisionGiven.model_validate({**words, **how})


class Standing:
    """What is computed and decided so far; ``decide`` lets decisions stand where all of them may."""

    def __init__(
        self,
        candidates: Mapping[str, Iterable[str]] | None = None,
        *,
        verdicts: Mapping[str, Mapping[str, Verdict]] | None = None,
        held: Iterable[str] = (),
        nominations: Iterable[Nomination] = (),
        plan: Plan | None = None,
        units: UnitRegister | None = None,
    ) -> None:
        self.plan, self.units = plan or s0(), units or register()
        lists = {
            award: AwardLists(award=award, candidates=tuple(those), for_judgement=())
            for award, those in (candidates or {}).items()
        }
        self.computed = ComputedEligibility(lists, verdicts or {}, frozenset(held))
        self.nominations: dict[str, dict[str, Nomination]] = {}
        for item in nominations:
            self.nominations.setdefault(item.award, {})[item.id] = item
        self.decisions: dict[DecisionKey, Decision] = {}

    def decide(self, *these: DecisionGiven) -> list[DecisionProblem]:
        """What is wrong; nothing stands then."""
        sessions = frozenset({"P4"})
        context = DecisionContext(
            self.plan, self.units, self.computed, self.nominations, sessions, dict(self.decisions)
        )
        taken, wrong = decide(these, context, NOW)
        if not wrong:
            self.decisions |= {(item.award, item.subject): item for item in taken}
        return wrong

    def codes(self, *these: DecisionGiven) -> list[tuple[str, str]]:
        """Where and why."""
        return [(item.pointer, item.code) for item in self.decide(*these)]


def switched(decision: str, value: str) -> Plan:
    """S0 with one switch set."""
    written = s0().model_dump(mode="json")
    rows = [row for row in written["parameters"] if row["id"] != decision]
    default = {"A9": "exclude", "A18": "hold"}[decision]
    rows.append({"id": decision, "value": value, "default": default, "reason": "thử"})
    return Plan.model_validate({**written, "parameters": rows})


def test_what_the_rules_compute_is_decided_without_a_reason_and_recorded_with_it() -> None:
    """Granted to a candidate, declined to who is none."""
    council = Standing({"C1": [FIRST]}, verdicts={"C1": {FIRST: Verdict.PASS, SECOND: Verdict.FAIL}})
    assert council.decide(given("C1", FIRST, session="P4"), given("C1", SECOND, "declined")) == []
    granted, declined = (council.decisions["C1", unit] for unit in (FIRST, SECOND))
    assert (granted.computed, granted.departs, granted.version, granted.session) == (Verdict.PASS, False, 1, "P4")
    assert (granted.unit, granted.tier, granted.page, granted.at) == (FIRST, Tier.SO, 0, NOW)
    assert (granted.plan, granted.register_version) == (s0().ref, 1)
    assert (declined.computed, declined.departs) == (Verdict.FAIL, False)


@pytest.mark.parametrize(("unit", "status"), [(FIRST, "declined"), (SECOND, "granted")])
def test_what_departs_from_the_rules_needs_a_reason(unit: str, status: str) -> None:
    """A41: a candidate declined, or granted to who is no candidate."""
    council = Standing({"B1": [FIRST]})
    assert council.codes(given("B1", unit, status)) == [("/0/reason", "reason_needed")]
    assert council.decide(given("B1", unit, status, "Có đơn thư chưa rõ.")) == []
    decision = council.decisions["B1", unit]
    assert (decision.departs, decision.computed, decision.reason) == (True, None, "Có đơn thư chưa rõ.")


def test_of_tied_units_the_council_chooses_one_and_departs_from_nothing() -> None:
    """A6: neither the one that is granted nor the other that is not; in whatever order they are given."""
    council = Standing({"C1": [FIRST, SECOND]})
    assert council.decide(given("C1", SECOND, "declined"), given("C1", FIRST)) == []
    assert [decision.departs for decision in council.decisions.values()] == [False, False]
    assert council.codes(given("C1", SECOND)) == [("/0/subject", "quota_full")]


def test_a_quota_is_not_exceeded_even_by_one_batch() -> None:
    """All or none: the problem names the one that is too many."""
    council = Standing({"C1": [FIRST, SECOND]})
    (wrong,) = council.decide(given("C1", FIRST), given("C1", SECOND))
    assert (wrong.pointer, wrong.code) == ("/1/subject", "quota_full")
    assert register().name_of(FIRST) in wrong.detail
    assert council.decisions == {}
    assert Standing({"B1": [FIRST, SECOND]}).decide(given("B1", FIRST), given("B1", SECOND)) == []


def test_a_unit_has_a_flag_or_a_certificate_unless_the_plan_lets_it_have_both() -> None:
    """A9, either way round; another unit may have the other."""
    for had, wanted in (("C1", "B1"), ("B1", "C1")):
        council = Standing({"C1": [FIRST], "B1": [FIRST, SECOND]})
        assert council.decide(given(had, FIRST)) == []
        (wrong,) = council.decide(given(wanted, FIRST))
        assert (wrong.pointer, wrong.code) == ("/0/subject", "already_awarded")
        assert s0().award[had].name in wrong.detail
    assert council.decide(given("B1", SECOND)) == []
    both = Standing({"C1": [FIRST], "B1": [FIRST]}, plan=switched("A9", "both"))
    assert both.decide(given("C1", FIRST), given("B1", FIRST)) == []


def test_a_unit_with_a_nominated_certificate_gets_no_flag() -> None:
    """The exclusion is the unit's, however the award came to it."""
    council = Standing({"C1": [FIRST]}, nominations=[nomination(1, subject=FIRST, name=None)])
    assert council.decide(given("B4", "n1")) == []
    assert (council.decisions["B4", "n1"].unit, council.decisions["B4", "n1"].tier) == (FIRST, Tier.SO)
    assert council.codes(given("C1", FIRST)) == [("/0/subject", "already_awarded")]


def test_a_unit_on_hold_is_not_granted_even_with_a_reason() -> None:
    """A18, L5: until the case is closed; where the plan holds nobody, a reason is enough."""
    council = Standing({"B1": [SECOND]}, held=[FIRST], nominations=[nomination(1, subject=FIRST)])
    assert council.codes(given("B1", FIRST, reason="vẫn tặng")) == [("/0/subject", "on_hold")]
    assert council.codes(given("B4", "n1")) == [("/0/subject", "on_hold")]
    assert council.decide(given("B1", FIRST, "declined"), given("B1", SECOND)) == []
    ignoring = Standing({}, held=[FIRST], plan=switched("A18", "ignore"))
    assert ignoring.decide(given("B1", FIRST, reason="vẫn tặng")) == []


def test_a_unit_dissolved_before_the_decision_gets_nothing_where_the_rules_ask_that_it_exists() -> None:
    """L7; under the rules of 2023 it may."""
    today = date(2023, 12, 20)
    changed = [u.model_copy(update={"valid_to": today}) if u.code == FIRST else u for u in register().units]
    after = UnitRegister(province="thai-binh", version=1, units=tuple(changed))
    active = {"rule": "active", "criterion": s0().criteria[0].id, "cite": "L7"}
    rules = [rule.model_dump(mode="json") for rule in s0().award["B1"].rules]
    strict = with_award("B1", rules=[*rules, active])
    (wrong,) = Standing({"B1": [FIRST]}, plan=strict, units=after).decide(given("B1", FIRST))
    assert (wrong.pointer, wrong.code) == ("/0/subject", "dissolved")
    assert "20/12/2023" in wrong.detail
    assert Standing({"B1": [FIRST]}, plan=strict).decide(given("B1", FIRST)) == []
    assert Standing({"B1": [FIRST]}, units=after).decide(given("B1", FIRST)) == []


def test_only_what_was_granted_is_revoked_and_with_a_reason() -> None:
    """L4; what was granted cannot be declined past that."""
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
    """Also in the same batch, in whatever order."""
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


def test_a_nomination_is_decided_on_while_it_is_active_and_departs_from_nothing() -> None:
    """No figure decides it; who is no unit of the register has no tier and no page."""
    council = Standing(nominations=[nomination(1), nomination(2, status="withdrawn"), nomination(3, status="refused")])
    assert council.decide(given("B4", "n1")) == []
    decision = council.decisions["B4", "n1"]
    assert (decision.unit, decision.tier, decision.page, decision.computed) == (None, None, None, None)
    assert not decision.departs
    unknown = [("/0/subject", "unknown_subject")]
    assert [council.codes(given("B4", n)) for n in ("n2", "n3", "n4")] == [unknown] * 3
    assert council.codes(given("B6", "n1")) == unknown


def test_what_was_granted_on_a_nomination_can_be_revoked_after_the_nomination_was_withdrawn() -> None:
    """The award outlives it."""
    council = Standing(nominations=[nomination(1)])
    council.decide(given("B4", "n1"))
    council.nominations["B4"]["n1"] = nomination(1, status="withdrawn", version=2)
    assert council.decide(given("B4", "n1", "revoked", "Kê khai sai.")) == []


def test_awards_and_subjects_that_are_not_the_plans_are_named_each_at_its_place() -> None:
    """In the order given, in Vietnamese."""
    nominated = [nomination(1), nomination(2, "C1", subject=FIRST)]
    wrong = Standing({"C2": [DISTRICT]}, nominations=nominated).decide(
        given("X1", FIRST),
        given("C1", DISTRICT),
        given("C2", DISTRICT),
        given("C1", "nowhere", "declined"),
        given("C1", "n2"),
        given("C2", DISTRICT, "declined"),
        given("B4", "n1", session="P9"),
    )
    assert [(item.pointer, item.code) for item in wrong] == [
        ("/0/award", "unknown_award"),
        ("/1/subject", "unknown_subject"),
        ("/3/subject", "unknown_subject"),
        ("/4/subject", "unknown_subject"),
        ("/5/subject", "given_twice"),
        ("/6/session", "unknown_session"),
    ]
    assert register().name_of(DISTRICT) in wrong[1].detail


def test_the_same_decision_again_is_no_new_version_whatever_has_changed_since() -> None:
    """A request whose answer was lost may be sent again."""
    council = Standing({"C1": [FIRST]})
    council.decide(given("C1", FIRST))
    council.computed = ComputedEligibility(held=frozenset({FIRST}))
    assert council.decide(given("C1", FIRST)) == []
    assert council.decisions["C1", FIRST].version == 1


def test_who_signs_and_why_can_be_corrected_as_a_new_version() -> None:
    """A later version replaces an earlier one."""
    council = Standing({"C1": [FIRST]})
    council.decide(given("C1", FIRST))
    assert council.decide(given("C1", FIRST, by="Chủ tịch UBND tỉnh")) == []
    assert (council.decisions["C1", FIRST].version, council.decisions["C1", FIRST].by) == (2, "Chủ tịch UBND tỉnh")


def test_a_persons_name_is_in_no_refusal() -> None:
    """It lives in intake alone (L15)."""
    person = nomination(1, "B6", kind="can_bo", name=None, status="withdrawn")
    (wrong,) = Standing(nominations=[person]).decide(given("B6", "n1", "revoked", "sai"))
    assert f"cá nhân do {register().name_of(FIRST)} đề nghị" in wrong.detail


def test_no_more_is_granted_than_a_nominator_may_nominate_also_after_it_withdrew() -> None:
    """Nominated, granted, withdrawn, another nominated: the place is taken (S0 IV.4)."""
    first, second = nomination(1, nominator=FIRST), nomination(2, nominator=FIRST, subject="c2")
    council = Standing(nominations=[first])
    assert council.decide(given("B4", "n1")) == []
    council.nominations["B4"] = {"n1": first.model_copy(update={"status": "withdrawn"}), "n2": second}
    assert [item.code for item in council.decide(given("B4", "n2"))] == ["quota_full"]


def test_a_dissolved_unit_gets_no_nominated_award_either_where_the_rules_ask_that_it_exists() -> None:
    """L7, of every award of the plan."""
    gone = register().model_dump(mode="json")
    for unit in gone["units"]:
        unit["valid_to"] = "2023-12-01" if unit["code"] == DISTRICT else unit["valid_to"]
    written = s0().model_dump(mode="json")
    written["criteria"].append({"id": "con-hoat-dong", "name": "Còn hoạt động", "cite": "L7"})
    written["awards"][0]["rules"].append({"rule": "active", "criterion": "con-hoat-dong", "cite": "L7"})
    named = nomination(1, subject=DISTRICT, name=None)
    units_then = UnitRegister.model_validate(gone)
    asked = Standing(nominations=[named], plan=Plan.model_validate(written), units=units_then)
    assert [item.code for item in asked.decide(given("B4", "n1"))] == ["dissolved"]
    assert Standing(nominations=[named], units=units_then).decide(given("B4", "n1")) == []
