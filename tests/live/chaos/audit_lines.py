"""Checks that nothing was published by council or notify that their audit chains do not have."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any


async def wrong_lines(chain: Any, records: AsyncIterator[Any]) -> list[str]:
    """The published records without a line in a chain: topic, event id, SHA-256 of the value, key."""
    lines = {line async for entry in chain.find({"what": "said"}, {"said": 1}) for line in entry["said"]}
    wrong: list[str] = []
    async for record in records:
        line = (
            f"{record.topic} {json.loads(record.value)['id']} {sha256(record.value).hexdigest()} {record.key.decode()}"
        )
        if line not in lines:
            wrong.append(f"{line} was published and is not in the chain")
    return wrong
