"""Reads plans and units from the files of a province."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from shared.contracts.plan import Plan
from shared.contracts.units import Unit, UnitRegister
from shared.plans.positioned_yaml import MAX_BYTES, InvalidYaml, Position, PositionedYaml, parse
from shared.tables.reading import rows
from shared.tables.rows import Row, UnreadableRow
from shared.wording.plan_problems import invalid_yaml, plan_error

PROVINCES = Path(str(files("shared.plans")))
"""The folder with one folder of plans and units for each province."""

TEMPLATE = PROVINCES / "template.yaml"
"""What `thidua plan new` makes a plan from if there is none of an earlier year."""

REGISTER_COLUMNS = ("code", "name", "tier")
OPTIONAL_REGISTER_COLUMNS = ("parent", "source", "valid_from", "valid_to", "predecessors", "province")

_UNSTATED_SOURCE = "assumed"


class UnreadablePlan(ValueError):
    """A file that is not a plan's YAML: one Vietnamese line with file, line and column."""


class UnreadableRegister(ValueError):
    """A register that cannot be read; ``problems`` has each row's first problem, in the order of the file."""

    def __init__(self, problems: Sequence[UnreadableRow]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class ProvinceNotStated(ValueError):
    """Neither the register nor its reader says which province it is of."""


def load_plan(path: Path) -> Plan:
    """The plan in a YAML file.

    Raises ``UnreadablePlan``, and ``pydantic.ValidationError`` with an error for each invalid field.
    """
    try:
        return plan_of(parse(read_text(path)))
    except InvalidYaml as error:
        line, column = error.position
        raise UnreadablePlan(f"{path.name}:{line}:{column}: {invalid_yaml(str(error))}") from None


def read_text(path: Path) -> str:
    """The text of a YAML file. Raises ``InvalidYaml`` if it is too large or not UTF-8, ``OSError`` if unreadable."""
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InvalidYaml(Position(1, 1), "too large")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidYaml(Position(1, 1), "not UTF-8") from None


def plan_of(positioned: PositionedYaml) -> Plan:
    """The plan in a parsed text.

    Raises ``InvalidYaml`` for a key given twice and for a value that YAML reads as another than is written, and
    ``pydantic.ValidationError``.
    """
    for key in positioned.duplicate_keys:
        raise InvalidYaml(key.position, "a key given twice")
    for value in positioned.misread:
        raise InvalidYaml(value.position, value.problem)
    return Plan.model_validate(positioned.data)


def load_plans(folder: Path) -> list[Plan]:
    """All plans in a province's folder, in the order of their file names."""
    return [load_plan(path) for path in sorted(folder.glob("*.yaml"))]


def load_register(path: Path, province: str | None, version: int) -> UnitRegister:
    """The units in a CSV file, in the file's order.

    The columns are ``code,name,tier,parent,source,valid_from,valid_to,predecessors`` and perhaps ``province``, which
    has the same code in every row; predecessors are separated by spaces. Raises ``UnreadableRegister``, also if the
    file names another province than ``province``, and ``ProvinceNotStated`` if neither names one.
    """
    try:
        lines = list(rows(path, REGISTER_COLUMNS, OPTIONAL_REGISTER_COLUMNS))
    except UnreadableRow as error:
        raise UnreadableRegister([error]) from None
    stated = province or next((row.cells["province"] for row in lines if row.has("province")), "")
    problems: list[UnreadableRow] = []
    units: list[Unit] = []
    for row in lines:
        try:
            units.append(_unit(row))
        except UnreadableRow as error:
            problems.append(error)
    problems += _contradictions(lines, stated)
    if problems:
        raise UnreadableRegister(sorted(problems, key=lambda problem: problem.line))
    if not stated:
        raise ProvinceNotStated(f"{path.name} không ghi là danh mục của tỉnh nào")
    try:
        return UnitRegister(province=stated, version=version, units=tuple(units))
    except ValidationError as error:
        detail = plan_error(error.errors(include_url=False)[0]).detail
        raise UnreadableRegister([UnreadableRow(path.name, 2, "province", detail)]) from None


def _unit(row: Row) -> Unit:
    texts = {name: row.text(name) for name in REGISTER_COLUMNS}
    days = {name: row.day(name) for name in ("valid_from", "valid_to")}
    others = {
        "parent": row.cells["parent"] or None,
        "source": row.cells["source"] or _UNSTATED_SOURCE,
        "predecessors": row.cells["predecessors"].split(),
    }
    try:
        return Unit.model_validate({**texts, **days, **others})
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        raise row.error(str(details["loc"][0]), plan_error(details).detail) from None


def _contradictions(lines: Sequence[Row], province: str) -> list[UnreadableRow]:
    """Codes given twice, units that no row has, and rows of another province."""
    first: dict[str, Row] = {}
    problems: list[UnreadableRow] = []
    for row in lines:
        code = row.cells["code"]
        if code and first.setdefault(code, row) is not row:
            problems.append(row.error("code", f"mã “{code}” đã có ở dòng {first[code].line}"))
        if row.has("province") and row.cells["province"] != province:
            problems.append(row.error("province", f"ghi tỉnh “{row.cells['province']}”, không phải “{province}”"))
    for row in lines:
        named = [
            ("parent", row.cells["parent"]),
            *(("predecessors", code) for code in row.cells["predecessors"].split()),
        ]
        problems += [
            row.error(column, f"không có dòng nào của đơn vị mang mã “{code}”")
            for column, code in named
            if code and code not in first
        ]
    return problems
