"""Golden examples of figures, to be spoilt, and what two readers then make of them."""

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
    """The golden example of a kind, to be spoilt."""
    said = (json.loads(RESULTS.by_contract(example.said).encode()) for example in EXAMPLES)
    plain = (each for each in said if each["data"]["rows"] and each["data"]["instead"] is None)
    return next(each for each in plain if each["data"]["kind"] == kind)


def taken(value: bytes) -> bool:
    """Whether the fast reader takes a record; if so, the contract has to take it as well, and read the same."""
    event = decode(value)
    if event is None:
        return False
    assert differences(RESULTS.by_contract(value), event) == []
    return True


def without(said: dict[str, Any], *path: str | int) -> dict[str, Any]:
    """The same less a field."""
    return changed(said, None, *path, gone=True)


def changed(said: dict[str, Any], value: Any, *path: str | int, gone: bool = False) -> dict[str, Any]:
    """The same with another value at a place."""
    copy: dict[str, Any] = json.loads(json.dumps(said))
    *way, last = path
    place: Any = copy
    for step in way:
        place = place[step]
    if gone:
        del place[last]
    else:
        place[last] = value
    return copy


def compact(said: dict[str, Any]) -> bytes:
    """In the form intake writes."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
