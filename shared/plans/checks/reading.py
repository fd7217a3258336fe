"""Reads a plan from its text, or what can be read of it, with the problems found on the way. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from shared.contracts.plan import Inconsistency, Path, Plan
from shared.plans.checks.context import EVERY_ROW, ReadPlan, matching, rows_of
from shared.plans.checks.problem import Problem
from shared.plans.checks.readable_part import readable_part
from shared.plans.positioned_yaml import PositionedYaml
from shared.wording import plan_problems

_TARGETS: Final[Mapping[Path, str]] = {
    ("obligations", EVERY_ROW, "field"): "fields",
    ("obligations", EVERY_ROW, "reporter"): "roles",
    ("awards", EVERY_ROW, "rules", EVERY_ROW, "criterion"): "criteria",
    ("awards", EVERY_ROW, "rules", EVERY_ROW, "field"): "fields",
    ("sessions", EVERY_ROW, "tasks", EVERY_ROW): "tasks",
}
"""The section whose rows each path of a plan names."""


def read_plan(positioned: PositionedYaml) -> tuple[ReadPlan | None, list[Problem]]:
    """The plan in a text, and the problems of its structure and its contradictions.

    Rows and sections that do not fit the model are left out; None if that leaves no plan.
    """
    problems: list[Problem] = []
    context: dict[str, list[Inconsistency]] = {"inconsistencies": []}
    try:
        read = ReadPlan(Plan.model_validate(positioned.data, context=context), {}, {})
        contradictions = context["inconsistencies"]
    except ValidationError as error:
        problems += _model_errors(error, positioned)
        part = readable_part(positioned.data, error.errors(include_url=False))
        if part is None:
            return None, problems
        read, contradictions = part
        problems += _references_of_unread_rows(positioned, read)
    contradictions = [c._replace(path=read.in_text(c.path)) for c in contradictions]
    problems += [_contradiction(c, positioned) for c in contradictions if _is_certain(c, positioned, read)]
    wrong = [c.path for c in contradictions if c.code == "wrong_parameter"]
    return (_without_parameters(read, wrong) if wrong else read), problems


def unread_parts(read: ReadPlan, positioned: PositionedYaml) -> list[Path]:
    """The paths of the parts that were left out, each once, in the order of the text; those it lacks come last."""
    sections = list(positioned.data)
    paths = dict.fromkeys(path for paths in read.unread.values() for path in paths)
    return sorted(paths, key=lambda path: sections.index(path[0]) if path[0] in sections else len(sections))


def _without_parameters(read: ReadPlan, wrong: list[Path]) -> ReadPlan:
    """The plan without its invalid choices, which would fail where a rule reads them. ``wrong`` are their values."""
    invalid = {path[1] for path in wrong}
    places = read.rows.get("parameters", tuple(range(len(read.plan.parameters))))
    kept = [i for i, place in enumerate(places) if place not in invalid]
    unread = (*read.unread.get("parameters", ()), *(path[:2] for path in wrong))
    return ReadPlan(
        read.plan.model_copy(update={"parameters": tuple(read.plan.parameters[i] for i in kept)}),
        {**read.rows, "parameters": tuple(places[i] for i in kept)},
        {**read.unread, "parameters": unread},
    )


def _model_errors(error: ValidationError, positioned: PositionedYaml) -> Iterator[Problem]:
    """The errors of the plan's model."""
    for details in error.errors(include_url=False):
        path, position = positioned.find(details["loc"])
        wrong = plan_problems.plan_error(details)
        if path[:1] == ("parameters",) and path[2:3] in (("value",), ("default",)):
            # A value may have several types and pydantic reports an error for each; one error is enough.
            path, position = positioned.find(path[:3])
            wrong = plan_problems.PlanError("invalid", "phải là chữ, số nguyên, true, false hoặc danh sách chữ")
        elif details["type"] == "extra_forbidden":
            path, position = path[:-1], positioned.key(path)
        elif wrong.below:
            position = positioned.find((*path, wrong.below))[1]
        yield Problem(position, wrong.code, path, wrong.detail)


def _contradiction(inconsistency: Inconsistency, positioned: PositionedYaml) -> Problem:
    path, code, text = inconsistency

    def line_of(row_id: str) -> int:
        """The line of the first row with an id, in the path's section or in one that shares its ids."""
        for section in ("awards", "nominated") if path[0] == "nominated" else (path[0],):
            for i, row in enumerate(rows_of(positioned.get((section,)))):
                if isinstance(row, dict) and row.get("id") == row_id:
                    return positioned.find((section, i, "id"))[1].line
        return 1

    if code == "wrong_parameter":
        detail = plan_problems.invalid_parameter(positioned.get(path[:-1]))
    else:
        detail = plan_problems.contradiction(code, path, positioned.get(path), text, line_of)
    return Problem(positioned.find(path)[1], code, path, detail)


def _is_certain(contradiction: Inconsistency, positioned: PositionedYaml, read: ReadPlan) -> bool:
    """Whether a contradiction would be there, too, if everything could be read. ``path`` is one of the text."""
    path, code, _ = contradiction
    if code == "no_movement":
        return "movement" not in read.unread
    if code == "unknown_reference":
        pattern = tuple(EVERY_ROW if isinstance(part, int) else part for part in path)
        return pattern not in _TARGETS or _is_unknown(positioned.get(path), _TARGETS[pattern], positioned, read)
    return True


def _is_unknown(value: Any, section: str, positioned: PositionedYaml, read: ReadPlan) -> bool:
    """Whether no row of a section has an id, not even one that could not be read. Not so if a row's id is unknown."""
    if any(path[:1] != (section,) or len(path) == 1 for path in read.unread.get(section, ())):
        return False
    ids = [row.get("id") if isinstance(row, dict) else None for row in rows_of(positioned.get((section,)))]
    return value not in ids and all(isinstance(row_id, str) for row_id in ids)


def _references_of_unread_rows(positioned: PositionedYaml, read: ReadPlan) -> Iterator[Problem]:
    """Unknown references in rows that were left out, where the plan's own rules do not see them."""
    for pattern, target in _TARGETS.items():
        places = read.rows.get(str(pattern[0]), ())
        for path, value in matching(positioned.data, pattern):
            is_left_out = path[1] not in places
            if is_left_out and isinstance(value, str) and _is_unknown(value, target, positioned, read):
                yield _contradiction(Inconsistency(path, "unknown_reference", ""), positioned)
