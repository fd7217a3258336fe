"""The text of a new plan, from last year's or from the template, and its file."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from deploy.cli.faults import MISUSED, CommandFailed
from shared.contracts.model import Tier

if TYPE_CHECKING:
    from shared.contracts.units import UnitRegister


def from_last_year(path: Path, year: int) -> str:
    """The plan in a file, which has no errors, moved to a year. Raises ``CommandFailed`` if it is of that year."""
    from shared.plans.load import load_plan
    from shared.plans.renewing import renewed, year_of

    if year_of(load_plan(path)) == year:
        raise CommandFailed(f"{path} đã là kế hoạch năm {year}; hãy nêu năm khác ở --year.", MISUSED)
    with path.open(encoding="utf-8", newline="") as file:  # line ends stay as they are
        return renewed(file.read(), year)


def from_template(year: int, province: str, register: UnitRegister | None) -> str:
    """The template for a year and a province; its reporter is the first department of the register, if there is one.

    Raises ``CommandFailed`` for a province that is no code.
    """
    from pydantic import TypeAdapter, ValidationError

    from shared.contracts.model import Code
    from shared.plans.load import TEMPLATE
    from shared.wording.unit_names import full_name

    try:
        TypeAdapter(Code).validate_python(province)
    except ValidationError:
        reason = "mã tỉnh chỉ gồm chữ thường không dấu, chữ số và dấu gạch nối"
        raise CommandFailed(f"--province {province}: {reason}.", MISUSED) from None
    departments = register.of_tier(Tier.SO, date(year, 1, 1)) if register else ()
    unit = next(iter(departments), None)
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        year=year,
        next_year=year + 1,
        province=json.dumps(province),
        unit=json.dumps(unit.code if unit else "ma-don-vi"),
        unit_name=json.dumps(
            full_name(register, unit.code) if unit and register else "Tên cơ quan báo cáo", ensure_ascii=False
        ),
    )


def write_plan(path: Path, text: str, *, overwrite: bool) -> None:
    """Write a plan. Raises ``CommandFailed`` if the file exists and may not be overwritten, and ``OSError``."""
    try:
        with path.open("w" if overwrite else "x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        raise CommandFailed(f"đã có tệp {path}; thêm --force để ghi đè.") from None
