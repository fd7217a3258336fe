"""How many records of a partition may become dead letters before somebody must look at them; pure.

A single unreadable record is the fault of its sender. Many of them are usually ours: a bad deployment must not turn a
whole topic into dead letters. The limit counts the offsets of stored dead letters, so it holds across restarts and
replicas.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DeadLetterLimit:
    """At most ``in_a_row`` dead letters in a row, and a ``share`` (0 to 1) of the last ``window`` records.

    A share of few records means nothing, so ``min_remaining`` dead letters are allowed in every window.
    """

    in_a_row: int = 50
    share: Decimal = Decimal("0.05")
    window: int = 1000
    min_remaining: int = 50

    def stops(self, dead_letters: Collection[int], at: int) -> str | None:
        """Why the record at offset ``at`` may not become a dead letter; None when it may.

        ``dead_letters`` are the offsets of dead letters; all other offsets of the window count as records that were
        read.
        """
        streak, previous = 1, at - 1
        while previous in dead_letters:
            streak, previous = streak + 1, previous - 1
        if streak > self.in_a_row:
            return f"more than {self.in_a_row} dead letters in a row"
        seen = min(at + 1, self.window)
        count = 1 + sum(at - self.window < offset < at for offset in dead_letters)
        if count > max(Decimal(self.min_remaining), self.share * seen):
            return f"more than {max(self.min_remaining, int(self.share * seen))} dead letters in {seen} records"
        return None
