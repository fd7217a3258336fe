"""Nominations: what agencies submit, and what intake publishes about it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from shared.contracts.awards import SubjectKind
from shared.contracts.model import Code, Day, Event, Id, Number, PlanRef, StrictModel, Text, TolerantModel


class Person(StrictModel):
    """A nominated person. The name stays in intake's database; events carry an id (L15)."""

    name: Annotated[str, Field(min_length=2, max_length=120)]
    born: Day
    position: Text | None = None


class NominationGiven(StrictModel):
    """An agency's nomination of a unit of the register, of a collective or enterprise by name, or of a person.

    ``number`` and ``date`` are those of the agency's paper; one paper may make several nominations (A45).
    """

    movement: Code
    award: Id
    kind: SubjectKind
    unit: Code | None = None
    name: Annotated[str, Field(min_length=2, max_length=300)] | None = None
    person: Person | None = None
    note: Text | None = None
    number: Number | None = None
    date: Day | None = None

    @model_validator(mode="after")
    def _names_one_subject(self) -> Self:
        named = sum(subject is not None for subject in (self.unit, self.name, self.person))
        if self.kind.is_person and self.person is None:
            raise ValueError("a person is nominated, and person is missing")
        if not self.kind.is_person and self.person is not None:
            raise ValueError("person is only for a kind of person")
        if not named:
            raise ValueError("unit and name are both missing")
        if named > 1:
            raise ValueError("only one of unit, name and person")
        return self


class Nomination(TolerantModel):
    """The current state of a nomination; a later version replaces an earlier one. Instants are UTC.

    ``subject`` is a unit's code, or the id of a collective, an enterprise or a person; ``name`` is None for persons.
    ``into`` is the award of the enclosing movement that the nomination also counts for. ``places_left`` is what
    remains of the nominator's quota after this nomination; None is no limit. ``reason`` is the stable code of a
    refusal, ``detail`` its Vietnamese text.
    """

    id: str
    plan: PlanRef
    movement: Code
    award: Id
    into: Id | None = None
    nominator: Code
    kind: SubjectKind
    subject: str
    name: str | None = None
    status: Literal["accepted", "refused", "withdrawn"]
    reason: str | None = None
    detail: str | None = None
    places_left: int | None = None
    at: AwareDatetime
    withdrawn_at: AwareDatetime | None = None
    version: int = 1


class NominationRecorded(Event):
    """A nomination was accepted, refused or withdrawn."""

    type: Literal["nomination.recorded"] = "nomination.recorded"
    data: Nomination
