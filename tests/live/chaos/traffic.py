"""The reports that agencies send, derived from a seed: with few or many figures, some of them invalid."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.contracts.intake import ReportSubmitted
from shared.contracts.model import Kind
from tests.live.chaos.arena import START
from tests.live.chaos.plans import Feed, feeds

Way = Literal["http", "inbox"]
Manner = Literal["once", "twice", "reused", "given up", "null header", "odd header"]
"""How a report is sent: once; twice at once under the same id; again with another body; without waiting for the answer;
over the inbox with an unreadable header."""

_SIZES = (1, 8, 40, 120, 318)
_WEIGHTS = (2, 2, 2, 3, 5)
_HTTP_SHARE = 0.7
_WRONG_SHARE = 0.03
_HTTP_MANNERS: tuple[tuple[Manner, int], ...] = (("once", 80), ("twice", 12), ("reused", 4), ("given up", 4))
_INBOX_MANNERS: tuple[tuple[Manner, int], ...] = (("once", 70), ("twice", 14), ("null header", 8), ("odd header", 8))


@dataclass
class Report:
    """A report: its content, how it is sent, and its answer.

    ``receipt`` is the answer as received. ``lives`` are the ids of the clusters on which its inbox message was
    published, in order. A ``wrong`` report is invalid and must be returned.
    """

    id: str
    feed: Feed
    way: Way
    manner: Manner
    rows: tuple[dict[str, Any], ...]
    wrong: bool
    receipt: dict[str, Any] | None = None
    lives: list[str] = field(default_factory=list)

    @property
    def body(self) -> dict[str, Any]:
        """The report as the agency writes it."""
        return {
            "movement": self.feed.movement,
            "obligation": self.feed.obligation,
            "period": "2023",
            "kind": self.feed.kind.value,
            "as_of": "2023-11-30",
            "rows": list(self.rows),
        }

    @property
    def event(self) -> bytes:
        """The report as a message for the agency's inbox topic."""
        event = ReportSubmitted.model_validate(
            {"id": self.id, "source": self.feed.agency, "time": START, "subject": self.id, "data": self.body}
        )
        return event.encode()

    @property
    def figures(self) -> int:
        """The number of figures that count if it is accepted; 0 for a wrong report."""
        return 0 if self.wrong else len(self.rows)


class Traffic:
    """Makes a sequence of reports that depends only on the seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(f"traffic {seed}")
        self._made = 0

    def figures(self, wanted: int) -> list[Report]:
        """Reports with at least this many figures in total."""
        made: list[Report] = []
        while sum(report.figures for report in made) < wanted:
            made.append(self.report())
        return made

    def report(self, **fixed: Any) -> Report:
        """The next report; ``fixed`` are the fields of it that are not random."""
        rng = self.rng
        self._made += 1
        feed = fixed.pop("feed", None) or rng.choice(feeds())
        size = fixed.pop("size", None) or rng.choices(_SIZES, _WEIGHTS)[0]
        units = rng.sample(feed.units, min(size, len(feed.units)))
        wrong = feed.kind is Kind.SCORE and rng.random() < _WRONG_SHARE
        rows = [_row(feed.kind, unit, rng) for unit in units]
        way: Way = "http" if rng.random() < _HTTP_SHARE else "inbox"
        way = fixed.pop("way", way)
        manners = _HTTP_MANNERS if way == "http" else _INBOX_MANNERS
        manner: Manner = rng.choices([m for m, _ in manners], [w for _, w in manners])[0]
        report = Report(f"{self._made}/BC-{feed.obligation}", feed, way, manner, tuple(rows), wrong)
        for name, value in fixed.items():
            setattr(report, name, value)
        if report.wrong:
            report.rows[0]["score"] = "100.01"
            if report.manner == "reused":  # what was refused is in conflict with nothing
                report.manner = "once"
        return report


def _row(kind: Kind, unit: str, rng: random.Random) -> dict[str, Any]:
    if kind is Kind.SCORE:
        return {"unit": unit, "score": f"{rng.randrange(10_001) / 100:.2f}"}
    if kind is Kind.TASKS:
        due = rng.randrange(1, 40)
        return {"unit": unit, "due": due, "done_on_time": due - (rng.random() < 0.3)}
    if kind is Kind.DISCIPLINE:
        return {"unit": unit, "violations": int(rng.random() < 0.2)}
    return {"unit": unit, "listed": rng.random() < 0.6}
