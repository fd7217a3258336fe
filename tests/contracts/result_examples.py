"""Golden examples of results, altered for tests, and how the fast decoder and the contract decode them."""

from __future__ import annotations

import json
from typing import Any

from shared.contracts.fast_decoder import decode
from shared.contracts.model import Kind
from shared.contracts.topics import RESULTS
from tests.contracts.golden import examples
from tests.support.figures import differences

EXAMPLES = examples(RESULTS)


def example_of(kind: Kind) -> dict[str, Any]:
    """The golden example of a kind, with rows and without a withdrawal."""
    events = (json.loads(RESULTS.by_contract(example.value).encode()) for example in EXAMPLES)
    plain = (event for event in events if event["data"]["rows"] and event["data"]["instead"] is None)
    return next(event for event in plain if event["data"]["kind"] == kind)


def is_decoded_fast(value: bytes) -> bool:
    """Whether the fast decoder decodes a record; asserts that the contract then decodes it to the same event."""
    event = decode(value)
    if event is None:
        return False
    assert differences(RESULTS.by_contract(value), event) == []
    return True


def without(event: dict[str, Any], *path: str | int) -> dict[str, Any]:
    """A copy of the event without the field at a path."""
    return changed(event, None, *path, remove=True)


def changed(event: dict[str, Any], value: Any, *path: str | int, remove: bool = False) -> dict[str, Any]:
    """A copy of the event with another value at a path, or with the value removed."""
    copy: dict[str, Any] = json.loads(json.dumps(event))
    *parents, last = path
    container: Any = copy
    for step in parents:
        container = container[step]
    if remove:
        del container[last]
    else:
        container[last] = value
    return copy


def compact(event: dict[str, Any]) -> bytes:
    """The event in the JSON form that intake writes."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
