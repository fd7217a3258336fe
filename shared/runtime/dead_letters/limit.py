"""How many records of a partition may go to the dead letters before somebody must look; pure.

One record nobody can read is its sender's; most of them are ours: a bad deployment must not empty a topic into the dead
letters. What counts are the letters kept, by their offsets, so that a restart or another replica goes on counting.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DeadLetterLimit:
    """``in_a_row`` letters, and the ``share`` of the last ``window`` records, that are still let through.

    Shares of a few records mean nothing: ``min_remaining`` letters are let through in every window.
    """

    in_a_row: int = 50
    share: Decimal = Decimal("0.05")
    window: int = 1000
    min_remaining: int = 50

    def stops(self, dead_letters: Collection[int], at: int) -> str | None:
        """Why the record at an offset may not become one more letter after those at these offsets; None where it may.

        Offsets before ``at`` count that are letters; all others of the window are records that were read.
        """
        streak, before = 1, at - 1
        while before in dead_letters:
            streak, before = streak + 1, before - 1
        if streak > self.in_a_row:
            return f"more than {self.in_a_row} dead letters in a row"
        seen = min(at + 1, self.window)
        count = 1 + sum(at - self.window < each < at for each in dead_letters)
        if count > max(Decimal(self.min_remaining), self.share * seen):
            return f"more than {max(self.min_remaining, int(self.share * seen))} dead letters in {seen} records"
        return None
