"""Counts for operators: how long the agencies' keys hold, and how many nominations may still be made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from services.intake.access.key_policy import Key
from services.intake.access.key_store import keys_by_agency
from services.intake.nominations.store import NominationStore
from shared.contracts.model import local
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Database
from shared.runtime.references import References

_DAY = 86_400.0


def days_left(keys: Mapping[str, Sequence[Key]], now: datetime) -> list[float]:
    """For each agency that has a valid key, the days until its last one ends, fewest first."""
    live = ([key.expires_at for key in of_agency if key.is_live(now)] for of_agency in keys.values())
    return sorted((max(ends) - now).total_seconds() / _DAY for ends in live if ends)


def places_left(plan: Plan, nominations: Iterable[Nomination], register: UnitRegister, today: date) -> dict[str, int]:
    """How many nominations a plan still allows on a local day, by award; awards without a limit are left out.

    A tier's row counts for each of its units that no row of the award names.
    """
    made = Counter(one.award for one in nominations if one.status == "accepted" and one.plan.id == plan.id)
    left: dict[str, int] = {}
    for award in plan.nominated:
        named = {row.unit for row in award.places}
        allowed = 0
        for row in award.places:
            units = () if row.tier is None else register.of_tier(row.tier, today)
            times = 1 if row.unit else sum(unit.code not in named for unit in units)
            if row.at_most is None:
                break
            allowed += row.at_most * times
        else:
            left[award.id] = max(0, allowed - made[award.id])
    return left


class IntakeMeasuring:
    """Sets intake's business gauges."""

    def __init__(
        self, database: Database, nominations: NominationStore, references: References, metrics: Metrics, province: str
    ) -> None:
        self._database, self._nominations, self._references = database, nominations, references
        self._metrics, self._province = metrics, province

    async def measure(self, now: datetime) -> None:
        """Read and set them. Raises the database's errors."""
        days = days_left(await keys_by_agency(self._database), now)
        self._metrics.keys.set(len(days))
        self._metrics.key_days_left.set(days[0] if days else float("inf"))
        register = self._references.newest_register(self._province)
        if register is None:
            return
        for plan in self._references.newest_plans():
            if plan.province == self._province and plan.movement and plan.nominated:
                nominations = await self._nominations.of_movement(plan.movement.within or plan.movement.id)
                for award, n in places_left(plan, nominations, register, local(now).date()).items():
                    self._metrics.places_left.labels(plan.id, award).set(n)
