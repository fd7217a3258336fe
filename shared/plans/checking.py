"""Checks a plan: its YAML, its model, its references, its dates, its citations, its meaning. Pure, given the texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from shared.contracts.units import UnitRegister
from shared.plans.checks.citations import citation_problems
from shared.plans.checks.context import EVERY_ROW, Awards, CheckContext, ReadPlan, Surroundings, matching, rows_of
from shared.plans.checks.form import decomposed_characters, duplicate_keys, misread_values
from shared.plans.checks.problem import Problem, Severity
from shared.plans.checks.reading import read_plan, unread_parts
from shared.plans.checks.references import movement_of_two_plans, unknown_units
from shared.plans.checks.table import check_meaning
from shared.plans.positioned_yaml import InvalidYaml, Position, PositionedYaml, parse
from shared.plans.review_marks import REVIEW, review_marks
from shared.wording import plan_checks, plan_problems


@dataclass(frozen=True, slots=True)
class PlanFinding:
    """An error or warning about a plan: its place (line and column from 1), a stable code, a Vietnamese text."""

    file: str
    line: int
    column: int
    severity: Severity
    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity} [{self.code}] {self.text}"


def check_plan(
    text: str | PositionedYaml,
    file: str,
    register: UnitRegister | None,
    sources: Mapping[str, str] | None,
    siblings: Awards,
) -> list[PlanFinding]:
    """Every problem of a plan's YAML text, parsed or not, by line; ``file`` is only used in the findings.

    ``register`` has the units the plan may name, ``sources`` the corrected source texts by key, ``siblings`` the
    movements of the other plans in its folder. If a part of the plan does not fit the model, the rest is checked, and
    one finding names what could not be.
    """
    try:
        positioned = parse(text) if isinstance(text, str) else text
    except InvalidYaml as error:
        return [PlanFinding(file, *error.position, "error", "yaml", plan_problems.invalid_yaml(str(error)))]
    beside = Surroundings(register, sources or {}, siblings)
    problems = [*decomposed_characters(positioned.text), *duplicate_keys(positioned), *misread_values(positioned)]
    problems += _marked_for_review(positioned)
    problems += unknown_units(positioned, register)
    problems += [*citation_problems(positioned, beside.sources), *movement_of_two_plans(positioned, siblings)]
    read, of_model = read_plan(positioned)
    misread = {value.position for value in positioned.misread}
    of_model = [problem for problem in of_model if problem.position not in misread]
    problems += of_model
    if read is not None:
        of_meaning, left_out = check_meaning(CheckContext(positioned, read, beside))
        problems += of_meaning
        if read.unread:
            position = min((problem.position for problem in of_model), default=Position(1, 1))
            problems.append(_not_checked(read, left_out, position, positioned))
    return _findings(problems, file, positioned)


def _marked_for_review(positioned: PositionedYaml) -> list[Problem]:
    """What `thidua plan new` marked and nobody has looked at yet."""
    marks = review_marks(unicodedata.normalize("NFC", positioned.text), positioned)
    return [Problem(mark.position, "to_review", mark.path, f"{REVIEW}, {mark.note}", "warning") for mark in marks]


def awards_of(text: str | PositionedYaml) -> tuple[str, frozenset[str]] | None:
    """The movement of a plan's YAML text and the ids of its awards, even if the rest is invalid; None without one."""
    try:
        positioned = parse(text) if isinstance(text, str) else text
    except InvalidYaml:
        return None
    movement = positioned.get(("movement", "id"))
    rows = [row for key in ("awards", "nominated") for row in rows_of(positioned.get((key,))) if isinstance(row, dict)]
    return (movement, frozenset(str(row.get("id")) for row in rows)) if isinstance(movement, str) else None


def names_other_movements(positioned: PositionedYaml) -> bool:
    """Whether a plan has links to the movements of other plans, so that those have to be read."""
    own = positioned.get(("movement", "id"))
    named = [movement for _, movement in matching(positioned.data, ("sessions", EVERY_ROW, "movements", EVERY_ROW))]
    return positioned.get(("movement", "within")) is not None or any(movement != own for movement in named)


def has_errors(findings: list[PlanFinding]) -> bool:
    """Whether any finding is an error."""
    return any(finding.severity == "error" for finding in findings)


def _not_checked(read: ReadPlan, left_out: list[str], position: Position, positioned: PositionedYaml) -> Problem:
    unread = [plan_problems.part(path, positioned.data) for path in unread_parts(read, positioned)]
    return Problem(position, "not_checked", (), plan_checks.not_checked(unread, left_out), "warning")


def _findings(problems: list[Problem], file: str, positioned: PositionedYaml) -> list[PlanFinding]:
    # An alias repeats the problems of its anchor at the same position; the first row that has them is named.
    unique = {(problem.position, problem.code, problem.detail): problem for problem in reversed(problems)}
    findings = []
    for problem in unique.values():
        text = f"{plan_problems.location(problem.path, positioned.data)}: {problem.detail}.".replace("?.", "?")
        text = plan_checks.readable_days(text)
        findings.append(PlanFinding(file, *problem.position, problem.severity, problem.code, text))
    return sorted(findings, key=lambda f: (f.line, f.column, f.severity, f.code, f.text))
