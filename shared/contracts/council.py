"""What the council says: its judgements, its decisions and its agendas."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.model import Code, Event, Id, PlanRef, StrictModel, Text, Tier, TolerantModel, Verdict


class JudgementGiven(StrictModel):
    """The council's word on a criterion no feed proves, for one unit. ``by`` is who signed for it."""

    unit: Code
    criterion: Code
    verdict: Literal[Verdict.PASS, Verdict.FAIL]
    reason: Text
    by: Text


class Judgement(TolerantModel):
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


class DecisionGiven(StrictModel):
    """What is decided about an award: granted, declined, or revoked again (L4).

    ``subject`` is a unit's code, or a nomination's id. ``reason`` is needed where the decision departs from what
    the rules compute, and for a revocation (A41).
    """

    award: Id
    subject: Id
    status: Literal["granted", "declined", "revoked"]
    reason: Text | None = None
    by: Text
    session: Id | None = None


class Decision(TolerantModel):
    """A decision as it now stands; a later version replaces an earlier one. ``at`` is UTC.

    ``unit`` is the unit it is about, with its ``tier`` and ``page``; None for a nomination of somebody else.
    ``computed`` is the verdict the rules had come to; ``departs`` says that the decision is another.
    """

    movement: Code
    plan: PlanRef
    register_version: int
    award: Id
    subject: str
    unit: Code | None = None
    tier: Tier | None = None
    page: int | None = None
    status: Literal["granted", "declined", "revoked"]
    computed: Verdict | None
    departs: bool
    reason: str | None = None
    by: str
    session: str | None = None
    at: AwareDatetime
    version: int


class DecisionMade(Event):
    """An award was granted, declined or revoked."""

    type: Literal["decision.made"] = "decision.made"
    data: Decision


class AgendaItem(TolerantModel):
    """One item. Its number is given once and quoted in the room, so it never changes.

    ``units`` are those it is about; ``proposed`` those of them that were proposed (đã đề nghị), which is another
    thing than being eligible (A42). ``nominations`` are by id. Once the agenda is frozen an item stays as it is:
    ``changed`` says that the figures have changed since ("số liệu đã thay đổi"), ``units_now`` who it would be about
    now. A ``supplement`` came up after the freeze.
    """

    number: Annotated[int, Field(ge=1)]
    id: str
    kind: Literal["task", "open_report", "candidates", "for_judgement", "held", "otherwise", "nominations"]
    title: str
    award: Id | None = None
    units: tuple[Code, ...] = ()
    proposed: tuple[Code, ...] = ()
    nominations: tuple[str, ...] = ()
    cite: str
    changed: bool = False
    units_now: tuple[Code, ...] = ()
    supplement: bool = False


class Agenda(TolerantModel):
    """The agenda of a session as it now stands. ``historical`` sessions were over before the plan was issued (A24).

    ``frozen_at`` is when the secretariat fixed it, or the session ended.
    """

    session: Id
    name: str
    plan: PlanRef
    status: Literal["draft", "frozen", "closed", "historical"]
    version: int
    frozen_at: AwareDatetime | None = None
    items: tuple[AgendaItem, ...]


class AgendaAssembled(Event):
    """A session's agenda has changed."""

    type: Literal["agenda.assembled"] = "agenda.assembled"
    data: Agenda
