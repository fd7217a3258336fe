"""Successive nominations under the real plans. Pure and fast."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from services.intake.nominations.rules import NominationRequest, decide, withdraw
from services.intake.nominations.store import Decide, NominationIdentity
from services.intake.papers import Paper
from shared.contracts.awards import SubjectKind
from shared.contracts.model import Tier
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.load import load_plan
from shared.plans.quotas import NominationContext, quotas, remaining_without
from tests.support.movement import register, s0, units
from tests.support.provinces import THAI_BINH

NOW = datetime(2023, 12, 6, 2, tzinfo=UTC)
SO, DISTRICT, COMMUNE, INSTITUTE = "so-nnptnt", "338", units(Tier.XA, "338")[0], units(Tier.DVSN)[0]
S0, S4 = "trach-nhiem-ky-cuong-2023", "trach-nhiem-ky-cuong-2023-snnptnt"
Kind = SubjectKind


@lru_cache
def s4() -> Plan:
    """KH of Sở Nông nghiệp và PTNT as the project carries it."""
    return load_plan(THAI_BINH / "s4-snnptnt.yaml")


@lru_cache
def s3() -> Plan:
    """KH 52/KH-UBND as the project carries it."""
    return load_plan(THAI_BINH / "s3-52-kh-ubnd.yaml")


def identity(request: NominationRequest, number: str = "", digest: str = "") -> NominationIdentity:
    """The identity of a nomination under a paper of that number, which is its id by default; its only id."""
    paper = Paper(request.nominator, number or request.id)
    return NominationIdentity(paper, request.movement, request.award, request.subject, digest, (request.id,))


def deciding(request: NominationRequest, context: NominationContext) -> Decide:
    """Decides a nomination under the id that the store gives it."""
    return lambda nomination_id, earlier: decide(replace(request, id=nomination_id), earlier, context, NOW)


class Desk:
    """Successive nominations in one list."""

    def __init__(self, above: Plan | None = None, units: UnitRegister | None = None) -> None:
        self.above = above or s0()
        self.register = units or register()
        self.nominations: list[Nomination] = []

    def context(self, plan: Plan) -> NominationContext:
        return NominationContext(plan, self.above if plan.movement and plan.movement.within else None, self.register)

    def ask(
        self,
        nominator: str,
        award: str,
        kind: SubjectKind,
        subject: str,
        *,
        plan: Plan | None = None,
        name: str | None = None,
        by_code: bool = False,
        now: datetime = NOW,
    ) -> Nomination:
        plan = plan or (s4() if award.startswith("S4-") else self.above)
        assert plan.movement is not None
        request = NominationRequest(
            f"n-{len(self.nominations)}", plan.movement.id, award, nominator, kind, subject, name=name, by_code=by_code
        )
        decided = decide(request, self.nominations, self.context(plan), now)
        self.nominations.append(decided)
        return decided

    def withdraw(self, nomination: Nomination) -> Nomination:
        left = remaining_without(
            nomination, self.nominations, self.context(s4() if nomination.movement == S4 else self.above)
        )
        after = withdraw(nomination, NOW + timedelta(hours=1), left)
        self.nominations[self.nominations.index(nomination)] = after
        return after

    def left(self, nominator: str, plan: Plan | None = None) -> dict[str, int | None]:
        return {
            share.award.id: left
            for share, left in quotas(nominator, self.nominations, self.context(plan or self.above))
        }


def outcome(nomination: Nomination) -> tuple[str | None, int | None]:
    assert (nomination.status == "refused") == (nomination.reason is not None) == (nomination.detail is not None)
    return nomination.reason, nomination.places_left


def changed(plan: Plan, award: str, **changes: Any) -> Plan:
    """The plan with one nominated award changed, validated again as if loaded from a file."""
    document = plan.model_dump(mode="json")
    for row in document["nominated"]:
        if row["id"] == award:
            row |= changes
    return Plan.model_validate(document)
