"""The units file of `thidua evaluate`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from shared.contracts.awards import Scope
from shared.contracts.plan import Plan
from shared.contracts.units import Unit, UnitRegister
from shared.tables.reading import rows
from shared.tables.rows import Row

UNITS = ("unit", "name", "tier", "parent", "valid_from", "valid_to")
RANKED_TIERS = ("so", "huyen", "xa", "dvsn")
TIERS = (*RANKED_TIERS, "khac")

_OF_A_REGISTER = ("source", "predecessors", "province")
"""Columns of a province's register that change no result."""

_REGISTER_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_ALIAS = re.compile(r"ma-[0-9a-f]{48}")


@dataclass(frozen=True)
class Roster:
    """The units of the files. ``codes`` maps codes of the files to those in the register; ``file_codes`` maps back.

    A code of the files that the register does not allow gets an alias; all others are equal. Results are sorted by the
    codes of the files.
    """

    register: UnitRegister
    codes: Mapping[str, str]
    file_codes: Mapping[str, str]

    def unit(self, row: Row, column: str = "unit") -> Unit:
        """The unit a cell names. Raises ``UnreadableRow``."""
        return self.register.by_code[self.codes[row.text(column, self.codes)]]

    def with_file_codes(self, text: str) -> str:
        """A sentence of the rules with every alias in it replaced by the code of the files."""
        return _ALIAS.sub(lambda alias: self.file_codes.get(alias.group(), alias.group()), text)


def unit_rows(path: Path) -> Iterator[Row]:
    """The rows of a units file or of a province's register, where ``unit`` is ``code``. Raises ``UnreadableRow``."""
    return rows(path, UNITS, _OF_A_REGISTER, {"code": "unit"})


def read_units(path: Path, plan: Plan) -> Roster:
    """The units of a file. A parent without a row of its own becomes a unit of the tier ``khac``, which is not ranked.

    A unit that some award ranks within its parent must name one. Raises ``UnreadableRow``.
    """
    lines = list(unit_rows(path))
    named = {row.text("unit") for row in lines} | {row.cells["parent"] for row in lines if row.has("parent")}
    codes = {name: _code(name) for name in named}
    own_parent = plan.choices.certificate_scope == "parent"
    within = {award.tier.value for award in plan.awards if own_parent and award.scope is Scope.PARENT}
    units: dict[str, Mapping[str, object]] = {}
    for row in lines:
        if row.text("unit") in units:
            raise row.wrong("unit", "mỗi đơn vị một dòng")
        if row.text("tier", TIERS) in within and not row.has("parent"):
            raise row.wrong("parent", "mã đơn vị cấp trên, vì có xếp hạng trong phạm vi đó")
        units[row.cells["unit"]] = _unit(row, codes)
    parents = [_unranked_parent(codes[name]) for name in sorted(named - units.keys())]
    register = {"province": plan.province, "version": 1, "units": [*units.values(), *parents]}
    return Roster(UnitRegister.model_validate(register), codes, {code: name for name, code in codes.items()})


def _code(name: str) -> str:
    """The register's code for a code of the files.

    A code the register allows is kept, because plans name units by it. Any other gets an alias.
    """
    return name if _REGISTER_CODE.fullmatch(name) else f"ma-{sha256(name.encode()).hexdigest()[:48]}"


def _unit(row: Row, codes: Mapping[str, str]) -> Mapping[str, object]:
    unit = {
        "code": codes[row.text("unit")],
        "name": row.text("name") if row.has("name") else codes[row.text("unit")],
        "tier": row.text("tier"),
        "parent": codes[row.text("parent")] if row.has("parent") else None,
        "source": "assumed",
        "valid_from": row.day("valid_from"),
        "valid_to": row.day("valid_to"),
    }
    try:
        Unit.model_validate(unit)
    except ValidationError:
        raise row.wrong("name" if row.has("name") else "unit", "tên dài nhất 2000 chữ") from None
    return unit


def _unranked_parent(code: str) -> Mapping[str, object]:
    return {"code": code, "name": code, "tier": "khac", "source": "assumed"}
