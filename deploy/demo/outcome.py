"""The outcome of the demo's year, as the services report it, and its summary for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.drive import Driver
from deploy.demo.steps import SubmitNomination
from deploy.demo.year import SESSION
from deploy.maintenance.dead_letters import DeadLetterAdmin
from deploy.stack.embedded import Stack
from services.notify.ledger import DutyLedger
from services.scoring.api import BoardView
from services.scoring.explanation import Explanation
from shared.contracts.conferral import ConferredAward
from shared.contracts.council import Agenda, Decision
from shared.contracts.fast_models import Eligible
from shared.contracts.json_values import JsonObject
from shared.contracts.notify import Notice
from shared.contracts.plan import Plan
from shared.contracts.scoring import AwardLists
from shared.contracts.topics import SERVICES
from shared.contracts.units import UnitRegister
from shared.wording.citations import Documents
from shared.wording.unit_names import full_name, short_name


@dataclass(frozen=True)
class Outcome:
    """What the demo reports, read from the services' own APIs."""

    plan: Plan
    plans: Sequence[Plan]
    register: UnitRegister
    documents: Documents
    seed: int
    boards: Sequence[BoardView]
    lists: Sequence[AwardLists]
    verdicts: Mapping[str, Sequence[Eligible]]
    agendas: Sequence[Agenda]
    nominated: Sequence[tuple[SubmitNomination, str]]
    decisions: Sequence[Decision]
    awards: Sequence[ConferredAward]
    explanation: Explanation
    ledger: Sequence[DutyLedger]
    notices: Sequence[Notice]
    reports: Mapping[str, int]
    reminders: Mapping[str, int]
    dead_letters: int
    verified: str
    mails: Path

    def name(self, unit: str) -> str:
        """A unit as it is named in a list of ranks."""
        return short_name(self.register, unit)

    def full_name(self, unit: str) -> str:
        """A unit as it is named in awards, nominations and letters."""
        return full_name(self.register, unit)

    def award_name(self, award: str) -> str:
        """The name of an award of any of the plans."""
        for plan in self.plans:
            if planned := plan.award.get(award) or plan.nominated_award.get(award):
                return planned.name
        return award

    @property
    def last_agenda(self) -> Agenda:
        """The agenda of the session that decides on the year's awards."""
        return next(agenda for agenda in self.agendas if (agenda.plan.id, agenda.session) == SESSION)

    def summary(self) -> JsonObject:
        """The figures, which are the same in every run with the same seed."""
        tiers = ("so", "dvsn", "huyen", "xa", "khac")
        tops = [board for board in self.boards if board.scope == "tinh"]
        return {
            "seed": self.seed,
            "units": {tier: sum(unit.tier.value == tier for unit in self.register.units) for tier in tiers},
            "reports": dict(self.reports),
            "boards": {
                "count": len(self.boards),
                "top": {
                    f"{board.field}/{board.tier.value}": [
                        {"rank": p.rank, "unit": p.unit, "score": str(p.score)} for p in board.places[:3]
                    ]
                    for board in tops
                },
            },
            "candidates": {award.award: list(award.candidates) for award in self.lists},
            "for_judgement": {award.award: list(award.for_judgement) for award in self.lists},
            "held": {award.award: list(award.held) for award in self.lists if award.held},
            "nominations": {
                "accepted": sum(not refused for _, refused in self.nominated),
                "refused": sum(bool(refused) for _, refused in self.nominated),
            },
            "decisions": Counter(decision.status for decision in self.decisions),
            "awards": {
                "given": sum(award.stands for award in self.awards),
                "revoked": sum(not award.stands for award in self.awards),
            },
            "changed_since_freeze": sorted(f"{i.kind}/{i.award}" for i in self.last_agenda.items if i.changed),
            "sessions": {
                a.session: {"name": a.name, "status": a.status, "items": len(a.items), "phase": a.phase}
                for a in self.agendas
            },
            "reminders": dict(self.reminders),
            "notices": len(self.notices),
            "dead_letters": self.dead_letters,
            "verify": self.verified,
        }


async def collect_outcome(
    driver: Driver, stack: Stack, plans: Sequence[Plan], register: UnitRegister, seed: int, verified: str
) -> Outcome:
    """Read the outcome from the services."""
    plan = next(plan for plan in plans if plan.awards)
    lists = await driver.award_lists()
    dead_letters = len(await DeadLetterAdmin(stack.mongo).find_all(SERVICES))
    return Outcome(
        plan=plan,
        plans=plans,
        register=register,
        documents={p.source.key: p.source for p in plans},
        seed=seed,
        boards=[BoardView.model_validate(b) for b in await driver.get("scoring", driver.movement_path("boards"))],
        lists=lists,
        verdicts={award.award: await driver.verdicts(award.award) for award in lists},
        agendas=[Agenda.model_validate(a) for a in await driver.get("council", "/v1/sessions")],
        nominated=driver.nominated,
        decisions=await driver.decisions(),
        awards=await driver.awards(),
        explanation=await driver.explain(_unit_to_explain(lists)),
        ledger=[DutyLedger.model_validate(row) for row in await driver.get("notify", "/v1/ledger")],
        notices=[Notice.model_validate(n) for n in await driver.get("notify", "/v1/notices")],
        reports=await driver.get("intake", "/v1/counts"),
        reminders=await driver.get("notify", "/v1/counts"),
        dead_letters=dead_letters,
        verified=verified,
        mails=stack.mails,
    )


def _unit_to_explain(lists: Sequence[AwardLists]) -> str:
    """The unit that the story explains in full: the first on hold, else the first candidate."""
    units = [unit for award in lists for unit in award.held] + [unit for award in lists for unit in award.candidates]
    return units[0] if units else "336"
