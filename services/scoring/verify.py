"""Recompute every board and verdict from the first event, and compare them with what scoring stored."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from services.scoring import rules
from services.scoring.context import ScoringContext
from services.scoring.figures import Page, PageKey
from services.scoring.reporting_authority import ReportingAuthority
from services.scoring.state import MovementFigures
from services.scoring.store import ScoringStore
from services.scoring.stored_documents import lists_id, page_id, verdicts_id
from shared.contracts.conferral import AwardGiven, AwardRevoked
from shared.contracts.council import DecisionMade, JudgementMade
from shared.contracts.fast_models import Eligible, ResultsReported
from shared.contracts.intake import PlanEvent, UnitsPublished
from shared.contracts.plan import Plan
from shared.contracts.topics import SIGN_OUTS, UnreadableRecord, consumed_by, topic_named
from shared.contracts.units import UnitRegister
from shared.runtime.kafka.records import Record
from shared.runtime.references import key_of


@dataclass(frozen=True, slots=True)
class Difference:
    """One stored value that differs from the replay: its document, its unit (if any), both values as text."""

    document: str
    unit: str | None
    kept: str
    recomputed: str

    def __str__(self) -> str:
        about = f", đơn vị {self.unit}" if self.unit else ""
        return f"{self.document}{about}: đang giữ {self.kept}, tính lại {self.recomputed}"


@dataclass
class Replay:
    """Plans, registers and figures as they follow from all events since the first one.

    ``orphans`` are events whose plan or register was never published.
    """

    plans: dict[tuple[str, str, int], Plan] = field(default_factory=dict)
    registers: dict[tuple[str, int], UnitRegister] = field(default_factory=dict)
    movements: dict[str, MovementFigures] = field(default_factory=dict)
    records: int = 0
    orphans: list[Difference] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._authority = ReportingAuthority(lambda ref: self.plans[key_of(ref)], lambda *named: self.registers[named])

    async def read(self, records: AsyncIterator[Record], seen: Callable[[int], None] = lambda _: None) -> None:
        """Apply all records; ``seen`` gets their number so far. Plans and units must come before events naming them."""
        async for record in records:
            self.records += 1
            seen(self.records)
            try:
                event = topic_named(record.topic).parse(record.value)
            except UnreadableRecord:
                continue
            match event:
                case PlanEvent():
                    self.plans[key_of(event.data.ref)] = event.data
                case UnitsPublished():
                    self.registers[event.data.province, event.data.version] = event.data
                case ResultsReported(data=data):
                    plan = self.plans.get(key_of(data.plan))
                    register = self.registers.get((data.plan.province, data.register_version))
                    if plan is None or register is None:
                        missing = f"no plan {data.plan}" if plan is None else f"no register {data.register_version}"
                        self.orphans.append(Difference(record.place, None, "an event", missing))
                    elif not self._authority.violation(data):
                        self._figures_of(plan.province, data.movement).apply_results(event.id, data)
                case JudgementMade(data=data):
                    self._figures_of(data.plan.province, data.movement).apply_judgement(event.id, data)
                case AwardGiven(data=data) | AwardRevoked(data=data):
                    self._figures_of(data.plan.province, data.movement).apply_award(event.id, data)
                case DecisionMade(data=data):
                    self._figures_of(data.plan.province, data.movement).apply_decision(event.id, data)

    def _figures_of(self, province: str, movement: str) -> MovementFigures:
        return self.movements.setdefault(f"{province}/{movement}", MovementFigures(province, movement))

    def context(self, figures: MovementFigures) -> ScoringContext | None:
        """The newest plan and register of a movement; None if either was never published."""
        of_movement = [
            p
            for p in self.plans.values()
            if p.province == figures.province and p.movement and p.movement.id == figures.movement
        ]
        registers = [version for province, version in self.registers if province == figures.province]
        if not of_movement or not registers:
            return None
        plan = max(of_movement, key=lambda p: p.version)
        return ScoringContext(plan, self.registers[figures.province, max(registers)])


def topics() -> list[str]:
    """The names of the topics to read, plans and units first."""
    return [topic.name for topic in consumed_by("scoring") if topic != SIGN_OUTS]


async def compare(replay: Replay, store: ScoringStore) -> list[Difference]:
    """Every difference between the stored documents and the replay; empty if they agree."""
    differences: list[Difference] = list(replay.orphans)
    for movement in sorted({*replay.movements, *await store.movements()}):
        province, _, name = movement.partition("/")
        fresh = replay.movements.get(movement, MovementFigures(province, name))
        stored = await store.load(province, name)
        kept = stored.figures
        for key in sorted({*fresh.pages, *kept.pages}):
            differences += _page_differences(movement, key, kept, fresh)
        context = replay.context(fresh)
        if context is None:
            differences.append(Difference(movement, None, "a movement", "no plan of it, or no units"))
            continue
        verdicts: dict[str, list[Eligible]] = {}
        for award in context.plan.awards:
            verdicts[award.id] = rules.evaluate(award, fresh, context)
            evaluated = rules.by_page(verdicts[award.id], context.register)
            for page in range(context.register.pages(award.tier)):
                rows = evaluated.get(page, [])
                doc_id = verdicts_id(movement, award.id, page)
                kept_page = stored.verdicts.get(doc_id)
                kept_rows = list(kept_page.verdicts()) if kept_page else []
                differences += _verdict_differences(doc_id, kept_rows, rows)
        kept_lists = list(stored.lists.lists) if stored.lists else []
        lists = rules.summarise(context, verdicts, fresh)
        if kept_lists != lists:
            differences.append(Difference(lists_id(movement), None, str(kept_lists), str(lists)))
    return differences


def _page_differences(movement: str, key: PageKey, kept: MovementFigures, fresh: MovementFigures) -> list[Difference]:
    old, new = kept.pages.get(key, Page()), fresh.pages.get(key, Page())
    was, now = old.rows, new.rows
    declared = [Difference(page_id(movement, key), None, f"declared {old.declared}", f"declared {new.declared}")]
    return (declared if old.declared != new.declared else []) + [
        Difference(page_id(movement, key), unit, str(was.get(unit)), str(now.get(unit)))
        for unit in sorted({*was, *now})
        if was.get(unit) != now.get(unit)
    ]


def _verdict_differences(doc_id: str, kept: list[Eligible], fresh: list[Eligible]) -> list[Difference]:
    was, now = ({row.unit: row for row in rows} for rows in (kept, fresh))
    return [
        Difference(doc_id, unit, str(was.get(unit)), str(now.get(unit)))
        for unit in sorted({*was, *now})
        if was.get(unit) != now.get(unit)
    ]
