"""What was looked at and how it ended, and the table of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal

Verdict = Literal["ok", "empty", "skipped", "WRONG"]
"""``empty``: no series, and the reason why a demo has none is known. ``skipped``: a program is missing."""

_ORDER: Final[tuple[Verdict, ...]] = ("WRONG", "skipped", "empty", "ok")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at; ``detail`` is what was found, or the reason."""

    what: str
    name: str
    verdict: Verdict
    detail: str


@dataclass
class Outcome:
    """Everything that was looked at, in order."""

    lines: list[Line] = field(default_factory=list)

    def add(self, what: str, name: str, verdict: Verdict, detail: str = "") -> None:
        """Note one thing."""
        self.lines.append(Line(what, name, verdict, detail))

    @property
    def is_right(self) -> bool:
        """Whether nothing was wrong."""
        return all(line.verdict != "WRONG" for line in self.lines)

    def table(self) -> str:
        """All lines that are not ``ok``, then a count of each kind."""
        rows = [("", "WHAT", "NAME", "DETAIL")]
        shown = sorted((line for line in self.lines if line.verdict != "ok" or line.detail), key=_rank)
        rows += [(line.verdict, line.what, line.name, line.detail) for line in shown]
        widths = [max(len(row[n]) for row in rows) for n in range(3)]
        text = [
            "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
        ]
        counts = Counter((line.what, line.verdict) for line in self.lines)
        for what in dict.fromkeys(line.what for line in self.lines):
            kinds = (f"{counts[what, verdict]} {verdict}" for verdict in reversed(_ORDER) if counts[what, verdict])
            text.append(f"{what}: {', '.join(kinds)}")
        return "\n".join(text)


def _rank(line: Line) -> int:
    return _ORDER.index(line.verdict)
