"""Reads plans and units from the files of a province."""

from __future__ import annotations

import csv
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister

PROVINCES = Path(str(files("shared.plans")))
"""The folder with one folder of plans and units for each province."""


def load_plan(path: Path) -> Plan:
    """The plan in a YAML file. Raises ``pydantic.ValidationError`` with an error for each invalid field."""
    loaded: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Plan.model_validate(loaded)


def load_plans(folder: Path) -> list[Plan]:
    """All plans in a province's folder, in the order of their file names."""
    return [load_plan(path) for path in sorted(folder.glob("*.yaml"))]


def load_register(path: Path, province: str, version: int) -> UnitRegister:
    """The units in a CSV file, in the file's order.

    The columns are ``code,name,tier,parent,source,valid_from,valid_to,predecessors``; predecessors are separated by
    spaces. Raises ``pydantic.ValidationError``.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, str | list[str] | None]] = [
            {name: value or None for name, value in r.items()} for r in csv.DictReader(file)
        ]
    for row in rows:
        row["predecessors"] = str(row.get("predecessors") or "").split()
    return UnitRegister.model_validate({"province": province, "version": version, "units": rows})
