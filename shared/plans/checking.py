"""Whether a plan is right: its YAML, its model, its references, its dates, its citations. Pure, given the texts."""

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
from shared.plans.positioned_yaml import Position, PositionedYaml, Unreadable, read
from shared.plans.sources import sections, unfounded
from shared.wording import plan_problems

Severity = Literal["error", "warning"]

Awards = Mapping[str, frozenset[str]]
"""The ids of the awards of each movement, by the movement's id."""

_EACH = -1
"""Stands for every row in a pattern of a path."""

_UNITS: tuple[Path, ...] = (
    ("roles", _EACH, "held", _EACH, "unit"),
    ("tasks", _EACH, "lead"),
    ("owners", _EACH, "unit"),
    ("groups", _EACH, "members", _EACH),
    ("groups", _EACH, "chair"),
    ("groups", _EACH, "deputy"),
    ("nominated", _EACH, "places", _EACH, "unit"),
)
"""Where a plan names units; the value of decision A10 besides."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a plan, or worth a look: where (line and column from 1), a stable code, in words."""

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
    """A finding before it has a file: ``path`` is what it is about, ``detail`` what is wrong with it."""

    position: Position
    code: str
    path: Path
    detail: str
    severity: Severity = "error"


def check_plan(
    text: str, file: str, register: UnitRegister | None, sources: Mapping[str, str] | None, siblings: Awards
) -> list[Finding]:
    """Everything wrong with a plan's YAML text, in the order of its lines; ``file`` is only named in the findings.

    ``register`` are the units it may name, ``sources`` the corrected source texts by key, ``siblings`` the movements
    the other plans of its folder are about. A plan whose form is wrong is not looked into any further than its form,
    units and citations.
    """
    try:
        positioned = read(text)
    except Unreadable as error:
        return [Finding(file, *error.position, "error", "yaml", plan_problems.unreadable(str(error)))]
    found = [*_duplicate_keys(positioned), *_units(positioned, register), *_citations(positioned, sources)]
    context: dict[str, list[Inconsistency]] = {"inconsistencies": []}
    try:
        plan = Plan.model_validate(positioned.data, context=context)
    except ValidationError as error:
        found += _form(error, positioned)
    else:
        found += [_contradiction(each, positioned) for each in context["inconsistencies"]]
        found += [*_dates(plan, positioned), *_movements(plan, positioned, siblings)]
        found += [*_gaps(plan, positioned), *_feeds(plan, positioned)]
    return _findings(found, file, positioned.data)


def awards_of(text: str) -> tuple[str, frozenset[str]] | None:
    """The movement a plan's YAML text is about and the ids of its awards, however wrong the rest of it is."""
    try:
        positioned = read(text)
    except Unreadable:
        return None
    movement = positioned.get(("movement", "id"))
    rows = [row for name in ("awards", "nominated") for row in _rows(positioned.get((name,))) if isinstance(row, dict)]
    return (movement, frozenset(str(row.get("id")) for row in rows)) if isinstance(movement, str) else None


def has_errors(findings: list[Finding]) -> bool:
    """Whether some finding is more than a warning."""
    return any(each.severity == "error" for each in findings)


def _findings(found: list[_Problem], file: str, data: Any) -> list[Finding]:
    # What an alias repeats is wrong in one place only: the first row that has it is named.
    once = {(each.position, each.code, each.detail): each for each in reversed(found)}
    named = [
        Finding(
            file,
            *f.position,
            f.severity,
            f.code,
            f"{plan_problems.where(f.path, data)}: {f.detail}.".replace("?.", "?"),
        )
        for f in once.values()
    ]
    return sorted(named, key=lambda f: (f.line, f.column, f.severity, f.code, f.text))


def _duplicate_keys(positioned: PositionedYaml) -> Iterator[_Problem]:
    for key, position, first_line in positioned.duplicate_keys:
        detail = f"mục “{key}” đã có ở dòng {first_line}; chỉ một trong hai được đọc"
        yield _Problem(position, "duplicate_key", (), detail)


def _form(error: ValidationError, positioned: PositionedYaml) -> Iterator[_Problem]:
    """What the model says."""
    for each in error.errors(include_url=False):
        path, position = positioned.find(each["loc"])
        wrong = plan_problems.wrong(each)
        if path[:1] == ("parameters",) and path[2:3] in (("value",), ("default",)):
            # One error for each form a value may take, and places inside it: said once, of the value.
            path, position = positioned.find(path[:3])
            wrong = plan_problems.Wrong("invalid", "phải là chữ, số nguyên, true, false hoặc danh sách chữ")
        elif each["type"] == "extra_forbidden":
            path, position = path[:-1], positioned.key(path)
        elif wrong.below:
            position = positioned.find((*path, wrong.below))[1]
        yield _Problem(position, wrong.code, path, wrong.detail)


def _contradiction(found: Inconsistency, positioned: PositionedYaml) -> _Problem:
    path, code, text = found

    def line_of(name: str) -> int:
        """Of the first row with an id, in the section or in the one it shares its ids with."""
        for section in ("awards", "nominated") if path[0] == "nominated" else (path[0],):
            for i, row in enumerate(_rows(positioned.get((section,)))):
                if row["id"] == name:
                    return positioned.find((section, i, "id"))[1].line
        return 1

    if code == "wrong_parameter":
        detail = plan_problems.wrong_parameter(positioned.get(path[:-1]))
    else:
        detail = plan_problems.contradiction(code, path, positioned.get(path), text, line_of)
    return _Problem(positioned.find(path)[1], code, path, detail)


def _units(positioned: PositionedYaml, register: UnitRegister | None) -> Iterator[_Problem]:
    named = [found for pattern in _UNITS for found in _matching(positioned.data, pattern)]
    for i, row in enumerate(_rows(positioned.get(("parameters",)))):
        if isinstance(row, dict) and row.get("id") == "A10":
            named += _matching(positioned.data, ("parameters", i, "value", _EACH))
    if register is None:
        if named:
            detail = "không có danh mục đơn vị (units-*.csv) bên cạnh kế hoạch nên chưa kiểm tra được mã đơn vị"
            yield _Problem(Position(1, 1), "unknown_unit", (), detail, "warning")
        return
    own = {row.get("code") for row in _rows(positioned.get(("own_units",))) if isinstance(row, dict)}
    for path, code in named:
        if isinstance(code, str) and code not in register.by_code and code not in own:
            near = get_close_matches(code, register.by_code, 1, 0.8)
            hint = f"; có phải là “{near[0]}”?" if near else ""
            detail = f"không có đơn vị nào mang mã “{code}” trong danh mục đơn vị{hint}"
            yield _Problem(positioned.find(path)[1], "unknown_unit", path, detail)


def _rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _matching(data: Any, pattern: Path, path: Path = ()) -> list[tuple[Path, Any]]:
    """The values a pattern names, with their paths."""
    if not pattern:
        return [] if data is None else [(path, data)]
    first, rest = pattern[0], pattern[1:]
    if first == _EACH:
        return [found for i, each in enumerate(_rows(data)) for found in _matching(each, rest, (*path, i))]
    try:
        return _matching(data[first], rest, (*path, first))
    except (KeyError, IndexError, TypeError):
        return []


def _citations(positioned: PositionedYaml, sources: Mapping[str, str] | None) -> Iterator[_Problem]:
    known = {key: sections(text) for key, text in (sources or {}).items()}
    for path, cite in positioned.named("cite"):
        for each in unfounded(cite, known) if isinstance(cite, str) else ():
            detail = f"văn bản không có mục được dẫn: “{each}”"
            yield _Problem(positioned.find(path)[1], "unfounded_citation", path, detail)


def _dates(plan: Plan, positioned: PositionedYaml) -> Iterator[_Problem]:
    """Days in an order that cannot be, besides those the model itself refuses."""

    def found(path: Path, detail: str) -> _Problem:
        return _Problem(positioned.find(path)[1], "dates_out_of_order", path, detail)

    for i, owed in enumerate(plan.obligations):
        if owed.as_of and owed.window and owed.as_of > owed.window.last:
            detail = f"ngày chốt số liệu {_day(owed.as_of)} sau thời hạn ({_day(owed.window.last)})"
            yield found(("obligations", i, "as_of"), detail)
    if plan.movement is None:
        return
    period, as_of, decided_by = plan.movement.period, plan.movement.as_of, plan.movement.decided_by
    if plan.source.issued > period.last:
        detail = f"ban hành ngày {_day(plan.source.issued)}, sau khi phong trào kết thúc ({_day(period.last)})"
        yield found(("source", "issued"), detail)
    if as_of is not None and not period.first <= as_of <= period.last:
        span = f"{_day(period.first)} - {_day(period.last)}"
        yield found(("movement", "as_of"), f"ngày chốt số liệu {_day(as_of)} nằm ngoài thời gian phong trào ({span})")
    if as_of is not None and decided_by is not None and decided_by < as_of:
        detail = f"ngày quyết định cuối cùng {_day(decided_by)} trước ngày chốt số liệu ({_day(as_of)})"
        yield found(("movement", "decided_by"), detail)


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _movements(plan: Plan, positioned: PositionedYaml, siblings: Awards) -> Iterator[_Problem]:
    """Movements and awards of other plans that no plan of the folder has."""
    named: list[tuple[Path, str]] = [
        (("sessions", i, "movements", j), each)
        for i, session in enumerate(plan.sessions)
        for j, each in enumerate(session.movements)
        if plan.movement is None or each != plan.movement.id
    ]
    within = plan.movement.within if plan.movement else None
    if within is not None:
        named.append((("movement", "within"), within))
    for path, movement in named:
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
    """Days between two holders of a role: nobody may report then, and nobody is reminded."""
    for i, role in enumerate(plan.roles):
        held = sorted(enumerate(role.held), key=lambda each: each[1].first or date.min)
        for (_, before), (j, after) in pairwise(held):
            if before.last and after.first and after.first - before.last > timedelta(days=1):
                gap = f"{_day(before.last + timedelta(days=1))} đến {_day(after.first - timedelta(days=1))}"
                path: Path = ("roles", i, "held", j)
                detail = f"từ ngày {gap} không đơn vị nào giữ vai trò này nên không ai báo cáo được"
                yield _Problem(positioned.find(path)[1], "nobody_holds", path, detail, "warning")


def _feeds(plan: Plan, positioned: PositionedYaml) -> Iterator[_Problem]:
    """Criteria that figures prove and nobody has to report; what the council judges says so itself."""
    for i, award in enumerate(plan.awards):
        for j, rule in enumerate(award.rules):
            missing = missing_feed(plan, award, rule)
            if missing is not None and missing.reason != "judgement":
                detail = plan_problems.no_feed(missing.criterion, missing.tier, missing.reason, missing.could)
                position = positioned.find(("awards", i, "rules", j))[1]
                yield _Problem(position, "no_feed", ("awards", i), detail, "warning")
