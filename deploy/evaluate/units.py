"""The units file of `thidua evaluate`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from deploy.evaluate.tables import Row, rows
from shared.contracts.awards import Scope
from shared.contracts.plan import Plan
from shared.contracts.units import Unit, UnitRegister

UNITS = ("unit", "name", "tier", "parent", "valid_from", "valid_to")
TIERS = ("so", "huyen", "xa", "dvsn")

_OUR_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_ALIAS = re.compile(r"ma-[0-9a-f]{48}")


@dataclass(frozen=True)
class Roster:
    """The units of the files. ``inside`` are the codes the rules know them by, ``outside`` those of the files.

    They are the same, except for a code of the files that ours cannot be. Lists are sorted by those of the files.
    """

    register: UnitRegister
    inside: Mapping[str, str]
    outside: Mapping[str, str]

    def unit(self, row: Row, column: str = "unit") -> Unit:
        """The unit a cell names. Raises ``UnreadableRow``."""
        return self.register.by_code[self.inside[row.text(column, self.inside)]]

    def told(self, text: str) -> str:
        """A sentence of the rules with the codes in it as the files write them."""
        return _ALIAS.sub(lambda found: self.outside.get(found.group(), found.group()), text)


def read_units(path: Path, plan: Plan) -> Roster:
    """The units in a file; a parent that has no row of its own is taken as a body that is not ranked.

    A unit that some award ranks within its parent must have one. Raises ``UnreadableRow``.
    """
    lines = list(rows(path, UNITS))
    named = {row.text("unit") for row in lines} | {row.cells["parent"] for row in lines if row.has("parent")}
    inside = {name: _code(name) for name in named}
    own_parent = plan.choices.certificate_scope == "parent"
    within = {award.tier.value for award in plan.awards if own_parent and award.scope is Scope.PARENT}
    units: dict[str, dict[str, Any]] = {}
    for row in lines:
        if row.text("unit") in units:
            raise row.wrong("unit", "mỗi đơn vị một dòng")
        if row.text("tier", TIERS) in within and not row.has("parent"):
            raise row.wrong("parent", "mã đơn vị cấp trên, vì có xếp hạng trong phạm vi đó")
        units[row.cells["unit"]] = _unit(row, inside)
    bodies = [_body(inside[name], name) for name in sorted(named - units.keys())]
    about = {"province": plan.province, "version": 1, "units": [*units.values(), *bodies]}
    return Roster(UnitRegister.model_validate(about), inside, {code: name for name, code in inside.items()})


def _code(name: str) -> str:
    """A code of ours stays, for plans name units by it. An alias is what nobody calls a unit or a subject."""
    return name if _OUR_CODE.fullmatch(name) else f"ma-{sha256(name.encode()).hexdigest()[:48]}"


def _unit(row: Row, inside: Mapping[str, str]) -> dict[str, Any]:
    unit = {
        "code": inside[row.text("unit")],
        "name": row.text("name") if row.has("name") else row.text("unit"),
        "tier": row.text("tier"),
        "parent": inside[row.text("parent")] if row.has("parent") else None,
        "source": "assumed",
        "valid_from": row.day("valid_from"),
        "valid_to": row.day("valid_to"),
    }
    try:
        Unit.model_validate(unit)
    except ValidationError:
        raise row.wrong("name" if row.has("name") else "unit", "tên dài nhất 2000 chữ") from None
    return unit


def _body(code: str, name: str) -> dict[str, Any]:
    return {"code": code, "name": name[:2000], "tier": "khac", "source": "assumed"}
