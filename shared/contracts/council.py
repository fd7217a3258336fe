"""What the council publishes: its judgements, its decisions and its agendas."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.model import (
    LEFT_OUT_IF_EMPTY,
    Code,
    Event,
    Id,
    PlanRef,
    StrictModel,
    Text,
    Tier,
    TolerantModel,
    Verdict,
)
from shared.contracts.sessions import CouncilMeeting, ItemOutcome, Move, Phase


class JudgementGiven(StrictModel):
    """The judgement of one unit on a criterion that no feed proves.

    The standing office gives it before the session (ý kiến thẩm định); the council's own opinion is a decision.
    ``by`` becomes the name of the key; what a sender writes there, as 0.2.0 required, is not used.
    """

    unit: Code
    criterion: Code
    verdict: Literal[Verdict.PASS, Verdict.FAIL]
    reason: Text
    by: Text = ""


class JudgementOfMany(StrictModel):
    """One judgement of many units on one criterion, for one reason. It is recorded for all of them or for none."""

    units: Annotated[tuple[Code, ...], Field(min_length=1, max_length=2000)]
    criterion: Code
    verdict: Literal[Verdict.PASS, Verdict.FAIL]
    reason: Text


class Judgement(TolerantModel):
    """The current state of a judgement; a later version replaces an earlier one. ``at`` is UTC."""

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
    """The council judged a unit on a criterion."""

    type: Literal["judgement.made"] = "judgement.made"
    data: Judgement


class DecisionGiven(StrictModel):
    """The council's decision on an award: granted, declined, or revoked later (L4).

    ``granted`` means proposed (thống nhất đề nghị tặng). A proposal that the chairman of the committee refuses is
    ``revoked``; an award that was given is revoked by a decision of its own (``RevokingDecision``).
    ``subject`` is a unit's code or a nomination's id. ``reason`` is required for a revocation and for a decision
    that departs from the computed verdict (A41). ``by`` becomes the name of the key; what a sender writes there, as
    0.2.0 required, is not used.
    """

    award: Id
    subject: Id
    status: Literal["granted", "declined", "revoked"]
    reason: Text | None = None
    by: Text = ""
    session: Id | None = None


class Decision(TolerantModel):
    """The current state of a decision; a later version replaces an earlier one. ``at`` is UTC.

    ``unit`` is the unit concerned, with its ``tier`` and ``page``; None if the nominee is not a unit of the register.
    ``computed`` is the verdict of the rules; ``departs`` is true if the decision differs from it.
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
    """The council proposed an award, declined to, or its proposal ended."""

    type: Literal["decision.made"] = "decision.made"
    data: Decision


class ChangeCause(TolerantModel):
    """A report that changed a fixed item, or its withdrawal, or a judgement. ``at`` (UTC) is when it was received.

    A report that is ``restored`` counts again since ``at``, because one that had replaced it was withdrawn.
    ``report`` is the number and symbol of the agency's paper, ``by`` the agency's code, ``version`` how often it was
    sent. A judgement has no report, and ``by`` is who gave it. ``note`` is the reason of a withdrawal or judgement.
    """

    event: str
    report: str | None
    by: str
    at: AwareDatetime
    version: int
    note: str | None = None
    restored: bool = False


class RankChange(TolerantModel):
    """A unit that stayed on a list with another rank: by criterion, at the freeze and now."""

    unit: Code
    criterion: Code
    before: int
    after: int


class ItemChange(TolerantModel):
    """How a fixed item differs from the figures of now, since when (UTC), and because of which reports.

    ``entered`` and ``left`` are units' codes, or nominations' ids; all units of a supplement have entered.
    ``because`` is empty if no report is the cause: a new version of the plan or of the units, or nominations.
    """

    entered: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    ranks: tuple[RankChange, ...] = ()
    since: AwareDatetime
    because: tuple[ChangeCause, ...] = ()


class AgendaItem(TolerantModel):
    """One agenda item. In a draft ``number`` is its place; the freeze gives the number that people quote.

    ``units`` are the units concerned; ``proposed`` are those of them that were proposed (đã đề nghị), which is not
    the same as being eligible (A42). ``nominations`` holds ids. An item does not change once the agenda is frozen:
    ``changed`` marks that the figures have changed since ("số liệu đã thay đổi"), and ``units_now`` are the units it
    would concern now. ``change`` says who came and went and why; it also says which ranks moved inside a list whose
    units are the same. A ``supplement`` was added after the freeze.
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
    other_kind: Annotated[Literal["by_hand", "carried_over"] | None, LEFT_OUT_IF_EMPTY] = None
    from_session: Annotated[str | None, LEFT_OUT_IF_EMPTY] = None
    moved: Annotated[Move | None, LEFT_OUT_IF_EMPTY] = None
    change: Annotated[ItemChange | None, LEFT_OUT_IF_EMPTY] = None


class Agenda(TolerantModel):
    """The current agenda of a session. ``historical`` sessions ended before the plan was issued (A24).

    ``frozen_at`` is the instant (UTC) when the secretariat froze it. ``phase`` is finer than ``status``, whose values
    are those of the first releases. ``numbered``: the items have the numbers that people quote. ``window_over``: the
    time that the plan sets for the session is over; it closes nothing.
    """

    session: Id
    name: str
    plan: PlanRef
    status: Literal["draft", "frozen", "closed", "historical"]
    version: int
    frozen_at: AwareDatetime | None = None
    items: tuple[AgendaItem, ...]
    phase: Annotated[Phase | None, LEFT_OUT_IF_EMPTY] = None
    numbered: Annotated[bool, LEFT_OUT_IF_EMPTY] = False
    window_over: Annotated[bool, LEFT_OUT_IF_EMPTY] = False
    outcomes: Annotated[tuple[ItemOutcome, ...], LEFT_OUT_IF_EMPTY] = ()
    meeting: Annotated[CouncilMeeting | None, LEFT_OUT_IF_EMPTY] = None


class AgendaAssembled(Event):
    """A session's agenda has changed."""

    type: Literal["agenda.assembled"] = "agenda.assembled"
    data: Agenda
