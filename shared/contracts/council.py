"""What the council says: its judgements and its agendas."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.model import Code, Event, Id, PlanRef, Said, Text, Tier, Verdict, Written


class JudgementGiven(Written):
    """The council's word on a criterion no feed proves, for one unit. ``by`` is who signed for it."""

    unit: Code
    criterion: Code
    verdict: Literal[Verdict.PASS, Verdict.FAIL]
    reason: Text
    by: Text


class Judgement(Said):
    """A judgement as it now stands; a later version replaces an earlier one. ``at`` is UTC."""

    movement: Code
    plan: PlanRef
    register_version: int
    tier: Tier
    page: int
    unit: Code
    criterion: Code
    verdict: Literal[Verdict.PASS, Verdict.FAIL]
    reason: Text
    by: Text
    at: AwareDatetime
    version: int


class JudgementMade(Event):
    """The council has judged."""

    type: Literal["judgement.made"] = "judgement.made"
    data: Judgement


class AgendaItem(Said):
    """One item. Its number is given once and quoted in the room, so it never changes."""

    number: Annotated[int, Field(ge=1)]
    id: str
    kind: Literal["task", "open_report", "candidates", "for_judgement"]
    title: str
    award: Id | None = None
    units: tuple[Code, ...] = ()
    cite: str


class Agenda(Said):
    """The agenda of a session as it now stands. ``historical`` sessions were over before the plan was issued (A24)."""

    session: Id
    name: str
    plan: PlanRef
    status: Literal["draft", "closed", "historical"]
    version: int
    items: tuple[AgendaItem, ...]


class AgendaAssembled(Event):
    """A session's agenda has changed."""

    type: Literal["agenda.assembled"] = "agenda.assembled"
    data: Agenda
