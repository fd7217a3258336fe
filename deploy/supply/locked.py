"""The packages that the lock files name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1]
IMAGE: Final = FOLDER / "requirements.txt"
"""The lock of the image."""
DEVELOPMENT: Final = FOLDER / "requirements-dev.txt"
"""The lock of a checkout: that of the image, the embedded stack, and the tools."""

_PIN: Final = re.compile(r"([a-z0-9][a-z0-9._-]*)==([^ \\]+)")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Locked:
    """A package at a version, with the SHA-256 digests (hex) of the files that may be installed."""

    name: str
    version: str
    digests: tuple[str, ...]


def locked(path: Path) -> dict[str, Locked]:
    """The packages of a lock file by name. Raises ``OSError``."""
    packages: dict[str, Locked] = {}
    for entry in re.split(r"\n(?=\S)", path.read_text(encoding="utf-8")):
        if match := _PIN.match(entry):
            packages[match[1]] = Locked(match[1], match[2], tuple(_HASH.findall(entry)))
    return packages
