"""Places: how many a nominator may nominate for an award, which nominations take one, and what is left. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.contracts.awards import CITIZENS, NominatedAward, QuotaRow, SubjectKind
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister


@dataclass(frozen=True, slots=True)
class NominationContext:
    """The plan of the movement, the plan of the movement it lies within, and the newest register of units."""

    plan: Plan
    above: Plan | None
    register: UnitRegister


@dataclass(frozen=True, slots=True)
class Quota:
    """The places one nominator has for one award, and how many are taken."""

    plan: Plan
    award: NominatedAward
    places: QuotaRow
    taken_by: tuple[Nomination, ...]

    @property
    def left(self) -> int | None:
        """Places left; None where there is no limit."""
        return None if self.places.at_most is None else max(self.places.at_most - len(self.taken_by), 0)


def quotas(nominator: str, roll: Sequence[Nomination], context: NominationContext) -> list[tuple[Quota, int | None]]:
    """An agency's places for each award of the plan, with what is left of them here and in the award it feeds."""
    active = [each for each in roll if each.status == "accepted"]
    found: list[tuple[Quota, int | None]] = []
    for own in _quotas(context.plan, nominator, active, context):
        above = [quota_of(fed, nominator, active, context) for fed in fed_by(own.award, context)]
        if None not in above:
            found.append((own, min_remaining([own, *filter(None, above)])))
    return found


def quotas_without(nomination: Nomination, roll: Sequence[Nomination], context: NominationContext) -> int | None:
    """What its nominator has left of an award once a nomination is gone."""
    active = [each for each in roll if each.status == "accepted" and each.id != nomination.id]
    return min_remaining(taken(nomination, active, context))


def plans_of(context: NominationContext) -> list[Plan]:
    """The plan and, where it is here, the one above."""
    return [plan for plan in (context.plan, context.above) if plan is not None]


def fed_by(award: NominatedAward, context: NominationContext) -> list[NominatedAward | None]:
    """The award above that a nomination is for as well, if any; None where that plan is not here or has it not."""
    if award.feeds is None:
        return []
    return [context.above.nominated_award.get(award.feeds) if context.above else None]


def _row(award: NominatedAward, nominator: str, register: UnitRegister) -> QuotaRow | None:
    """The places of a nominator: those that name it, else those of its tier."""
    unit = register.by_code.get(nominator)
    named = next((places for places in award.places if places.unit == nominator), None)
    return named or next((places for places in award.places if unit and places.tier is unit.tier), None)


def _quotas(plan: Plan, nominator: str, active: Sequence[Nomination], context: NominationContext) -> list[Quota]:
    mine = [each for each in active if each.nominator == nominator]
    found: list[Quota] = []
    for award in plan.nominated:
        if places := _row(award, nominator, context.register):
            counted = tuple(each for each in mine if _counts(each, plan, award, context))
            found.append(Quota(plan, award, places, counted))
    return found


def quota_of(
    award: NominatedAward | None, nominator: str, active: Sequence[Nomination], context: NominationContext
) -> Quota | None:
    """A nominator's places for an award of either plan; None where it has none."""
    every = (share for plan in plans_of(context) for share in _quotas(plan, nominator, active, context))
    return next((share for share in every if share.award is award), None)


def taken(nomination: Nomination, active: Sequence[Nomination], context: NominationContext) -> list[Quota]:
    """The places a nomination takes one of: of its award, of the award it feeds, of that for persons (A21)."""
    every = [share for plan in plans_of(context) for share in _quotas(plan, nomination.nominator, active, context)]
    return [share for share in every if _counts(nomination, share.plan, share.award, context)]


def _counts(nomination: Nomination, plan: Plan, award: NominatedAward, context: NominationContext) -> bool:
    """Whether a nomination takes one of its nominator's places for an award: its own, or the one it feeds.

    A citizen may be free of them (A19); a business person nominated without limit may take a person's (A21).
    """
    assert plan.movement is not None
    here, top = nomination.movement == plan.movement.id, plan.movement.within is None
    if (here and nomination.award == award.id) or (top and not here and nomination.into == award.id):
        return not (nomination.kind in CITIZENS and plan.choices.citizens == "free")
    if nomination.kind is not SubjectKind.DOANH_NHAN or plan.choices.business_people == "free" or not here:
        return False
    asked = plan.nominated_award.get(nomination.award)
    unlimited = asked is not None and _limit(asked, nomination, context) is None
    of_persons = (each for each in plan.nominated if any(kind.is_person for kind in each.kinds))
    first_limited = next((each for each in of_persons if _limit(each, nomination, context) is not None), None)
    return unlimited and first_limited is award


def _limit(award: NominatedAward, nomination: Nomination, context: NominationContext) -> int | None:
    places = _row(award, nomination.nominator, context.register)
    return places.at_most if places else None


def min_remaining(among: Iterable[Quota]) -> int | None:
    """What is left where a place of each is needed; None where none of them is limited."""
    return min((share.left for share in among if share.left is not None), default=None)
