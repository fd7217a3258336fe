"""Who is nominated for what: what agencies write to the door, and what intake says about it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from shared.contracts.awards import SubjectKind
from shared.contracts.model import Code, Event, Id, PlanRef, StrictModel, Text, TolerantModel


class Person(StrictModel):
    """A person nominated, as the agency writes it. Stays in intake's database; events carry an id (L15)."""

    name: Annotated[str, Field(min_length=2, max_length=120)]
    born: date
    position: Text | None = None


class NominationGiven(StrictModel):
    """An agency nominates a unit of the register, a collective or an enterprise by name, or a person."""

    movement: Code
    award: Id
    kind: SubjectKind
    unit: Code | None = None
    name: Annotated[str, Field(min_length=2, max_length=300)] | None = None
    person: Person | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _names_one_subject(self) -> Self:
        if sum(each is not None for each in (self.unit, self.name, self.person)) != 1:
            raise ValueError("exactly one of unit, name and person")
        if self.kind.is_person != (self.person is not None):
            raise ValueError("a person is given exactly where the kind is a person's")
        return self


class Nomination(TolerantModel):
    """A nomination as it now stands; a later version replaces an earlier one. Instants are UTC.

    ``subject`` is a unit's code, or the id of a collective, an enterprise or a person; ``name`` is None for persons.
    ``into`` is the award of the movement above which it is a nomination for as well. ``places_left`` is what the
    nominator has left of the award after this; None where there is no limit. ``reason`` is the stable code of a
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
    """A nomination was taken, refused or withdrawn."""

    type: Literal["nomination.recorded"] = "nomination.recorded"
    data: Nomination
