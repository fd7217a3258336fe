"""docker-compose.yml as docker reads it: variables filled in, ``$$`` a dollar sign."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

VARIABLE: Final = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<text>[^}]*))?\})")


def filled_in(value: Any, given: Mapping[str, str]) -> Any:
    """A part of the file with its variables replaced: as given, else by the default, else by the empty text."""
    match value:
        case str():
            return VARIABLE.sub(lambda variable: _replacement(variable, given), value)
        case list():
            return [filled_in(item, given) for item in value]
        case dict():
            return {key: filled_in(item, given) for key, item in value.items()}
    return value


def required_variables(text: str) -> set[str]:
    """The variables without which compose starts nothing."""
    return {variable["name"] for variable in VARIABLE.finditer(text) if variable["kind"] == "?"}


def _replacement(variable: re.Match[str], given: Mapping[str, str]) -> str:
    if variable["dollar"]:
        return "$"
    return given.get(variable["name"]) or (variable["text"] if variable["kind"] == "-" else "")
