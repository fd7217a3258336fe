"""The keys of a stack's operator and of its council's desk, and the key that signs its people's sign-ins."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from deploy.stack.processes import write_privately

_FILE: Final = "keys.json"


@dataclass(frozen=True)
class Keys:
    """All of a stack's keys; by default new ones. ``sign_in`` is an Ed25519 private key in hex."""

    operator: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    desk: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    sign_in: str = field(default_factory=lambda: secrets.token_hex(32))


def kept_keys(folder: Path) -> Keys:
    """The keys of a folder whose data are kept, made at the first call. Only its owner can read them.

    So what operators and desks noted is valid after a restart. Raises ``OSError``.
    """
    path = folder / _FILE
    try:
        kept = json.loads(path.read_text())
        keys = Keys(**kept)
    except (FileNotFoundError, ValueError, TypeError):
        kept, keys = {}, Keys()
    if kept != asdict(keys):  # there were none, or an earlier release made them
        write_privately(path, json.dumps(asdict(keys)))
    return keys


def digest(key: str) -> str:
    """The SHA-256 of a key, which is all that the services get of it."""
    return sha256(key.encode()).hexdigest()
