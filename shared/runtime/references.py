"""Plans and unit registers, kept in the service's own database: reference data waits for nobody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import structlog

from shared.contracts.fast_models import PlanRef as FastRef
from shared.contracts.intake import PlanPublished, UnitsPublished
from shared.contracts.model import AnyEvent, PlanRef
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.runtime.mongo import Database, Documents, VersionConflict

log = structlog.get_logger(__name__)

Ref = PlanRef | FastRef


class References:
    """Every plan version and register the service has learnt. Old ones stay, so a replay judges as the day did."""

    def __init__(self, database: Database) -> None:
        self.plans_kept = database.documents("plans")
        self.registers_kept = database.documents("registers")
        self._plans: dict[tuple[str, str, int], Plan] = {}
        self._registers: dict[tuple[str, int], UnitRegister] = {}

    async def prepare(self) -> None:
        """Create the indexes and read what is kept."""
        await self.plans_kept.prepare()
        await self.registers_kept.prepare()
        await self.refresh()

    async def refresh(self) -> None:
        """Read from the database what another process may have learnt meanwhile.

        Units come before the plans that name them, so they are read after them; both are then known at once.
        """
        plans = await self.plans_kept.find({"_id": {"$nin": [plan.key for plan in self._plans.values()]}})
        known = [f"{province}/{version}" for province, version in self._registers]
        for doc in await self.registers_kept.find({"_id": {"$nin": known}}):
            register = UnitRegister.model_validate_json(doc["json"])
            self._registers[register.province, register.version] = register
        for doc in plans:
            plan = Plan.model_validate_json(doc["json"])
            self._plans[key_of(plan.ref)] = plan

    async def learn_plan(self, plan: Plan, at: datetime, *, publish: bool = False) -> None:
        """Keep a plan version; one kept already stays as it is. ``publish`` is for its owner, who publishes it."""
        if not self.knows_plan(plan.ref):
            await self._learn(self.plans_kept, plan.key, plan.model_dump_json(), at, publish)

    async def learn_register(self, register: UnitRegister, at: datetime, *, publish: bool = False) -> None:
        """Keep a register version; one kept already stays as it is."""
        if (register.province, register.version) not in self._registers:
            key = f"{register.province}/{register.version}"
            await self._learn(self.registers_kept, key, register.model_dump_json(), at, publish)

    async def _learn(self, kept: Documents, key: str, json: str, at: datetime, publish: bool) -> None:
        try:
            await kept.insert({"_id": key, "json": json, "learnt_at": at, "unsent": ["self"] if publish else []})
        except VersionConflict:
            log.info("reference data was learnt by another process meanwhile", key=key)
        await self.refresh()

    async def apply(self, events: Iterable[AnyEvent]) -> None:
        """Keep what was published."""
        for event in events:
            if isinstance(event, PlanPublished):
                await self.learn_plan(event.data, event.time)
            elif isinstance(event, UnitsPublished):
                await self.learn_register(event.data, event.time)

    def plan(self, ref: Ref) -> Plan:
        """That version of that plan. Raises ``KeyError``."""
        return self._plans[key_of(ref)]

    def knows(self, plan: Ref, register_version: int) -> bool:
        """Whether the plan and the register an event names are at hand."""
        return self.knows_plan(plan) and (plan.province, register_version) in self._registers

    def knows_plan(self, plan: Ref) -> bool:
        """Whether a plan version is at hand."""
        return key_of(plan) in self._plans

    def register(self, province: str, version: int) -> UnitRegister:
        """That version of a province's register. Raises ``KeyError``."""
        return self._registers[province, version]

    def newest_register(self, province: str) -> UnitRegister | None:
        """A province's newest register, or None before the first."""
        versions = [version for known, version in self._registers if known == province]
        return self._registers[province, max(versions)] if versions else None

    def newest_plans(self) -> list[Plan]:
        """The newest version of every plan, by id."""
        newest: dict[tuple[str, str], Plan] = {}
        for plan in sorted(self._plans.values(), key=lambda p: p.version):
            newest[plan.province, plan.id] = plan
        return [newest[key] for key in sorted(newest)]

    def plan_of_movement(self, province: str, movement: str) -> Plan | None:
        """The newest plan of a movement, or None."""
        plans = (p for p in self.newest_plans() if p.province == province and p.movement)
        return next((p for p in plans if p.movement and p.movement.id == movement), None)

    def reporters(self) -> list[str]:
        """Every agency that holds a reporting role of some plan, now, before or later.

        They have topics of their own; the many that hand in a document a year come in over HTTP.
        """
        owed = [(plan, o.reporter) for plan in self._plans.values() for o in plan.obligations if o.kind and o.reporter]
        return sorted({tenure.unit for plan, role in owed for tenure in plan.role[role].held})

    def document_numbers(self, ref: Ref) -> dict[str, str]:
        """The numbers of the source documents by their keys, as a plan's citations mean them.

        The plan's own, and the newest of its province of the same or an earlier year: the keys recur every year.
        """
        asked = self.plan(ref)
        year = asked.source.issued.year
        plans = [p for p in self.newest_plans() if p.province == ref.province and p.source.issued.year <= year]
        ordered = [*sorted(plans, key=lambda p: p.source.issued), asked]
        return {plan.source.key: plan.source.name for plan in ordered}


def key_of(ref: Ref) -> tuple[str, str, int]:
    """Province, plan and version, however they are named."""
    return ref.province, ref.id, ref.version
