"""Ids derived from what they identify, so that publishing the same thing again yields the same id."""

from __future__ import annotations

from hashlib import sha1
from uuid import UUID

_THIDUA = UUID("6f1f2f0e-3f0a-5d0b-9d3a-7c1d5c0d2023").bytes


def derived(*parts: object) -> str:
    """A UUIDv5 over the parts, in their order (RFC 9562 5.5).

    It is written out because ``str(uuid5(...))`` takes eight times as long, and a report needs eight ids.
    """
    name = "\x1f".join([str(part) for part in parts]).encode()
    digest = bytearray(sha1(_THIDUA + name, usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50  # the version, 5
    digest[8] = digest[8] & 0x3F | 0x80  # the variant
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
