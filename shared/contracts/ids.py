"""Ids derived from what they identify, so that publishing the same thing again yields the same id."""

from __future__ import annotations

from uuid import UUID, uuid5

_THIDUA = UUID("6f1f2f0e-3f0a-5d0b-9d3a-7c1d5c0d2023")


def derived(*parts: object) -> str:
    """A UUIDv5 over the parts, in their order."""
    return str(uuid5(_THIDUA, "\x1f".join(str(part) for part in parts)))
