"""What an agenda is assembled from, and what decisions are weighed by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from shared.contracts.council import Decision
from shared.contracts.model import Verdict
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.contracts.programme import Session
from shared.contracts.scoring import AwardLists
from shared.contracts.units import UnitRegister

Done = tuple[str, str, str]
"""(movement, duty, account) of a complete report."""

About = tuple[str, str]
"""(award, subject) of a decision."""


@dataclass(frozen=True, slots=True)
class ProvinceFacts:
    """What was heard of a province's movements: their plans, the reports that are in, lists and nominations; the units.

    ``lists`` and ``nominations`` are by movement.
    """

    movements: Sequence[Plan]
    complete: frozenset[Done]
    lists: Mapping[str, Sequence[AwardLists]]
    nominations: Mapping[str, Sequence[Nomination]]
    register: UnitRegister


@dataclass(frozen=True, slots=True)
class SessionContext:
    """What lies before a session: its plan and what is known. ``on`` is the local day it is looked at.

    ``acted`` are the units the council has judged or decided about since the agenda was fixed.
    """

    session: Session
    plan: Plan
    known: ProvinceFacts
    on: date
    acted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Numbers:
    """Item numbers given so far. A number is never given to another item, also when its own is gone."""

    by_item: Mapping[str, int] = field(default_factory=dict)

    def with_items(self, items: Iterable[str]) -> Numbers:
        """These items numbered too, after all that were."""
        numbers = dict(self.by_item)
        for item in items:
            numbers.setdefault(item, len(numbers) + 1)
        return Numbers(numbers)


@dataclass(frozen=True, slots=True)
class Computed:
    """What the rules have come to for a movement's units, as last heard.

    ``verdicts`` are by award and unit; ``held`` are units with an open case, whatever else fails or passes.
    """

    lists: Mapping[str, AwardLists] = field(default_factory=dict)
    verdicts: Mapping[str, Mapping[str, Verdict]] = field(default_factory=dict)
    held: frozenset[str] = frozenset()

    def is_candidate(self, award: str, unit: str) -> bool:
        """Whether a unit passes every criterion of an award and nothing else excludes it."""
        return award in self.lists and unit in self.lists[award].candidates


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """By what decisions are weighed: the movement's plan, the units, what was computed, who is nominated.

    ``nominations`` are all of the movement, by award and id, withdrawn ones too. ``sessions`` are the ids of the
    province's sessions.
    """

    plan: Plan
    register: UnitRegister
    computed: Computed
    nominations: Mapping[str, Mapping[str, Nomination]]
    sessions: frozenset[str]
    standing: Mapping[About, Decision]


def is_active(nomination: Nomination) -> bool:
    """Whether a nomination was taken and not withdrawn since."""
    return nomination.status == "accepted"


def nominated_for(
    movement: str, plans: Iterable[Plan], nominations: Mapping[str, Iterable[Nomination]]
) -> dict[str, list[Nomination]]:
    """A movement's nominations by award, in the order they came.

    Those made in a movement within it (S4 within S0) are among them where they are for one of its awards as well.
    """
    within = [p.movement.id for p in plans if p.movement and p.movement.within == movement]
    found = [(each.award, each) for each in nominations.get(movement, ())]
    found += [(each.into, each) for inner in within for each in nominations.get(inner, ()) if each.into]
    by_award: dict[str, list[Nomination]] = {}
    for award, each in sorted(found, key=lambda pair: (pair[1].at, pair[1].id)):
        by_award.setdefault(award, []).append(each)
    return by_award


def nominee(nomination: Nomination, register: UnitRegister) -> str:
    """Whom a nomination names, as people read it. A person's name never leaves intake (L15)."""
    who = register.by_code.get(nomination.subject)
    if not nomination.kind.is_person and (name := nomination.name or (who and who.name)):
        return name
    whom = "cá nhân" if nomination.kind.is_person else "tập thể"
    return f"{whom} do {register.name_of(nomination.nominator)} đề nghị"
