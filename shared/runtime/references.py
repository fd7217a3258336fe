"""Plans and unit registers in the service's own database, so that no event waits for another service to send them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import structlog

from shared.contracts.fast_models import PlanRef as FastRef
from shared.contracts.intake import PlanEvent, UnitsPublished
from shared.contracts.model import AnyEvent, PlanRef
from shared.contracts.plan import Plan, Source
from shared.contracts.units import UnitRegister
from shared.runtime.mongo import Database, Document, Documents, VersionConflict
from shared.runtime.publishing import PublishedDocuments

log = structlog.get_logger(__name__)

Ref = PlanRef | FastRef
What = TypeVar("What", Plan, UnitRegister)


@dataclass(frozen=True, slots=True)
class Learnt(Generic[What]):
    """A plan or register version, and the instant it was stored."""

    what: What
    at: datetime


class References:
    """Every plan version and unit register the service has applied.

    Old versions are never removed, so a replay decides by the version that was in force at the time.
    """

    def __init__(self, database: Database) -> None:
        self._plan_documents = database.documents("plans")
        self._register_documents = database.documents("registers")
        self.published_plans = PublishedDocuments(self._plan_documents, _learnt_plan)
        self.published_registers = PublishedDocuments(self._register_documents, _learnt_register)
        self._plans: dict[tuple[str, str, int], Plan] = {}
        self._newest: tuple[Plan, ...] = ()
        self._registers: dict[tuple[str, int], UnitRegister] = {}

    async def prepare(self) -> None:
        """Create the indexes and read what is stored."""
        await self._plan_documents.prepare()
        await self._register_documents.prepare()
        await self.refresh()

    async def refresh(self) -> None:
        """Read from the database what another process may have stored meanwhile.

        A register is stored before the plans that name its units. So plans are read first and registers second, and
        no plan becomes visible here before its register.
        """
        plans = await self._plan_documents.find({"_id": {"$nin": [plan.key for plan in self._plans.values()]}})
        register_keys = [f"{province}/{version}" for province, version in self._registers]
        for doc in await self._register_documents.find({"_id": {"$nin": register_keys}}):
            register = _learnt_register(doc).what
            self._registers[register.province, register.version] = register
        for doc in plans:
            plan = _learnt_plan(doc).what
            self._plans[key_of(plan.ref)] = plan
        if plans:
            self._newest = _newest_of(self._plans.values())

    async def learn_plan(self, plan: Plan, at: datetime, *, publish: bool = False) -> None:
        """Store a plan version; a version that is stored already stays as it is. Only its owner may ``publish`` it."""
        if not self.knows_plan(plan.ref):
            await self._store(self._plan_documents, plan.key, plan.model_dump_json(), at, publish)

    async def learn_register(self, register: UnitRegister, at: datetime, *, publish: bool = False) -> None:
        """Store a register version; a version that is stored already stays as it is."""
        if (register.province, register.version) not in self._registers:
            key = f"{register.province}/{register.version}"
            await self._store(self._register_documents, key, register.model_dump_json(), at, publish)

    async def _store(self, documents: Documents, key: str, json: str, at: datetime, publish: bool) -> None:
        try:
            await documents.insert({"_id": key, "json": json, "learnt_at": at, "unsent": ["self"] if publish else []})
        except VersionConflict:
            log.info("another process has stored the reference data meanwhile", key=key)
        await self.refresh()

    async def apply(self, events: Iterable[AnyEvent]) -> None:
        """Store the plans and registers among the events; other events are ignored."""
        for event in events:
            if isinstance(event, PlanEvent):
                await self.learn_plan(event.data, event.time)
            elif isinstance(event, UnitsPublished):
                await self.learn_register(event.data, event.time)

    def plan(self, ref: Ref) -> Plan:
        """A plan version. Raises ``KeyError``."""
        return self._plans[key_of(ref)]

    def knows(self, plan: Ref, register_version: int) -> bool:
        """Whether the plan and the register that an event names are loaded."""
        return self.knows_plan(plan) and (plan.province, register_version) in self._registers

    def knows_plan(self, plan: Ref) -> bool:
        """Whether a plan version is loaded."""
        return key_of(plan) in self._plans

    def register(self, province: str, version: int) -> UnitRegister:
        """A version of a province's register. Raises ``KeyError``."""
        return self._registers[province, version]

    def newest_register(self, province: str) -> UnitRegister | None:
        """A province's newest register, or None before the first."""
        versions = [version for owner, version in self._registers if owner == province]
        return self._registers[province, max(versions)] if versions else None

    def newest_plans(self) -> tuple[Plan, ...]:
        """The newest version of every plan, by province and id; the same object until a plan is learnt."""
        return self._newest

    def plan_of_movement(self, province: str, movement: str) -> Plan | None:
        """The newest plan of a movement, or None."""
        plans = (p for p in self.newest_plans() if p.province == province and p.movement)
        return next((p for p in plans if p.movement and p.movement.id == movement), None)

    def plan_and_register(self, province: str, movement: str) -> tuple[Plan, UnitRegister] | None:
        """The newest plan of a movement and the province's newest register; None unless both are loaded."""
        plan, register = self.plan_of_movement(province, movement), self.newest_register(province)
        return (plan, register) if plan is not None and register is not None else None

    async def refreshed_plan_and_register(self, province: str, movement: str) -> tuple[Plan, UnitRegister] | None:
        """As ``plan_and_register``, but reads the database again before the answer is None.

        The service that owns the plans needs this, because another replica may have stored one. Raises the database's
        errors.
        """
        current = self.plan_and_register(province, movement)
        if current is None:
            await self.refresh()
            current = self.plan_and_register(province, movement)
        return current

    def reporters(self) -> list[str]:
        """Every agency that holds a reporting role of some plan at any time, sorted.

        These have topics of their own. The many units that hand in one document a year use HTTP.
        """
        roles = [(plan, o.reporter) for plan in self._plans.values() for o in plan.obligations if o.kind and o.reporter]
        return sorted({tenure.unit for plan, role in roles for tenure in plan.role[role].held})

    def cited_documents(self, ref: Ref) -> dict[str, Source]:
        """The source documents by their keys, as the citations of a plan mean them.

        These are the plan's own document and the newest one per key of its province from the same or an earlier year,
        because the keys recur every year. Raises ``KeyError``.
        """
        citing = self.plan(ref)
        year = citing.source.issued.year
        plans = [p for p in self.newest_plans() if p.province == ref.province and p.source.issued.year <= year]
        ordered = [*sorted(plans, key=lambda p: p.source.issued), citing]
        return {plan.source.key: plan.source for plan in ordered}


def _newest_of(plans: Iterable[Plan]) -> tuple[Plan, ...]:
    newest: dict[tuple[str, str], Plan] = {}
    for plan in sorted(plans, key=lambda p: p.version):
        newest[plan.province, plan.id] = plan
    return tuple(newest[key] for key in sorted(newest))


def _learnt_plan(doc: Document) -> Learnt[Plan]:
    return Learnt(Plan.model_validate_json(doc["json"]), doc["learnt_at"])


def _learnt_register(doc: Document) -> Learnt[UnitRegister]:
    return Learnt(UnitRegister.model_validate_json(doc["json"]), doc["learnt_at"])


def key_of(ref: Ref) -> tuple[str, str, int]:
    """Province, plan id and version of a reference of either model."""
    return ref.province, ref.id, ref.version
