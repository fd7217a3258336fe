"""JSON from outside, validated to the letter of its schema: no text for a number, no number for a day. Pure.

Pydantic converts by default, which is right for YAML and for what an earlier release stored. From outside it would
make 85 of "8_5", 1 of true and 1970 of 0, and nobody who sent these meant that.
"""

from __future__ import annotations

import json
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from shared.contracts.json_values import JsonValue
from shared.contracts.model import STRICT_INPUT

_Model = TypeVar("_Model")


def validate_strictly(adapter: TypeAdapter[_Model], text: str) -> _Model:
    """The value in a JSON text. Raises pydantic's ``ValidationError`` exactly if its JSON Schema refuses the text, or
    the model finds a contradiction between fields.
    """
    try:
        return adapter.validate_json(text, strict=True, context=STRICT_INPUT)
    except ValidationError as invalid:
        # JSON Schema knows no difference between 1 and 1.0.
        if not any(error["type"] == "int_type" and _is_whole(error["input"]) for error in invalid.errors()):
            raise
    return adapter.validate_json(json.dumps(_with_whole_numbers(json.loads(text))), strict=True, context=STRICT_INPUT)


def _is_whole(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()


def _with_whole_numbers(value: JsonValue) -> JsonValue:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_with_whole_numbers(item) for item in value]
    if isinstance(value, dict):
        return {name: _with_whole_numbers(item) for name, item in value.items()}
    return value
