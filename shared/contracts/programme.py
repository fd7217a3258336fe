"""The rest of a plan: the council's tasks and sessions, reminders, statements, owners, groups."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.model import LEFT_OUT_IF_EMPTY, Basis, Cite, Code, Id, LocalTime, PlanDay, StrictModel, Text
from shared.contracts.obligations import Window


class Overdue(StrictModel):
    """Reminders after the last permitted day, in working days after it: the first, the interval, the last.

    From ``until`` on, a reminder follows every fifth working day up to ``weekly_until``, if that is given.
    """

    first: Annotated[int, Field(ge=1)]
    every: Annotated[int, Field(ge=1)]
    until: Annotated[int, Field(ge=1)]
    weekly_until: Annotated[int | None, Field(ge=1), LEFT_OUT_IF_EMPTY] = None


class Escalation(StrictModel):
    """Whom an overdue duty is reported to, once it is late by more than this number of working days.

    The agency's head; then the leader of the standing office and the head of the department it belongs to; then the
    digest of the council's chair.
    """

    head_after: Annotated[int, Field(ge=1)]
    leaders_after: Annotated[int, Field(ge=1)]
    chair_after: Annotated[int, Field(ge=1)]


class Reminders(StrictModel):
    """When reporters are reminded: working days before the last permitted day, and after it; ``at`` is local time.

    Mails to the units in ``released_by_hand`` (offices of the Party, the assembly, the Front and the armed forces) are
    drafted, and wait for a person of the standing office to release them; so do all mails to heads.
    """

    before: tuple[Annotated[int, Field(ge=0)], ...]
    after: Overdue | None
    escalation: Annotated[Escalation | None, LEFT_OUT_IF_EMPTY] = None
    released_by_hand: Annotated[tuple[Code, ...], LEFT_OUT_IF_EMPTY] = ()
    at: LocalTime
    basis: Basis
    reason: Text


class Office(StrictModel):
    """The standing office of the council (cơ quan Thường trực): its code in the register, and its name in letters."""

    unit: Code
    name: Text
    cite: Cite


class Task(StrictModel):
    """A row of the council's yearly task list. ``inferred`` names cells whose value comes from a merged cell (A25)."""

    id: Id
    name: Text
    lead: Code
    partners: Text
    window: Window
    day: PlanDay | None = None
    printed: tuple[Literal["lead", "quarter"], ...] = ()
    inferred: tuple[Literal["lead", "quarter"], ...] = ()
    cite: Cite


class Session(StrictModel):
    """A session of the council. ``movements`` are the movements whose candidates it considers."""

    id: Id
    name: Text
    window: Window
    tasks: tuple[Id, ...]
    movements: tuple[Code, ...] = ()
    not_in_seed: bool = False
    cite: Cite


class Statement(StrictModel):
    """A statement of the source that no rule follows from: it is shown, listed and searched, never computed.

    ``who`` and ``when`` are in the source's words, or None if the source does not state them; ``aim`` is a numeric
    target.
    """

    id: Id
    text: Text
    who: Text | None = None
    when: Text | None = None
    aim: Text | None = None
    basis: Basis = "printed"
    cite: Cite


class Standard(StrictModel):
    """A standard (tiêu chí thi đua) of a movement without ranks (S3 IV.1), in the source's words."""

    id: Id
    group: Text
    subjects: Text
    text: Text
    cite: Cite


class Owner(StrictModel):
    """The unit that works out the concrete criteria of a field (S3 VI.1)."""

    unit: Code
    field: Text
    cite: Cite


class Occasion(StrictModel):
    """An occasion on which a movement's awards are given, and in which forms: sơ kết 2025, tổng kết 2030.

    ``standards`` are the source's requirements, word for word.
    """

    id: Id
    name: Text
    window: Window
    forms: tuple[Text, ...]
    standards: Annotated[tuple[Text, ...], LEFT_OUT_IF_EMPTY] = ()
    basis: Basis = "printed"
    cite: Cite


class Phase(StrictModel):
    """A phase (giai đoạn) of a movement."""

    id: Id
    name: Text
    window: Window
    cite: Cite


class Group(StrictModel):
    """An emulation group (cụm or khối thi đua) for a year. No source lists the members, so they are ``assumed``."""

    id: Code
    name: Text
    kind: Literal["cum", "khoi"]
    window: Window
    members: tuple[Code, ...]
    chair: Code | None = None
    deputy: Code | None = None
    basis: Basis
    cite: Cite


class OwnUnit(StrictModel):
    """A unit inside the agency that issued the plan; only that plan lists it (S4)."""

    code: Code
    name: Text
    kind: Literal["phong", "don_vi"]
    basis: Basis
    cite: Cite
