"""The keys of a stack's operator and of its council's desk."""

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
    """Both keys; by default new ones."""

    operator: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    desk: str = field(default_factory=lambda: secrets.token_urlsafe(32))


def kept_keys(folder: Path) -> Keys:
    """The keys of a folder whose data are kept, made at the first call. Only its owner can read them.

    So what operators and desks noted is valid after a restart. Raises ``OSError``.
    """
    path = folder / _FILE
    try:
        return Keys(**json.loads(path.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        keys = Keys()
        write_privately(path, json.dumps(asdict(keys)))
        return keys


def digest(key: str) -> str:
    """The SHA-256 of a key, which is all that the services get of it."""
    return sha256(key.encode()).hexdigest()
