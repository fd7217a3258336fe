"""Types for JSON whose shape is arbitrary: a body before it is validated, a schema document, output for a program.

Anything with a known shape has a model, a struct or a dataclass of its own instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
"""Any JSON value. Its lists and objects are read-only, so that a list of texts is one too."""

JsonObject: TypeAlias = Mapping[str, JsonValue]
"""A JSON object."""
