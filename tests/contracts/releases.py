"""The earlier releases: their golden examples and JSON Schemas, and what they can read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

RELEASED = Path(__file__).parent / "released"
RELEASES = sorted(path for path in RELEASED.iterdir() if path.is_dir())
every_release = pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)


def without_additional_properties(schema: Any) -> Any:
    """A schema that allows unknown fields, as the consumers of its release do."""
    match schema:
        case dict():
            return {
                key: without_additional_properties(value)
                for key, value in schema.items()
                if not (key == "additionalProperties" and value is False)
            }
        case list():
            return [without_additional_properties(item) for item in schema]
    return schema


def schema_errors(release: Path, value: bytes) -> list[str]:
    """Why a release cannot read an event; empty if it can, or if it does not know the event's type and skips it."""
    event = json.loads(value)
    path = release / "schemas" / f"{event['type']}.schema.json"
    if not path.exists():
        return []
    schema = without_additional_properties(json.loads(path.read_text(encoding="utf-8")))
    errors = jsonschema_rs.validator_for(schema).iter_errors(event)
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in errors]
