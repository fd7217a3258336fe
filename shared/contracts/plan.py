"""The plan model: the requirements of an official document, as data. One YAML file per document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Annotated, Any, NamedTuple, Self

from pydantic import Field, ValidationInfo, model_validator

from shared.contracts.awards import Award, Criterion, NominatedAward, RankedField
from shared.contracts.choices import SWITCHES, Choices, Parameter, parameter_error
from shared.contracts.council_rules import CouncilRules, contradictions
from shared.contracts.model import (
    LEFT_OUT_IF_EMPTY,
    Basis,
    Cite,
    Code,
    DocumentKey,
    PlanDay,
    PlanRef,
    StrictModel,
    Text,
)
from shared.contracts.obligations import Obligation, Role, Window
from shared.contracts.programme import (
    Group,
    Occasion,
    Office,
    Owner,
    OwnUnit,
    Phase,
    Reminders,
    Session,
    Standard,
    Statement,
    Task,
)

Path = tuple[str | int, ...]
"""A position in a plan: ``("awards", 2, "rules", 0, "field")``."""


class Inconsistency(NamedTuple):
    """A contradiction within a plan: its path, a stable code and an English text."""

    path: Path
    code: str
    text: str


class Source(StrictModel):
    """The official document a plan comes from. ``number`` is None if the copy does not show it.

    ``raw`` keeps what the copy shows if the copy cannot be trusted (A22, A28, A29). ``based_on`` are the documents
    that its opening names as the ground it is issued on, ``carries_out`` those that it serves or orders to be carried
    out. An ``example`` is not a real document of any province.
    """

    key: DocumentKey
    number: Text | None
    issued: PlanDay
    issued_basis: Basis = "printed"
    issuer: Text
    signer: Text
    title: Text
    raw: tuple[Text, ...] = ()
    based_on: tuple[Text, ...] = ()
    carries_out: Annotated[tuple[Text, ...], LEFT_OUT_IF_EMPTY] = ()
    example: bool = False

    @property
    def name(self) -> str:
        """The name by which people cite the document: "Kế hoạch số 46/KH-UBND", or its title if it has no number."""
        return f"Kế hoạch số {self.number}" if self.number else self.title


class Movement(StrictModel):
    """An emulation movement (phong trào thi đua). Days are local.

    ``as_of`` is the day up to which results are counted (inclusive, A2; None if not stated). ``decided_by`` is the
    last day on which its awards are decided. ``within`` is the enclosing movement that this one carries out in one
    agency (S4 within S0).
    """

    id: Code
    name: Text
    period: Window
    as_of: PlanDay | None
    decided_by: PlanDay | None = None
    within: Code | None = None
    phases: tuple[Phase, ...] = ()
    cite: Cite


class Plan(StrictModel):
    """One official document as data. A document about a movement has ``movement``; the council's has ``sessions``.

    ``office`` sends its notices (if None, whom ``THIDUA_OFFICE`` names); ``council``: how its council votes (A51).
    Rows that no rule follows from (``purposes`` to ``questions``) hold the rest of the source (DOMAIN 1.10).
    """

    id: Code
    version: Annotated[int, Field(ge=1)]
    province: Code
    legal_basis: Text
    source: Source
    movement: Movement | None = None
    roles: tuple[Role, ...] = ()
    fields: tuple[RankedField, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    awards: tuple[Award, ...] = ()
    nominated: tuple[NominatedAward, ...] = ()
    occasions: tuple[Occasion, ...] = ()
    sessions: tuple[Session, ...] = ()
    tasks: tuple[Task, ...] = ()
    standards: tuple[Standard, ...] = ()
    owners: tuple[Owner, ...] = ()
    own_units: tuple[OwnUnit, ...] = ()
    groups: tuple[Group, ...] = ()
    purposes: Annotated[tuple[Statement, ...], LEFT_OUT_IF_EMPTY] = ()
    contents: tuple[Statement, ...] = ()
    themes: tuple[Statement, ...] = ()
    exemplar_steps: tuple[Statement, ...] = ()
    checklist: tuple[Statement, ...] = ()
    monitoring: tuple[Statement, ...] = ()
    subject_kinds: tuple[Statement, ...] = ()
    links: tuple[Statement, ...] = ()
    questions: tuple[Statement, ...] = ()
    distribution: tuple[Text, ...] = ()
    office: Annotated[Office | None, LEFT_OUT_IF_EMPTY] = None
    council: Annotated[CouncilRules | None, LEFT_OUT_IF_EMPTY] = None
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
    def choices(self) -> Choices:
        """The choices this plan makes where its source leaves them open."""
        return Choices.model_validate({p.id: p.value for p in self.parameters if p.id in SWITCHES})

    @cached_property
    def role(self) -> dict[str, Role]:
        """Roles by id."""
        return {r.id: r for r in self.roles}

    @cached_property
    def obligation(self) -> dict[str, Obligation]:
        """Obligations by id."""
        return {o.id: o for o in self.obligations}

    @cached_property
    def award(self) -> dict[str, Award]:
        """Awards that figures decide, by id."""
        return {a.id: a for a in self.awards}

    @cached_property
    def nominated_award(self) -> dict[str, NominatedAward]:
        """Awards given on nomination, by id."""
        return {a.id: a for a in self.nominated}

    @cached_property
    def field(self) -> dict[str, RankedField]:
        """Ranked fields by id."""
        return {f.id: f for f in self.fields}

    @model_validator(mode="after")
    def _is_consistent(self, info: ValidationInfo) -> Self:
        contradictions = list(inconsistencies(self))
        if info.context is not None:
            info.context.setdefault("inconsistencies", []).extend(contradictions)
        elif contradictions:
            raise ValueError("; ".join(contradiction.text for contradiction in contradictions))
        return self


_SECTIONS_WITH_IDS = (
    "roles",
    "fields",
    "criteria",
    "obligations",
    "awards",
    "nominated",
    "occasions",
    "sessions",
    "tasks",
    "standards",
    "groups",
    "purposes",
    "contents",
    "themes",
    "exemplar_steps",
    "checklist",
    "monitoring",
    "subject_kinds",
    "links",
    "questions",
    "parameters",
)


def inconsistencies(plan: Plan) -> Iterator[Inconsistency]:
    """Every contradiction within a plan.

    The codes are stable: ``duplicate_id``, ``unknown_reference``, ``overlapping``, ``dates_out_of_order``,
    ``wrong_parameter``, ``no_movement``, ``not_a_member``.
    """
    for name in _SECTIONS_WITH_IDS:
        yield from _duplicates(name, getattr(plan, name))
    ranked = {award.id for award in plan.awards}
    for i, nominated in enumerate(plan.nominated):
        if nominated.id in ranked:
            yield Inconsistency(("nominated", i, "id"), "duplicate_id", f"the id {nominated.id} is given twice")
    yield from _obligations(plan)
    yield from _awards(plan)
    yield from _programme(plan)
    for i, parameter in enumerate(plan.parameters):
        if error := parameter_error(parameter):
            yield Inconsistency(("parameters", i, "value"), "wrong_parameter", error)
    if plan.movement is None and (plan.obligations or plan.awards or plan.nominated):
        yield Inconsistency(("id",), "no_movement", "obligations and awards need a movement")


def _duplicates(name: str, rows: Sequence[Any]) -> Iterator[Inconsistency]:
    seen: set[str] = set()
    for i, row in enumerate(rows):
        if row.id in seen:
            yield Inconsistency((name, i, "id"), "duplicate_id", f"the id {row.id} is given twice")
        seen.add(row.id)


def _unknown(path: Path, text: str) -> Inconsistency:
    return Inconsistency(path, "unknown_reference", text)


def _obligations(plan: Plan) -> Iterator[Inconsistency]:
    fields, roles = {f.id for f in plan.fields}, {r.id for r in plan.roles}
    for i, role in enumerate(plan.roles):
        for j, tenure in enumerate(role.held):
            at: Path = ("roles", i, "held", j)
            if tenure.first and tenure.last and tenure.last < tenure.first:
                text = f"role {role.id}: held until {tenure.last}, before it begins"
                yield Inconsistency((*at, "last"), "dates_out_of_order", text)
            if any(tenure.overlaps(earlier) for earlier in role.held[:j]):
                yield Inconsistency(at, "overlapping", f"role {role.id}: {tenure.unit} holds it while another does")
    for i, obligation in enumerate(plan.obligations):
        if (field := obligation.field) and field not in fields:
            yield _unknown(("obligations", i, "field"), f"obligation {obligation.id}: unknown field {field}")
        if (role_id := obligation.reporter) and role_id not in roles:
            yield _unknown(("obligations", i, "reporter"), f"obligation {obligation.id}: unknown role {role_id}")


def _awards(plan: Plan) -> Iterator[Inconsistency]:
    fields, criteria = {f.id for f in plan.fields}, {c.id for c in plan.criteria}
    for i, award in enumerate(plan.awards):
        for j, rule in enumerate(award.rules):
            at: Path = ("awards", i, "rules", j)
            if rule.criterion not in criteria:
                yield _unknown((*at, "criterion"), f"award {award.id}: unknown criterion {rule.criterion}")
            if rule.ranked_field and rule.ranked_field not in fields:
                yield _unknown((*at, "field"), f"award {award.id}: unknown field {rule.ranked_field}")
    if plan.awards and (plan.movement is None or plan.movement.as_of is None):
        text = "awards that figures decide need a day the figures are counted to (movement as_of)"
        yield Inconsistency(("awards", 0), "no_movement", text)
    within = plan.movement.within if plan.movement else None
    for i, nominated in enumerate(plan.nominated):
        if nominated.feeds and within is None:
            text = f"award {nominated.id}: feeds another, but the movement lies within none"
            yield Inconsistency(("nominated", i, "feeds"), "no_movement", text)


def _programme(plan: Plan) -> Iterator[Inconsistency]:
    tasks = {t.id for t in plan.tasks}
    for i, session in enumerate(plan.sessions):
        for j, task_id in enumerate(session.tasks):
            if task_id not in tasks:
                yield _unknown(("sessions", i, "tasks", j), f"session {session.id}: unknown task {task_id}")
        for earlier in plan.sessions[:i]:
            if session.window.overlaps(earlier.window):
                text = f"session {session.id}: its window overlaps that of {earlier.id}"
                yield Inconsistency(("sessions", i, "window"), "overlapping", text)
    for i, task in enumerate(plan.tasks):
        if task.day and not task.window.first <= task.day <= task.window.last:
            text = f"task {task.id}: {task.day} lies outside its window"
            yield Inconsistency(("tasks", i, "day"), "dates_out_of_order", text)
    for council_path, code, text in contradictions(plan.council):
        yield Inconsistency(("council", *council_path), code, text)
    for i, group in enumerate(plan.groups):
        for leader in filter(None, (group.chair, group.deputy)):
            if leader not in group.members:
                text = f"group {group.id}: {leader} leads it and is no member"
                yield Inconsistency(("groups", i, "members"), "not_a_member", text)
