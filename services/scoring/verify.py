"""Recompute every board and verdict from the first event, and compare with what scoring has kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from services.scoring import rules
from services.scoring.figures import Page, PageKey
from services.scoring.reporting_authority import ReportingAuthority
from services.scoring.state import MovementFigures, ScoringContext
from services.scoring.store import ScoringStore, page_id, verdicts_id, verdicts_in
from shared.contracts.council import DecisionMade, JudgementMade
from shared.contracts.fast_models import Eligible, ResultsReported
from shared.contracts.intake import PlanPublished, UnitsPublished
from shared.contracts.plan import Plan
from shared.contracts.scoring import AwardLists
from shared.contracts.topics import UnreadableRecord, consumed_by, topic_named
from shared.contracts.units import UnitRegister
from shared.runtime.kafka.records import Record
from shared.runtime.references import key_of


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not what the events say: which document, about which unit, kept and recomputed."""

    document: str
    unit: str | None
    kept: str
    recomputed: str

    def __str__(self) -> str:
        about = f", unit {self.unit}" if self.unit else ""
        return f"{self.document}{about}: kept {self.kept}, recomputed {self.recomputed}"


@dataclass
class Replay:
    """What the events say, told from the first one."""

    plans: dict[tuple[str, str, int], Plan] = field(default_factory=dict)
    registers: dict[tuple[str, int], UnitRegister] = field(default_factory=dict)
    tallies: dict[str, MovementFigures] = field(default_factory=dict)
    records: int = 0
    orphans: list[Difference] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._admission = ReportingAuthority(lambda ref: self.plans[key_of(ref)], lambda *named: self.registers[named])

    async def read(self, records: AsyncIterator[Record], seen: Callable[[int], None] = lambda _: None) -> None:
        """Apply all records. Plans and units must come before what names them."""
        async for record in records:
            self.records += 1
            seen(self.records)
            try:
                event = topic_named(record.topic).parse(record.value)
            except UnreadableRecord:
                continue
            match event:
                case PlanPublished():
                    self.plans[key_of(event.data.ref)] = event.data
                case UnitsPublished():
                    self.registers[event.data.province, event.data.version] = event.data
                case ResultsReported(data=data):
                    plan = self.plans.get(key_of(data.plan))
                    register = self.registers.get((data.plan.province, data.register_version))
                    if plan is None or register is None:
                        missing = f"no plan {data.plan}" if plan is None else f"no register {data.register_version}"
                        self.orphans.append(Difference(record.place, None, "an event", missing))
                    elif not self._admission.violation(data):
                        self._figures_of(plan.province, data.movement).apply_results(event.id, data)
                case JudgementMade(data=data):
                    self._figures_of(data.plan.province, data.movement).apply_judgement(event.id, data)
                case DecisionMade(data=data):
                    self._figures_of(data.plan.province, data.movement).apply_decision(event.id, data)

    def _figures_of(self, province: str, movement: str) -> MovementFigures:
        return self.tallies.setdefault(f"{province}/{movement}", MovementFigures(province, movement))

    def context(self, tally: MovementFigures) -> ScoringContext | None:
        """The newest plan and register of a movement; None of one that nobody has published."""
        of_movement = [
            p
            for p in self.plans.values()
            if p.province == tally.province and p.movement and p.movement.id == tally.movement
        ]
        registers = [version for province, version in self.registers if province == tally.province]
        if not of_movement or not registers:
            return None
        plan = max(of_movement, key=lambda p: p.version)
        return ScoringContext(plan, self.registers[tally.province, max(registers)])


def topics() -> list[str]:
    """The topics to read, plans and units first."""
    return [topic.name for topic in consumed_by("scoring")]


async def compare(replay: Replay, store: ScoringStore) -> list[Difference]:
    """Every difference between what scoring kept and what the events say; empty when there is none."""
    found: list[Difference] = list(replay.orphans)
    for movement in sorted({*replay.tallies, *await store.movements()}):
        province, _, name = movement.partition("/")
        fresh = replay.tallies.get(movement, MovementFigures(province, name))
        kept, _, eligibility = await store.load(province, name)
        for key in sorted({*fresh.pages, *kept.pages}):
            found += _pages(movement, key, kept, fresh)
        context = replay.context(fresh)
        if context is None:
            found.append(Difference(movement, None, "a movement", "no plan of it, or no units"))
            continue
        verdicts: dict[str, list[Eligible]] = {}
        for award in context.plan.awards:
            verdicts[award.id] = rules.judge(award, fresh, context)
            judged = rules.by_page(verdicts[award.id], context.register)
            for page in range(context.register.pages(award.tier)):
                rows = judged.get(page, [])
                doc_id = verdicts_id(movement, award.id, page)
                doc = eligibility.get(doc_id)
                kept_rows = list(verdicts_in(doc)) if doc else []
                found += _verdicts(doc_id, kept_rows, rows)
        summary = eligibility.get(f"{movement}/summary")
        kept_lists = [AwardLists.model_validate(each) for each in summary["awards"]] if summary else []
        lists = rules.summarise(context, verdicts, fresh)
        if kept_lists != lists:
            found.append(Difference(f"{movement}/summary", None, str(kept_lists), str(lists)))
    return found


def _pages(movement: str, key: PageKey, kept: MovementFigures, fresh: MovementFigures) -> list[Difference]:
    old, new = kept.pages.get(key, Page()), fresh.pages.get(key, Page())
    was, now = old.rows, new.rows
    declared = [Difference(page_id(movement, key), None, f"declared {old.declared}", f"declared {new.declared}")]
    return (declared if old.declared != new.declared else []) + [
        Difference(page_id(movement, key), unit, str(was.get(unit)), str(now.get(unit)))
        for unit in sorted({*was, *now})
        if was.get(unit) != now.get(unit)
    ]


def _verdicts(doc_id: str, kept: list[Eligible], fresh: list[Eligible]) -> list[Difference]:
    was, now = ({row.unit: row for row in rows} for rows in (kept, fresh))
    return [
        Difference(doc_id, unit, str(was.get(unit)), str(now.get(unit)))
        for unit in sorted({*was, *now})
        if was.get(unit) != now.get(unit)
    ]
