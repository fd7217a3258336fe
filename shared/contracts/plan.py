"""The plan model: what an official document asks for, as data. One YAML file per document."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.contracts.model import Cite, Code, Id, Kind, PlanRef, Text, Tier, Written

Basis = Literal["printed", "inferred", "assumed"]
"""Whether the source prints it, it follows from what is printed, or the source is silent and we chose."""


class Source(Written):
    """The official document a plan comes from. ``number`` is None where the copy does not show it."""

    key: Annotated[str, Field(pattern=r"^S\d$")]
    number: Text | None
    issued: date
    issuer: Text
    signer: Text
    title: Text

    @property
    def name(self) -> str:
        """How people cite the document: "Kế hoạch 46/KH-UBND"; its title where the copy shows no number."""
        return f"Kế hoạch {self.number}" if self.number else self.title


class Window(Written):
    """A span of local calendar days, both ends included."""

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"the window ends ({self.last}) before it begins ({self.first})")
        return self


class Movement(Written):
    """A phong trào thi đua: its period and the day results are counted to (inclusive, A2)."""

    id: Code
    name: Text
    period: Window
    as_of: date
    cite: Cite


class RankedField(Written):
    """A lĩnh vực units are ranked in. Scores lie in 0..scale with at most ``decimals`` decimals."""

    id: Code
    name: Text
    scale: Decimal
    decimals: Annotated[int, Field(ge=0, le=6)]
    basis: Basis
    cite: Cite


class Criterion(Written):
    """A condition an award may set."""

    id: Code
    name: Text


def filed_under(kind: Kind, field: str | None, obligation: str) -> str:
    """What figures are filed under: the field of a score; the obligation for attendance, which three offices
    report beside each other (OB01, OB03, OB04); else the kind.
    """
    return field or (obligation if kind is Kind.ATTENDANCE else kind.value)


class Obligation(Written):
    """Who reports what about whom, counted to when, due when, sent to whom.

    ``tiers`` are the subjects the source lists; with ``tiers_listed`` false the list is not closed and
    other tiers are accepted too (A43). ``expected`` are the tiers whose every unit must be covered before
    the report is complete. ``before`` is exclusive: due at 00:00 of that day in Vietnam (A1).
    """

    id: Id
    reporter: Code
    what: Text
    kind: Kind
    field: Code | None = None
    tiers: tuple[Tier, ...]
    tiers_listed: bool = True
    expected: tuple[Tier, ...] = ()
    as_of: date | None
    as_of_inferred: bool = False
    before: date
    recipients: tuple[Text, ...]
    cite: Cite

    @property
    def subject(self) -> str:
        """What its figures are filed under; see ``filed_under``."""
        return filed_under(self.kind, self.field, self.id)

    def takes(self, tier: Tier) -> bool:
        """Whether figures about units of this tier may be in the report."""
        return tier in self.tiers or (not self.tiers_listed and tier is not Tier.KHAC)

    @model_validator(mode="after")
    def _field_goes_with_score(self) -> Self:
        if (self.kind is Kind.SCORE) != (self.field is not None):
            raise ValueError(f"{self.id}: a field is named exactly when the kind is score")
        if lost := set(self.expected) - set(self.tiers):
            raise ValueError(f"{self.id}: expects tiers that are not its subjects: {sorted(lost)}")
        return self


class Form(StrEnum):
    """The form of an award."""

    CO_THI_DUA = "co_thi_dua"
    BANG_KHEN = "bang_khen"


class Scope(StrEnum):
    """Among whom a unit is ranked: its tier in the whole province, or its tier under the same parent."""

    TINH = "tinh"
    PARENT = "parent"


class RankRule(Written):
    """Competition rank in a field within a cut-off, ties included (A6)."""

    rule: Literal["rank"]
    criterion: Code
    field: Code
    at_most: Annotated[int, Field(ge=1)]
    cite: Cite


class TasksRule(Written):
    """Every task due by the as-of and not cancelled was done on time (A17)."""

    rule: Literal["all_tasks_on_time"]
    criterion: Code
    cite: Cite


class DisciplineRule(Written):
    """No confirmed violation in the period (A18)."""

    rule: Literal["no_violation"]
    criterion: Code
    cite: Cite


class ListedRule(Written):
    """The unit is on the list of outstanding contributors (A40)."""

    rule: Literal["listed"]
    criterion: Code
    cite: Cite


class JudgementRule(Written):
    """Nothing is reported for it; the council judges (A41)."""

    rule: Literal["judgement"]
    criterion: Code
    cite: Cite


Rule = Annotated[RankRule | TasksRule | DisciplineRule | ListedRule | JudgementRule, Field(discriminator="rule")]


class Award(Written):
    """A form of award for one tier, with every criterion that must hold.

    ``quota`` is the most that may be given; None where the source gives no number. ``ranks`` says whether
    all rank criteria must hold or any one of them (A4).
    """

    id: Id
    form: Form
    name: Text
    tier: Tier
    scope: Scope
    quota: int | None
    ranks: Literal["all", "any"] = "all"
    rules: tuple[Rule, ...]
    cite: Cite


class Overdue(Written):
    """Reminders after the last permitted day, counted in working days after it."""

    first: Annotated[int, Field(ge=1)]
    every: Annotated[int, Field(ge=1)]
    until: Annotated[int, Field(ge=1)]


class Reminders(Written):
    """When those who owe are reminded: working days before the last permitted day, and after it."""

    before: tuple[Annotated[int, Field(ge=0)], ...]
    after: Overdue | None
    at: time
    basis: Basis
    reason: Text


class Task(Written):
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


class Session(Written):
    """A session of the council. ``movements`` are those whose candidates come up on it."""

    id: Id
    name: Text
    window: Window
    tasks: tuple[Id, ...]
    movements: tuple[Code, ...] = ()
    not_in_seed: bool = False
    cite: Cite


class Parameter(Written):
    """A choice the sources leave open: the decision, the value taken, and why."""

    id: Annotated[str, Field(pattern=r"^A\d{1,2}$")]
    value: str
    reason: Text


class Plan(Written):
    """One official document as data. A document about a movement has ``movement``; the council's has sessions."""

    id: Code
    version: Annotated[int, Field(ge=1)]
    province: Code
    legal_basis: Text
    source: Source
    movement: Movement | None = None
    fields: tuple[RankedField, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    awards: tuple[Award, ...] = ()
    sessions: tuple[Session, ...] = ()
    tasks: tuple[Task, ...] = ()
    reminders: Reminders | None = None
    parameters: tuple[Parameter, ...] = ()

    @property
    def ref(self) -> PlanRef:
        """This plan and version."""
        return PlanRef(province=self.province, id=self.id, version=self.version)

    @property
    def key(self) -> str:
        """``<province>/<plan>/<version>``: old versions stay beside new ones."""
        return f"{self.province}/{self.id}/{self.version}"

    @cached_property
    def obligation(self) -> dict[str, Obligation]:
        """Obligations by id."""
        return {o.id: o for o in self.obligations}

    @cached_property
    def award(self) -> dict[str, Award]:
        """Awards by id."""
        return {a.id: a for a in self.awards}

    @cached_property
    def field(self) -> dict[str, RankedField]:
        """Ranked fields by id."""
        return {f.id: f for f in self.fields}

    @model_validator(mode="after")
    def _refers_only_to_what_it_defines(self) -> Self:
        fields, criteria, tasks = {f.id for f in self.fields}, {c.id for c in self.criteria}, {t.id for t in self.tasks}
        wrong = [
            f"obligation {o.id}: unknown field {o.field}" for o in self.obligations if o.field and o.field not in fields
        ]
        for award in self.awards:
            for rule in award.rules:
                if rule.criterion not in criteria:
                    wrong.append(f"award {award.id}: unknown criterion {rule.criterion}")
                if isinstance(rule, RankRule) and rule.field not in fields:
                    wrong.append(f"award {award.id}: unknown field {rule.field}")
        wrong += [f"session {s.id}: unknown task {t}" for s in self.sessions for t in s.tasks if t not in tasks]
        for what in (self.fields, self.criteria, self.obligations, self.awards, self.sessions, self.tasks):
            ids = [row.id for row in what]
            wrong += [f"the id {i} is given twice" for i in sorted({i for i in ids if ids.count(i) > 1})]
        if (self.obligations or self.awards) and self.movement is None:
            wrong.append("obligations and awards need a movement")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self
