"""What the rooms of intake share: the ledger of a report, the plan and register it is judged by, extensions. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from shared.caching import Cache
from shared.contracts.model import PlanRef
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister

SOURCE = "thidua/intake"
"""The CloudEvents source of every event that intake publishes."""


def ledger_key(province: str, movement: str, obligation: str, account: str, period: str) -> str:
    """The key of the ledger that numbers report versions: one per movement, obligation, account and period.

    ``account`` is a role where the plan names one, so that after a merger the successor corrects its predecessor's
    reports.
    """
    return f"{province}/{movement}/{obligation}/{account}/{period}"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The reports accepted so far for one obligation, account and period.

    ``last_at`` is when the last of them was received. ``covered`` holds the units that final versions have figures
    for; ``complete_at`` is when it first held all expected units. ``returned``: the last entry is the standing
    office's return of a report, and another report is awaited.
    """

    version: int = 0
    last_at: datetime | None = None
    covered: frozenset[str] = frozenset()
    complete_at: datetime | None = None
    complete_timely: bool | None = None
    returned: bool = False


_MAX_UNIT_SETS = 100


@dataclass(frozen=True, slots=True)
class IntakeContext:
    """What a report is judged by: the plan it names and the newest register of units.

    ``unit_sets`` caches sets of units derived from both, so that they are not computed for every report.
    """

    plan: Plan
    register: UnitRegister
    unit_sets: Cache[tuple[Hashable, ...], frozenset[str]] = field(
        default_factory=lambda: Cache(_MAX_UNIT_SETS), compare=False, repr=False
    )

    def cached_units(self, key: tuple[Hashable, ...], compute: Callable[[], Iterable[str]]) -> frozenset[str]:
        """The set of unit codes cached under ``key``, computed on first use. At most 100 sets are kept."""
        units = self.unit_sets.get(key)
        if units is None:
            units = self.unit_sets.keep(key, frozenset(compute()))
        return units

    @property
    def ref(self) -> PlanRef:
        """The plan's version."""
        return self.plan.ref


@dataclass(frozen=True, slots=True)
class GrantedExtension:
    """What the standing office granted for one ledger, as last permitted local days.

    ``until`` is the latest day granted; ``in_time`` is the latest one granted before the deadline had passed.
    """

    until: date | None = None
    in_time: date | None = None

    def timely_last_day(self, last_day: date | None) -> date | None:
        """The last local day on which a report is in time; ``last_day`` is the plan's own, None for no deadline."""
        return max(last_day, self.in_time) if last_day and self.in_time else last_day

    def open_last_day(self, last_day: date | None) -> date | None:
        """The last local day the office waits for a report; ``last_day`` is the plan's own, None for no deadline."""
        return max(last_day, self.until) if last_day and self.until else last_day


NO_EXTENSION = GrantedExtension()
