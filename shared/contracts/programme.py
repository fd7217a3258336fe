"""What else a plan carries: the council's tasks and sessions, statements, owners, groups, monitoring."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.model import Basis, Cite, Code, Id, StrictModel, Text
from shared.contracts.obligations import Window


class Overdue(StrictModel):
    """Reminders after the last permitted day, counted in working days after it."""

    first: Annotated[int, Field(ge=1)]
    every: Annotated[int, Field(ge=1)]
    until: Annotated[int, Field(ge=1)]


class Reminders(StrictModel):
    """When those who owe are reminded: working days before the last permitted day, and after it."""

    before: tuple[Annotated[int, Field(ge=0)], ...]
    after: Overdue | None
    at: time
    basis: Basis
    reason: Text


class Task(StrictModel):
    """A row of the council's yearly task list. ``inferred`` names cells carried down from merged ones (A25)."""

    id: Id
    name: Text
    lead: Code
    partners: Text
    window: Window
    day: date | None = None
    printed: tuple[Literal["lead", "quarter"], ...] = ()
    inferred: tuple[Literal["lead", "quarter"], ...] = ()
    cite: Cite


class Session(StrictModel):
    """A session of the council. ``movements`` are those whose candidates come up on it."""

    id: Id
    name: Text
    window: Window
    tasks: tuple[Id, ...]
    movements: tuple[Code, ...] = ()
    not_in_seed: bool = False
    cite: Cite


class Statement(StrictModel):
    """Something the source says that no rule follows from: shown, listed, searched, never computed.

    ``who`` it is for and ``when``, in the source's words where it says so; ``aim`` is a numeric aim it names.
    """

    id: Id
    text: Text
    who: Text | None = None
    when: Text | None = None
    aim: Text | None = None
    basis: Basis = "printed"
    cite: Cite


class Standard(StrictModel):
    """A tiêu chí thi đua of a movement without ranks (S3 IV.1): for whom, about what, in the source's words."""

    id: Id
    group: Text
    subjects: Text
    text: Text
    cite: Cite


class Owner(StrictModel):
    """Who works out the concrete criteria of a field (S3 VI.1)."""

    unit: Code
    field: Text
    cite: Cite


class Occasion(StrictModel):
    """When a movement's awards are given, and in which forms: sơ kết 2025, tổng kết 2030."""

    id: Id
    name: Text
    window: Window
    forms: tuple[Text, ...]
    basis: Basis = "printed"
    cite: Cite


class Phase(StrictModel):
    """A giai đoạn of a movement."""

    id: Id
    name: Text
    window: Window
    cite: Cite


class Group(StrictModel):
    """A cụm or khối thi đua for a year. No source lists the members, so they are ``assumed``."""

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
    """A unit of the agency whose plan this is, known to that plan only (S4)."""

    code: Code
    name: Text
    kind: Literal["phong", "don_vi"]
    basis: Basis
    cite: Cite
