"""Quotas: how many nominations a nominator may make for an award, which nominations count, and what remains. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.contracts.awards import CITIZENS, NominatedAward, QuotaRow, SubjectKind
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister


@dataclass(frozen=True, slots=True)
class NominationContext:
    """The plan of a movement, the plan of the enclosing movement (None if unknown), and the newest register."""

    plan: Plan
    above: Plan | None
    register: UnitRegister


@dataclass(frozen=True, slots=True)
class Quota:
    """One nominator's quota for one award, and the nominations that count toward it."""

    plan: Plan
    award: NominatedAward
    row: QuotaRow
    used_by: tuple[Nomination, ...]

    @property
    def remaining(self) -> int | None:
        """How many more nominations the quota allows; None if it has no limit."""
        return None if self.row.at_most is None else max(self.row.at_most - len(self.used_by), 0)


def quotas(
    nominator: str, nominations: Sequence[Nomination], context: NominationContext
) -> list[tuple[Quota, int | None]]:
    """A nominator's quota for each award of the plan, and what remains of it and of the quota of the award it feeds."""
    active = [nomination for nomination in nominations if nomination.status == "accepted"]
    result: list[tuple[Quota, int | None]] = []
    for own in _quotas(context.plan, nominator, active, context):
        above = [quota_of(fed, nominator, active, context) for fed in fed_awards(own.award, context)]
        if None not in above:
            result.append((own, min_remaining([own, *filter(None, above)])))
    return result


def remaining_without(
    nomination: Nomination, nominations: Sequence[Nomination], context: NominationContext
) -> int | None:
    """What remains of a nomination's quotas once it is withdrawn; None if they have no limit."""
    active = [other for other in nominations if other.status == "accepted" and other.id != nomination.id]
    return min_remaining(quotas_used_by(nomination, active, context))


def plans_of(context: NominationContext) -> list[Plan]:
    """The plan and, if it is known, the one of the enclosing movement."""
    return [plan for plan in (context.plan, context.above) if plan is not None]


def fed_awards(award: NominatedAward, context: NominationContext) -> list[NominatedAward | None]:
    """The award of the enclosing movement that a nomination also counts for: none or one.

    The one is None if that plan is unknown or does not have the award.
    """
    if award.feeds is None:
        return []
    return [context.above.nominated_award.get(award.feeds) if context.above else None]


def _row(award: NominatedAward, nominator: str, register: UnitRegister) -> QuotaRow | None:
    """The quota row of a nominator: the one that names it, or the one of its tier."""
    unit = register.by_code.get(nominator)
    by_name = next((row for row in award.places if row.unit == nominator), None)
    return by_name or next((row for row in award.places if unit and row.tier is unit.tier), None)


def _quotas(plan: Plan, nominator: str, active: Sequence[Nomination], context: NominationContext) -> list[Quota]:
    own = [nomination for nomination in active if nomination.nominator == nominator]
    result: list[Quota] = []
    for award in plan.nominated:
        if row := _row(award, nominator, context.register):
            used_by = tuple(nomination for nomination in own if _counts(nomination, plan, award, context))
            result.append(Quota(plan, award, row, used_by))
    return result


def quota_of(
    award: NominatedAward | None, nominator: str, active: Sequence[Nomination], context: NominationContext
) -> Quota | None:
    """A nominator's quota for an award of either plan; None if it has none. ``active`` are accepted nominations."""
    every = (quota for plan in plans_of(context) for quota in _quotas(plan, nominator, active, context))
    return next((quota for quota in every if quota.award is award), None)


def quotas_used_by(nomination: Nomination, active: Sequence[Nomination], context: NominationContext) -> list[Quota]:
    """The quotas a nomination counts toward: of its award, of the award it feeds, of the one for persons (A21)."""
    every = [quota for plan in plans_of(context) for quota in _quotas(plan, nomination.nominator, active, context)]
    return [quota for quota in every if _counts(nomination, quota.plan, quota.award, context)]


def _counts(nomination: Nomination, plan: Plan, award: NominatedAward, context: NominationContext) -> bool:
    """Whether a nomination counts toward its nominator's quota for an award: its own award, or the one it feeds.

    A citizen may be exempt (A19). A business person nominated without limit may count as a person (A21).
    """
    assert plan.movement is not None
    is_own_movement, is_top = nomination.movement == plan.movement.id, plan.movement.within is None
    is_own_award = is_own_movement and nomination.award == award.id
    if is_own_award or (is_top and not is_own_movement and nomination.into == award.id):
        return not (nomination.kind in CITIZENS and plan.choices.citizens == "free")
    if nomination.kind is not SubjectKind.DOANH_NHAN or plan.choices.business_people == "free" or not is_own_movement:
        return False
    own_award = plan.nominated_award.get(nomination.award)
    is_unlimited = own_award is not None and _limit(own_award, nomination, context) is None
    for_persons = (other for other in plan.nominated if any(kind.is_person for kind in other.kinds))
    first_limited = next((other for other in for_persons if _limit(other, nomination, context) is not None), None)
    return is_unlimited and first_limited is award


def _limit(award: NominatedAward, nomination: Nomination, context: NominationContext) -> int | None:
    row = _row(award, nomination.nominator, context.register)
    return row.at_most if row else None


def min_remaining(quotas: Iterable[Quota]) -> int | None:
    """The smallest remainder of some quotas; None if none of them has a limit."""
    return min((quota.remaining for quota in quotas if quota.remaining is not None), default=None)
