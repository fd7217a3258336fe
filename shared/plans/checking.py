"""Checks a plan: its YAML, its model, its references, its dates, its citations. Pure, given the texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, Literal

from pydantic import ValidationError

from shared.contracts.plan import Inconsistency, Path, Plan
from shared.contracts.units import UnitRegister
from shared.plans.feeds import missing_feed
from shared.plans.positioned_yaml import InvalidYaml, Position, PositionedYaml, parse
from shared.plans.review_marks import REVIEW, review_marks
from shared.plans.sources import sections, unfounded
from shared.wording import plan_problems
from shared.wording.formats import ngay

Severity = Literal["error", "warning"]

Awards = Mapping[str, frozenset[str]]
"""The ids of the awards of each movement, by the movement's id."""

_EVERY_ROW = -1
"""Stands for every row in a path pattern."""

_UNIT_PATHS: tuple[Path, ...] = (
    ("office", "unit"),
    ("roles", _EVERY_ROW, "held", _EVERY_ROW, "unit"),
    ("tasks", _EVERY_ROW, "lead"),
    ("owners", _EVERY_ROW, "unit"),
    ("groups", _EVERY_ROW, "members", _EVERY_ROW),
    ("groups", _EVERY_ROW, "chair"),
    ("groups", _EVERY_ROW, "deputy"),
    ("nominated", _EVERY_ROW, "places", _EVERY_ROW, "unit"),
)
"""The paths at which a plan names units; the value of decision A10 names units too."""


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


@dataclass(frozen=True, slots=True)
class _Problem:
    """A finding that has no file yet: ``path`` is the part of the plan it concerns, ``detail`` the problem."""

    position: Position
    code: str
    path: Path
    detail: str
    severity: Severity = "error"


def check_plan(
    text: str, file: str, register: UnitRegister | None, sources: Mapping[str, str] | None, siblings: Awards
) -> list[PlanFinding]:
    """Every problem of a plan's YAML text, ordered by line; ``file`` is only used in the findings.

    ``register`` has the units the plan may name, ``sources`` the corrected source texts by key, ``siblings`` the
    movements of the other plans in its folder. If the plan does not fit the model, only its form, units and citations
    are checked.
    """
    try:
        positioned = parse(text)
    except InvalidYaml as error:
        return [PlanFinding(file, *error.position, "error", "yaml", plan_problems.invalid_yaml(str(error)))]
    problems = [*_duplicate_keys(positioned), *_units(positioned, register), *_citations(positioned, sources)]
    problems += [
        _Problem(mark.position, "to_review", mark.path, f"{REVIEW}, {mark.note}", "warning")
        for mark in review_marks(text, positioned)
    ]
    context: dict[str, list[Inconsistency]] = {"inconsistencies": []}
    try:
        plan = Plan.model_validate(positioned.data, context=context)
    except ValidationError as error:
        problems += _model_errors(error, positioned)
    else:
        problems += [_contradiction(inconsistency, positioned) for inconsistency in context["inconsistencies"]]
        problems += [*_dates(plan, positioned), *_movements(plan, positioned, siblings)]
        problems += [*_gaps(plan, positioned), *_feeds(plan, positioned)]
    return _findings(problems, file, positioned.data)


def awards_of(text: str) -> tuple[str, frozenset[str]] | None:
    """The movement of a plan's YAML text and the ids of its awards, even if the rest is invalid; None without one."""
    try:
        positioned = parse(text)
    except InvalidYaml:
        return None
    movement = positioned.get(("movement", "id"))
    rows = [row for name in ("awards", "nominated") for row in _rows(positioned.get((name,))) if isinstance(row, dict)]
    return (movement, frozenset(str(row.get("id")) for row in rows)) if isinstance(movement, str) else None


def has_errors(findings: list[PlanFinding]) -> bool:
    """Whether any finding is an error."""
    return any(finding.severity == "error" for finding in findings)


def _findings(problems: list[_Problem], file: str, data: Any) -> list[PlanFinding]:
    # An alias repeats the problems of its anchor at the same position; the first row that has them is named.
    unique = {(problem.position, problem.code, problem.detail): problem for problem in reversed(problems)}
    findings = []
    for problem in unique.values():
        text = f"{plan_problems.location(problem.path, data)}: {problem.detail}.".replace("?.", "?")
        findings.append(PlanFinding(file, *problem.position, problem.severity, problem.code, text))
    return sorted(findings, key=lambda f: (f.line, f.column, f.severity, f.code, f.text))


def _duplicate_keys(positioned: PositionedYaml) -> Iterator[_Problem]:
    for key, position, first_line in positioned.duplicate_keys:
        detail = f"mục “{key}” đã có ở dòng {first_line}; chỉ một trong hai được đọc"
        yield _Problem(position, "duplicate_key", (), detail)


def _model_errors(error: ValidationError, positioned: PositionedYaml) -> Iterator[_Problem]:
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
        yield _Problem(position, wrong.code, path, wrong.detail)


def _contradiction(inconsistency: Inconsistency, positioned: PositionedYaml) -> _Problem:
    path, code, text = inconsistency

    def line_of(row_id: str) -> int:
        """The line of the first row with an id, in the path's section or in one that shares its ids."""
        for section in ("awards", "nominated") if path[0] == "nominated" else (path[0],):
            for i, row in enumerate(_rows(positioned.get((section,)))):
                if row["id"] == row_id:
                    return positioned.find((section, i, "id"))[1].line
        return 1

    if code == "wrong_parameter":
        detail = plan_problems.invalid_parameter(positioned.get(path[:-1]))
    else:
        detail = plan_problems.contradiction(code, path, positioned.get(path), text, line_of)
    return _Problem(positioned.find(path)[1], code, path, detail)


def _units(positioned: PositionedYaml, register: UnitRegister | None) -> Iterator[_Problem]:
    """Units that are neither in the register nor the plan's own."""
    references = [match for pattern in _UNIT_PATHS for match in _matching(positioned.data, pattern)]
    for i, row in enumerate(_rows(positioned.get(("parameters",)))):
        if isinstance(row, dict) and row.get("id") == "A10":
            references += _matching(positioned.data, ("parameters", i, "value", _EVERY_ROW))
    if register is None:
        if references:
            detail = "không có danh mục đơn vị (units-*.csv) bên cạnh kế hoạch nên chưa kiểm tra được mã đơn vị"
            yield _Problem(Position(1, 1), "unknown_unit", (), detail, "warning")
        return
    own = {row.get("code") for row in _rows(positioned.get(("own_units",))) if isinstance(row, dict)}
    for path, code in references:
        if isinstance(code, str) and code not in register.by_code and code not in own:
            similar = get_close_matches(code, register.by_code, 1, 0.8)
            hint = f"; có phải là “{similar[0]}”?" if similar else ""
            detail = f"không có đơn vị nào mang mã “{code}” trong danh mục đơn vị{hint}"
            yield _Problem(positioned.find(path)[1], "unknown_unit", path, detail)


def _rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _matching(data: Any, pattern: Path, path: Path = ()) -> list[tuple[Path, Any]]:
    """The values that match a path pattern, with their paths."""
    if not pattern:
        return [] if data is None else [(path, data)]
    first, rest = pattern[0], pattern[1:]
    if first == _EVERY_ROW:
        return [match for i, row in enumerate(_rows(data)) for match in _matching(row, rest, (*path, i))]
    try:
        return _matching(data[first], rest, (*path, first))
    except (KeyError, IndexError, TypeError):
        return []


def _citations(positioned: PositionedYaml, sources: Mapping[str, str] | None) -> Iterator[_Problem]:
    """Citations of sections that their documents do not have."""
    sections_of = {key: sections(text) for key, text in (sources or {}).items()}
    for path, cite in positioned.values_of("cite"):
        for section in unfounded(cite, sections_of) if isinstance(cite, str) else ():
            detail = f"văn bản không có mục được dẫn: “{section}”"
            yield _Problem(positioned.find(path)[1], "unfounded_citation", path, detail)


def _dates(plan: Plan, positioned: PositionedYaml) -> Iterator[_Problem]:
    """Impossible orders of days that the model itself accepts."""

    def problem(path: Path, detail: str) -> _Problem:
        return _Problem(positioned.find(path)[1], "dates_out_of_order", path, detail)

    for i, obligation in enumerate(plan.obligations):
        as_of, window = obligation.as_of, obligation.window
        if as_of and window and as_of > window.last:
            detail = f"ngày chốt số liệu {ngay(as_of)} sau thời hạn ({ngay(window.last)})"
            yield problem(("obligations", i, "as_of"), detail)
    if plan.movement is None:
        return
    period, as_of, decided_by = plan.movement.period, plan.movement.as_of, plan.movement.decided_by
    if plan.source.issued > period.last:
        detail = f"ban hành ngày {ngay(plan.source.issued)}, sau khi phong trào kết thúc ({ngay(period.last)})"
        yield problem(("source", "issued"), detail)
    if as_of is not None and not period.first <= as_of <= period.last:
        span = f"{ngay(period.first)} - {ngay(period.last)}"
        yield problem(("movement", "as_of"), f"ngày chốt số liệu {ngay(as_of)} nằm ngoài thời gian phong trào ({span})")
    if as_of is not None and decided_by is not None and decided_by < as_of:
        detail = f"ngày quyết định cuối cùng {ngay(decided_by)} trước ngày chốt số liệu ({ngay(as_of)})"
        yield problem(("movement", "decided_by"), detail)


def _movements(plan: Plan, positioned: PositionedYaml, siblings: Awards) -> Iterator[_Problem]:
    """References to movements and awards that no other plan of the folder has."""
    references: list[tuple[Path, str]] = [
        (("sessions", i, "movements", j), movement)
        for i, session in enumerate(plan.sessions)
        for j, movement in enumerate(session.movements)
        if plan.movement is None or movement != plan.movement.id
    ]
    within = plan.movement.within if plan.movement else None
    if within is not None:
        references.append((("movement", "within"), within))
    for path, movement in references:
        if movement not in siblings:
            detail = f"không kế hoạch nào khác trong thư mục có phong trào “{movement}”"
            yield _Problem(
                positioned.find(path)[1], "unknown_movement", path, detail, "error" if siblings else "warning"
            )
    if within is not None and within in siblings:
        for i, award in enumerate(plan.nominated):
            if award.feeds and award.feeds not in siblings[within]:
                feeds: Path = ("nominated", i, "feeds")
                detail = f"phong trào “{within}” không có hình thức khen thưởng “{award.feeds}”"
                yield _Problem(positioned.find(feeds)[1], "unknown_movement", feeds, detail)


def _gaps(plan: Plan, positioned: PositionedYaml) -> Iterator[_Problem]:
    """Days between two holders of a role, on which no unit may report or is reminded."""
    for i, role in enumerate(plan.roles):
        tenures = sorted(enumerate(role.held), key=lambda item: item[1].first or date.min)
        for (_, before), (j, after) in pairwise(tenures):
            if before.last and after.first and after.first - before.last > timedelta(days=1):
                gap = f"{ngay(before.last + timedelta(days=1))} đến {ngay(after.first - timedelta(days=1))}"
                path: Path = ("roles", i, "held", j)
                detail = f"từ ngày {gap} không đơn vị nào giữ vai trò này nên không ai báo cáo được"
                yield _Problem(positioned.find(path)[1], "nobody_holds", path, detail, "warning")


def _feeds(plan: Plan, positioned: PositionedYaml) -> Iterator[_Problem]:
    """Criteria that figures could prove and no agency must report on. Criteria that the council judges need no feed."""
    for i, award in enumerate(plan.awards):
        for j, rule in enumerate(award.rules):
            missing = missing_feed(plan, award, rule)
            if missing is not None and missing.reason != "judgement":
                detail = plan_problems.no_feed(missing.criterion, missing.tier, missing.reason, missing.could)
                position = positioned.find(("awards", i, "rules", j))[1]
                yield _Problem(position, "no_feed", ("awards", i), detail, "warning")
