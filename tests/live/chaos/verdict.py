"""The findings of the oracle."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Loss = Literal["lost", "twice", "mismatch"]


@dataclass(frozen=True)
class Broken:
    """One breach of the promise: its kind, the check that found it, and a description."""

    loss: Loss
    check: str
    what: str

    def __str__(self) -> str:
        return f"{self.loss} [{self.check}] {self.what}"


@dataclass
class Verdict:
    """The findings of one look of the oracle, and how much was checked."""

    broken: list[Broken] = field(default_factory=list)
    reports: int = 0
    figures: int = 0
    dead_letters: int = 0
    notices: int = 0
    sittings: int = 0
    paper_steps: int = 0
    invitations: int = 0
    repeated_mails: int = 0
    resent: int = 0

    def count(self, loss: Loss) -> int:
        """The number of breaches of a kind."""
        return sum(breach.loss == loss for breach in self.broken)

    @property
    def caught_by(self) -> list[str]:
        """The checks that found a breach."""
        return sorted({breach.check for breach in self.broken})
