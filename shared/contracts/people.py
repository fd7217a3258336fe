"""Who uses the pages and the programs' routes: a person or a named system, with a role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Role = Literal["secretary", "leader", "member", "officer", "viewer", "operator"]
"""Thư ký, lãnh đạo, ủy viên, chuyên viên of an agency, người xem, vận hành."""

ROLE_NAMES: Final[dict[Role, str]] = {
    "secretary": "thư ký",
    "leader": "lãnh đạo",
    "member": "ủy viên",
    "officer": "chuyên viên",
    "viewer": "người xem",
    "operator": "vận hành",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, or the name of a system's key. ``id`` is stable; ``agency`` is an officer's agency code."""

    id: str
    name: str
    role: Role
    agency: str | None = None
