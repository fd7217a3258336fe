"""Read plans and units from the files of a province."""

from __future__ import annotations

import csv
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister

THAI_BINH = Path(str(files("shared.plans"))) / "thai-binh"
"""The seed province's folder."""

HUNG_YEN = THAI_BINH.parent / "hung-yen-2025"
"""The example of two levels of government after 1/7/2025."""


def load_plan(path: Path) -> Plan:
    """The plan in a YAML file. Raises ``pydantic.ValidationError`` naming every field that is wrong."""
    loaded: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Plan.model_validate(loaded)


def load_plans(folder: Path) -> list[Plan]:
    """Every plan in a province's folder, by file name."""
    return [load_plan(path) for path in sorted(folder.glob("*.yaml"))]


def load_register(path: Path, province: str, version: int) -> UnitRegister:
    """The units in a CSV file (``code,name,tier,parent,source,valid_from,valid_to,predecessors``), in its order.

    Predecessors are separated by spaces. Raises ``pydantic.ValidationError``.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        rows: list[dict[str, Any]] = [{name: value or None for name, value in r.items()} for r in csv.DictReader(lines)]
    for row in rows:
        row["predecessors"] = (row.get("predecessors") or "").split()
    return UnitRegister.model_validate({"province": province, "version": version, "units": rows})
