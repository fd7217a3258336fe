"""The load: figures that are published repeatedly under new versions, as intake does, and the provinces of the units.

A load has one of two shapes. In ``figures`` a record has one figure, as from a report about one unit. In ``pages`` a
record has a page of up to 256 figures, as from a report about all units of a tier. Records are filled into templates
that the contract's model encoded, which takes a few microseconds per record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from itertools import groupby
from typing import Any, Final, Literal

from shared.contracts.ids import derived
from shared.contracts.intake import PlanPublished, Results, ResultsReported, UnitsPublished
from shared.contracts.model import Kind, Tier, movement_key
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.contracts.topics import PLANS, RESULTS, UNITS
from shared.contracts.units import Unit, UnitRegister
from tests.support.movement import AS_OF, register, s0

Shape = Literal["figures", "pages"]
Message = tuple[str, bytes, bytes]
"""A message's topic, key and value."""

_SO_UNITS: Final = 40
_COMMUNES_A_DISTRICT: Final = 32
_FIRST: Final = datetime(2023, 12, 1, tzinfo=UTC)
_FEEDS: Final = {
    Tier.SO: ("OB06", "OB07", "OB08", "OB02", "OB05"),
    Tier.HUYEN: ("OB06", "OB07", "OB08", "OB02", "OB05"),
    Tier.XA: ("OB06", "OB07", "OB08", "OB02-H", "OB05-H"),
}
"""The obligations of each tier: scores in three fields, tasks and discipline."""

_ID, _RECEIPT, _REPORT, _VERSION = "the-id", "the-receipt", "the-report", 987_654_321
_AT = datetime(1999, 9, 9, 9, 9, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Slot:
    """A figure that is reported repeatedly: its obligation, its agency and its unit."""

    obligation: str
    by: str
    tier: Tier
    page: int
    unit: str


@dataclass(frozen=True)
class World:
    """A province: its plan, its units, and every figure."""

    plan: Plan
    register: UnitRegister
    slots: tuple[Slot, ...]

    @property
    def key(self) -> str:
        """``<province>/<movement>``."""
        assert self.plan.movement is not None
        return movement_key(self.plan.province, self.plan.movement.id)

    def references(self) -> list[Message]:
        """The units and the plan as messages of their topics."""
        units_key, at = f"{self.register.province}/{self.register.version}", _FIRST
        units = UnitsPublished(
            id=derived("units", units_key), source="thidua/intake", time=at, subject=units_key, data=self.register
        )
        plan = PlanPublished(
            id=derived("plan", self.plan.key), source="thidua/intake", time=at, subject=self.plan.key, data=self.plan
        )
        return [
            (UNITS.name, units_key.encode(), units.encode()),
            (PLANS.name, self.plan.key.encode(), plan.encode()),
        ]


@cache
def world(province: int = 0, communes: int | None = None, awards: bool = True) -> World:
    """Thái Bình with 40 departments, 8 districts and 260 communes; other numbers give provinces with other codes.

    With ``communes`` the province has that many made-up communes: 32 in a row belong to one district, as in registers.
    Without ``awards`` the plan has no awards.
    """
    plan, units = s0(), register()
    if province or communes is not None or not awards:
        written = plan.model_dump(mode="json") | {"province": f"tinh-{province}-{communes or 0}"}
        plan = Plan.model_validate(written | ({} if awards else {"awards": []}))
        all_units = units.units
        if communes is not None:
            all_units = (*(u for u in all_units if u.tier not in (Tier.HUYEN, Tier.XA)), *_made_up(communes))
        units = UnitRegister(province=plan.province, version=1, units=all_units)
    slots = [
        _slot(plan, units, plan.obligation[obligation], unit)
        for n in range(5)
        for tier, obligations in _FEEDS.items()
        for unit in units.of_tier(tier, AS_OF)[: _SO_UNITS if tier is Tier.SO else None]
        for obligation in (obligations[n],)
    ]
    return World(plan, units, tuple(slots))


def _made_up(communes: int) -> Iterator[Unit]:
    for n in range(-(-communes // _COMMUNES_A_DISTRICT)):
        yield Unit(code=f"huyen-{n}", name=f"Huyện {n}", tier=Tier.HUYEN, source="assumed")
    for n in range(communes):
        parent = f"huyen-{n // _COMMUNES_A_DISTRICT}"
        yield Unit(code=f"xa-{n}", name=f"Xã {n}", tier=Tier.XA, parent=parent, source="assumed")


def _slot(plan: Plan, units: UnitRegister, obligation: Obligation, unit: Unit) -> Slot:
    by = plan.role[obligation.reporter].holder(_FIRST.date()) if obligation.reporter else unit.parent
    assert by is not None
    return Slot(obligation.id, by, unit.tier, units.page_of[unit.code], unit.code)


@dataclass(frozen=True)
class Load:
    """A number of figures in one shape; the provinces take turns. ``communes`` is as in ``world``.

    With ``once_before`` every figure is first published once in pages, in addition to ``figures``. ``published`` is
    false if units and plans are too large for a topic and are put into the database instead. ``partitions`` is the
    number of partitions of topics that have several; None is that of the topic table.
    """

    figures: int
    shape: Shape = "figures"
    provinces: int = 1
    communes: int | None = None
    once_before: bool = False
    published: bool = True
    partitions: int | None = None
    awards: bool = True

    @property
    def worlds(self) -> list[World]:
        """The provinces."""
        return [world(n, self.communes, self.awards) for n in range(self.provinces)]

    def messages(self) -> Iterator[Message]:
        """All messages in order: units and plans, then the figures."""
        if self.published:
            for province in self.worlds:
                yield from province.references()
        yield from self.results()

    def results(self) -> Iterator[Message]:
        """The messages with figures."""
        if self.once_before:
            yield from replace(self, figures=self._all, shape="pages", once_before=False)._messages(0)
        yield from self._messages(self._all if self.once_before else 0)

    @property
    def _all(self) -> int:
        return sum(len(province.slots) for province in self.worlds)

    @cached_property
    def before(self) -> int:
        """The number of records of figures before the measured ones."""
        if not self.once_before:
            return 0
        return replace(self, figures=self._all, shape="pages", once_before=False).records

    @cached_property
    def records(self) -> int:
        """The total number of records of figures."""
        if self.once_before:
            return self.before + replace(self, once_before=False).records
        if self.shape == "figures":
            return self.figures
        return sum(1 for _ in self.results())

    def _messages(self, first: int) -> Iterator[Message]:
        encoders = [Encoder(province) for province in self.worlds]
        count, turn = 0, 0
        while True:
            for encoder in encoders:
                for at in encoder.reports(self.shape):
                    if count >= self.figures:
                        return
                    at = at[: self.figures - count]
                    yield RESULTS.name, encoder.key, encoder.record(at, turn, first + count)
                    count += len(at)
            turn += 1


class Encoder:
    """Encodes records of a world's figures."""

    def __init__(self, of: World) -> None:
        self._world = of
        self.key = of.key.encode()
        self._heads: dict[tuple[str, str, Tier, int], tuple[bytes, bytes]] = {}

    @cache  # noqa: B019 - an encoder lives as long as its load is written
    def reports(self, shape: Shape) -> list[range]:
        """For each record of a round, the indices of the slots whose figures it has."""
        slots = self._world.slots
        if shape == "figures":
            return [range(n, n + 1) for n in range(len(slots))]
        ranges, at = [], 0
        for _, group in groupby(slots, key=lambda s: (s.obligation, s.by, s.tier, s.page)):
            n = sum(1 for _ in group)
            ranges.append(range(at, at + n))
            at += n
        return ranges

    def record(self, at: range, turn: int, n: int) -> bytes:
        """The record about the slots ``at`` in round ``turn``; ``n`` figures of the load come before it."""
        slots = self._world.slots
        one = slots[at.start]
        place = one.obligation, one.by, one.tier, one.page
        head, row = self._heads.get(place) or self._templates(one)
        rows = b",".join([row % (slots[i].unit.encode(), *_value(row, i, turn)) for i in at])
        time = (_FIRST + timedelta(seconds=n)).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
        return head % (n, n, time, n, n, n % 9999 + 1, one.by.encode(), n + 1, time, rows)

    def _templates(self, one: Slot) -> tuple[bytes, bytes]:
        plan, obligation = self._world.plan, self._world.plan.obligation[one.obligation]
        rows: dict[Kind, dict[str, Any]] = {
            Kind.SCORE: {"unit": "the-unit", "score": "77.77"},
            Kind.TASKS: {"unit": "the-unit", "due": 777_777, "done_on_time": 777_776},
            Kind.DISCIPLINE: {"unit": "the-unit", "violations": 777_777},
        }
        assert plan.movement is not None
        results = Results.model_validate(
            {
                "plan": plan.ref,
                "register_version": self._world.register.version,
                "movement": plan.movement.id,
                "obligation": obligation.id,
                "reported_by": one.by,
                "receipt": _RECEIPT,
                "report": _REPORT,
                "period": "2023",
                "version": _VERSION,
                "kind": obligation.kind,
                "field": obligation.field,
                "tier": one.tier,
                "page": one.page,
                "as_of": AS_OF,
                "final": True,
                "complete": False,
                "received_at": _AT,
                "rows": [rows[obligation.kind or Kind.DOCUMENT]],
            }
        )
        event = ResultsReported(id=_ID, source="thidua/intake", time=_AT, subject=self._world.key, data=results)
        written = event.encode()
        start = written.index(b'"rows":[') + len(b'"rows":[')
        end = written.index(b"]", start)
        head = written[:start] + b"%b" + written[end:]
        for sentinel, filled in (
            (_ID, b"%08x-5eed-5eed-8eed-%012x"),
            (_RECEIPT, b"%08x-4ece-54ec-84ec-%012x"),
            (_REPORT, b"%d/BC-%b"),
            (str(_VERSION), b"%d"),
            (_AT.strftime("%Y-%m-%dT%H:%M:%SZ"), b"%b"),
        ):
            head = head.replace(sentinel.encode(), filled)
        template = written[start:end].replace(b"the-unit", b"%b")
        for sentinel_value in (b"77.77", b"777777", b"777776"):
            template = template.replace(sentinel_value, b"%b")
        self._heads[one.obligation, one.by, one.tier, one.page] = head, template
        return head, template


def _value(row: bytes, slot: int, turn: int) -> tuple[bytes, ...]:
    """The values of a slot's figure in a round. Scores vary by up to three points; some units have a late task."""
    if b"score" in row:
        score = 5_500 + slot * 7_919 % 4_000 + (slot * 31 + turn * 173) % 600 - 300
        return (b"%d.%02d" % divmod(score, 100),)
    if b"due" in row:
        due = 12 + slot % 5
        return b"%d" % due, b"%d" % (due - ((slot + turn) % 9 == 0))
    return (b"%d" % ((slot + turn) % 23 == 0),)
