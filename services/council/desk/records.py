"""What stands beside an agenda item: how it has changed, how far its awards have come, what other agencies say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.council.state import StoredDecisions
from shared.contracts.council import AgendaItem, Judgement
from shared.contracts.opinions import AgencyOpinion, OpinionState
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.wording.agenda_changes import award_state, change_sentence, opinion_text
from shared.wording.plan_names import criterion_name
from shared.wording.unit_names import full_name

NameOf = Callable[[str], str]
"""The name of a unit or nominee by its code or id."""


@dataclass(frozen=True, slots=True)
class Records:
    """What is recorded about a province's movements, by movement.

    It is the plans, the decisions with their awards, other agencies' opinions with their state, and the judgements.
    """

    plans: Mapping[str, Plan] = field(default_factory=dict)
    decisions: Mapping[str, StoredDecisions] = field(default_factory=dict)
    opinions: Mapping[str, Sequence[tuple[AgencyOpinion, OpinionState]]] = field(default_factory=dict)
    judgements: Mapping[str, Sequence[Judgement]] = field(default_factory=dict)

    def award_state(self, item: AgendaItem, subject: str) -> str:
        """How far the item's award for a unit or nomination has come; empty before the council's proposal."""
        decided = self.decisions.get(movement_of(item))
        if decided is None or item.award is None:
            return ""
        key = item.award, subject
        proposal = decided.by_key.get(key)
        is_proposed = proposal is not None and proposal.status == "granted"
        return award_state(decided.awards.get(key), proposed=is_proposed)

    def opinions_on(self, item: AgendaItem, register: UnitRegister) -> list[str]:
        """What other agencies were asked about the item's units or nominees, and what they answered."""
        return [
            opinion_text(opinion, state, lambda code: full_name(register, code)) for opinion, state in self._asked(item)
        ]

    def unanswered(self, items: Iterable[AgendaItem]) -> int:
        """How many opinions about these items are not there yet."""
        return len({opinion.id for item in items for opinion, state in self._asked(item) if state != "answered"})

    def _asked(self, item: AgendaItem) -> list[tuple[AgencyOpinion, OpinionState]]:
        subjects = {*item.units, *item.nominations}
        return [
            (opinion, state)
            for opinion, state in self.opinions.get(movement_of(item), ())
            if opinion.award == item.award and (not opinion.subjects or subjects & {*opinion.subjects})
        ]

    def change(self, item: AgendaItem, name_of: NameOf, register: UnitRegister) -> str:
        """The sentence about how a fixed item has changed; empty if it has not."""
        if item.change is None:
            return ""
        plan = self.plans.get(movement_of(item))
        return change_sentence(
            item.change,
            name_of,
            lambda code: full_name(register, code),
            lambda criterion: criterion_name(plan, criterion) if plan else criterion,
        )


def movement_of(item: AgendaItem) -> str:
    """The movement that an item about an award belongs to; its id ends with ``<movement>/<award>``."""
    return item.id.split("/")[-2] if item.award is not None else ""
