"""Which decisions may give an award that the council proposed, and which may revoke one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.council import award_rules, decision_rules
from services.council.decision_rules import DecisionProblem
from services.council.state import ComputedEligibility, DecisionContext, DecisionKey
from shared.contracts.conferral import AwardingDecision, ConferredAward, RevokingDecision
from shared.contracts.council import Decision, DecisionGiven
from shared.contracts.model import Tier
from shared.contracts.scoring import AwardLists
from shared.wording.unit_names import full_name
from tests.support.movement import register, s0, units

PROPOSED_AT = datetime(2024, 1, 12, 3, tzinfo=UTC)
NOW = datetime(2024, 1, 20, 3, tzinfo=UTC)
FIRST, SECOND, THIRD = units(Tier.SO)[:3]
CHAIRMAN = "Chủ tịch Ủy ban nhân dân tỉnh"


class Records:
    """A movement's decisions and awards; a request with a problem is not recorded."""

    def __init__(self, *proposed: str, on_hold: tuple[str, ...] = ()) -> None:
        self.decisions: dict[DecisionKey, Decision] = {}
        self.awards: dict[DecisionKey, ConferredAward] = {}
        self.lists = AwardLists(award="B1", candidates=tuple(units(Tier.SO)), for_judgement=())
        self.on_hold: frozenset[str] = frozenset()
        assert self.propose(*proposed) == []
        self.on_hold = frozenset(on_hold)

    @property
    def context(self) -> DecisionContext:
        computed = ComputedEligibility({"B1": self.lists}, {}, self.on_hold)
        return DecisionContext(
            s0(), register(), computed, {}, frozenset(), dict(self.decisions), awards=dict(self.awards)
        )

    def propose(self, *subjects: str, status: str = "granted", at: datetime = PROPOSED_AT) -> list[DecisionProblem]:
        given = [
            DecisionGiven.model_validate(
                {
                    "award": "B1",
                    "subject": s,
                    "status": status,
                    "reason": "họp" if status == "revoked" else None,
                    "by": "x",
                }
            )
            for s in subjects
        ]
        decided, problems = decision_rules.decide(given, self.context, at)
        if not problems:
            self.decisions |= {(d.award, d.subject): d for d in decided}
        return problems

    def give(self, *subjects: str, now: datetime = NOW, **changes: Any) -> list[DecisionProblem]:
        awards, problems = award_rules.give(paper(AwardingDecision, *subjects, **changes), "Thư ký", self.context, now)
        if not problems:
            self.awards |= {(a.award, a.subject): a for a in awards}
        self.last = awards
        return problems

    def revoke(self, *subjects: str, now: datetime = NOW, **changes: Any) -> list[DecisionProblem]:
        revoking = paper(RevokingDecision, *subjects, **{"number": "99/QĐ-UBND", "reason": "Kê khai sai.", **changes})
        awards, decisions, problems = award_rules.revoke(revoking, "Thư ký", self.context, now)
        if not problems:
            self.awards |= {(a.award, a.subject): a for a in awards}
            self.decisions |= {(d.award, d.subject): d for d in decisions}
        self.last = awards
        return problems


def paper(kind: Any, *subjects: str, **changes: Any) -> Any:
    rows = [{"award": "B1", "subject": subject} for subject in subjects]
    fields = {"number": "12/QĐ-UBND", "date": "2024-01-15", "signer": CHAIRMAN, "awards": rows}
    return kind.model_validate({**fields, **changes})


def codes(problems: list[DecisionProblem]) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in problems]


def test_one_decision_gives_all_the_awards_that_the_council_proposed() -> None:
    """The award keeps number, day and signing office, and the unit with its page for whoever ranks it."""
    records = Records(FIRST, SECOND)
    assert records.give(FIRST, SECOND) == []
    award = records.awards["B1", SECOND]
    decision = award.decision
    assert (decision.number, decision.date, decision.signer) == ("12/QĐ-UBND", date(2024, 1, 15), CHAIRMAN)
    assert (award.unit, award.tier, award.page, award.version, award.stands) == (SECOND, Tier.SO, 0, 1, True)
    assert records.give(FIRST, SECOND) == []
    assert records.last == []


def test_a_list_is_given_whole_or_not_at_all_and_every_wrong_row_is_named() -> None:
    """Not proposed, unknown award, named twice: the clerk sees all of it at once."""
    records = Records(FIRST)
    rows = [{"award": a, "subject": s} for a, s in (("B1", FIRST), ("B1", SECOND), ("Z", FIRST), ("B1", FIRST))]
    problems = records.give(awards=rows)
    assert codes(problems) == [
        ("/awards/1/subject", "not_proposed"),
        ("/awards/2/subject", "unknown_award"),
        ("/awards/3/subject", "given_twice"),
    ]
    assert full_name(register(), SECOND) in problems[0].detail
    assert records.awards == {}


@pytest.mark.parametrize("status", ["declined", "revoked"])
def test_only_a_standing_proposal_can_be_given(status: str) -> None:
    """A proposal that the chairman refused is ``revoked``."""
    records = Records(FIRST) if status == "revoked" else Records()
    records.lists = AwardLists(award="B1", candidates=(), for_judgement=())
    assert records.propose(FIRST, status=status) == []
    assert codes(records.give(FIRST)) == [("/awards/0/subject", "not_proposed")]


def test_a_decision_is_not_dated_in_the_future_nor_before_the_proposal() -> None:
    """The day of the proposal itself is right; what was done on paper before is marked as recorded afterwards."""
    records = Records(FIRST)
    assert codes(records.give(FIRST, date="2024-01-21")) == [("/date", "date_in_future")]
    (problem,) = records.give(FIRST, date="2024-01-11")
    assert codes([problem]) == [("/awards/0/subject", "before_proposal")]
    assert "11/01/2024" in problem.detail
    assert "12/01/2024" in problem.detail
    assert records.give(FIRST, date="2024-01-11", recorded_afterwards=True) == []
    assert records.awards["B1", FIRST].recorded_afterwards
    assert Records(FIRST).give(FIRST, date="2024-01-12") == []
    assert Records(FIRST).give(FIRST, date="2024-01-20") == []


def test_days_are_local_days() -> None:
    """17:30 UTC on the 19th is already the 20th in Việt Nam."""
    assert Records(FIRST).give(FIRST, date="2024-01-20", now=datetime(2024, 1, 19, 17, 30, tzinfo=UTC)) == []
    late = Records()
    assert late.propose(FIRST, at=datetime(2024, 1, 12, 17, 30, tzinfo=UTC)) == []
    assert codes(late.give(FIRST, date="2024-01-12")) == [("/awards/0/subject", "before_proposal")]


def test_a_unit_with_an_open_case_is_given_nothing_unless_it_was_given_before_the_case_was_known() -> None:
    """A18: at the decision's day. A decision recorded afterwards was signed already."""
    records = Records(FIRST, on_hold=(FIRST,))
    assert codes(records.give(FIRST)) == [("/awards/0/subject", "on_hold")]
    assert records.give(FIRST, recorded_afterwards=True) == []


def test_an_award_recorded_wrongly_is_recorded_again_with_a_reason() -> None:
    """Otherwise a second decision about the same award is refused: one award has one decision."""
    records = Records(FIRST)
    records.give(FIRST)
    (problem,) = records.give(FIRST, number="21/QĐ-UBND")
    assert codes([problem]) == [("/awards/0/subject", "award_given")]
    assert "12/QĐ-UBND" in problem.detail
    assert records.give(FIRST, number="21/QĐ-UBND", correction="Ghi nhầm số.") == []
    award = records.awards["B1", FIRST]
    assert (award.decision.number, award.version, award.correction) == ("21/QĐ-UBND", 2, "Ghi nhầm số.")


def test_a_revocation_names_its_decision_and_ends_the_proposal() -> None:
    """So an earlier release, which knows proposals only, frees the place and the exclusion as well."""
    records = Records(FIRST, SECOND)
    records.give(FIRST, SECOND)
    assert records.revoke(FIRST) == []
    award = records.awards["B1", FIRST]
    assert award.revocation is not None
    assert (award.stands, award.version, award.revocation.number) == (False, 2, "99/QĐ-UBND")
    assert (award.decision.number, award.revocation.reason) == ("12/QĐ-UBND", "Kê khai sai.")
    proposal = records.decisions["B1", FIRST]
    assert (proposal.status, proposal.version, proposal.reason) == ("revoked", 2, "Kê khai sai.")
    assert records.awards["B1", SECOND].stands
    assert records.revoke(FIRST) == []
    assert records.last == []
    assert codes(records.revoke(FIRST, number="100/QĐ-UBND")) == [("/awards/0/subject", "not_awarded")]


def test_a_revoked_award_may_be_proposed_and_given_again() -> None:
    """It counts its versions on."""
    records = Records(FIRST)
    records.give(FIRST)
    records.revoke(FIRST)
    assert codes(records.give(FIRST, number="13/QĐ-UBND")) == [("/awards/0/subject", "not_proposed")]
    assert records.propose(FIRST, at=NOW) == []
    later = NOW + timedelta(days=1)
    assert records.give(FIRST, number="13/QĐ-UBND", date="2024-01-21", now=later) == []
    award = records.awards["B1", FIRST]
    assert (award.stands, award.version, award.decision.number) == (True, 3, "13/QĐ-UBND")


def test_a_revocation_comes_after_the_award_and_is_not_dated_in_the_future() -> None:
    """Whatever was recorded afterwards."""
    records = Records(FIRST)
    assert codes(records.revoke(FIRST)) == [("/awards/0/subject", "not_awarded")]
    records.give(FIRST)
    wrong = records.revoke(FIRST, date="2024-01-14", recorded_afterwards=True)
    assert codes(wrong) == [("/awards/0/subject", "before_award")]
    assert codes(records.revoke(FIRST, date="2024-01-21")) == [("/date", "date_in_future")]
    assert codes(records.revoke(awards=[{"award": "Z", "subject": FIRST}])) == [("/awards/0/subject", "unknown_award")]


def test_the_council_does_not_withdraw_a_proposal_whose_award_was_given() -> None:
    """Only a decision revokes an award; before the award the chairman's refusal ends the proposal."""
    records = Records(FIRST, SECOND)
    records.give(FIRST)
    (problem,) = records.propose(FIRST, status="revoked")
    assert codes([problem]) == [("/0/status", "award_given")]
    assert "Quyết định số 12/QĐ-UBND ngày 15/01/2024" in problem.detail
    assert records.propose(SECOND, status="revoked") == []
