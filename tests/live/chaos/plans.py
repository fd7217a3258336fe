"""The plans of the arena: Thái Bình's S0, and copies for other movements, one for each partition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Final

from aiokafka.partitioner import murmur2

from shared.contracts.model import Kind, movement_key
from shared.contracts.plan import Plan
from shared.contracts.topics import RESULTS, SERVICES, concrete_topics, consumed_by
from shared.contracts.units import UnitRegister
from shared.plans.authority import concerns, reporters
from tests.support.movement import AS_OF, register, s0, s1

FED: Final = ("OB02", "OB05", "OB06", "OB07", "OB08", "OB09")
"""The obligations of S0 whose figures are reported."""


@lru_cache
def movements() -> tuple[Plan, ...]:
    """S0 and copies of it for other movements, so that their keys fall on every partition of the results."""
    chosen = {_partition(s0()): s0()}
    for n in count(2):
        if len(chosen) == RESULTS.partitions:
            return tuple(chosen[partition] for partition in sorted(chosen))
        document = s0().model_dump(mode="json")
        document["id"] += f"-{n}"
        document["movement"]["id"] += f"-{n}"
        copy = Plan.model_validate(document)
        chosen.setdefault(_partition(copy), copy)
    raise AssertionError


def _partition(plan: Plan) -> int:
    key = movement_key(plan.province, plan.movement.id if plan.movement else "")
    return int(murmur2(key.encode()) & 0x7FFFFFFF) % RESULTS.partitions


def published() -> tuple[UnitRegister, tuple[Plan, ...]]:
    """The units and every plan in force."""
    return register(), (*movements(), s1())


@dataclass(frozen=True)
class Feed:
    """An agency that reports an obligation of a movement, and the units it may report."""

    movement: str
    obligation: str
    kind: Kind
    subject: str
    agency: str
    units: tuple[str, ...]


@lru_cache
def feeds() -> tuple[Feed, ...]:
    """Every obligation that is reported in figures, with its reporter."""
    return tuple(
        Feed(
            plan.movement.id,
            obligation.id,
            obligation.kind,
            obligation.subject,
            agency := reporters(plan, obligation, register(), AS_OF)[0],
            tuple(u.code for u in register().units if u.exists_on(AS_OF) and concerns(plan, obligation, agency, u)),
        )
        for plan in movements()
        for obligation in plan.obligations
        if obligation.id in FED and obligation.kind and plan.movement
    )


def agencies() -> list[str]:
    """The agencies with an inbox and an outbox, as intake determines them."""
    reporting = [(plan, o.reporter) for plan in published()[1] for o in plan.obligations if o.kind and o.reporter]
    return sorted({tenure.unit for plan, role in reporting for tenure in plan.role[role].held})


def partitions() -> dict[str, int]:
    """The number of partitions that each service reads."""
    topics = concrete_topics(agencies())
    return {service: sum(t.partitions for _, t in topics if t in consumed_by(service)) for service in SERVICES}
