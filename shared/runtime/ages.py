"""How old the oldest unhandled record and the oldest unsent document are. Pure: ``now`` is monotonic seconds.

Neither the broker's end offsets nor a pending document say since when something waits, so an age is counted from when
this process first saw it. It is right within one look, starts at 0 after a restart, and no clock but this machine's
counts, also where a demo drives the clock.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Mapping
from typing import Final, TypeVar

_MOST_MARKS: Final = 512

Key = TypeVar("Key", bound=Hashable)


class UnhandledAges:
    """Since when each end offset of a partition is known."""

    def __init__(self) -> None:
        self._marks: defaultdict[Hashable, deque[tuple[int, float]]] = defaultdict(deque)

    def see(self, partition: Hashable, end: int, now: float) -> None:
        """Note a partition's end offset: the records before it exist since ``now`` at the latest."""
        marks = self._marks[partition]
        if marks and marks[-1][0] >= end:
            return
        if len(marks) == _MOST_MARKS:  # eight minutes behind: newer records then count as a little older than they are
            marks[-1] = end, marks[-1][1]
        else:
            marks.append((end, now))

    def age(self, partition: Hashable, handled: int, now: float) -> float:
        """Seconds since the first record from offset ``handled`` on was known; 0 if there is none."""
        marks = self._marks[partition]
        while marks and marks[0][0] <= handled:
            marks.popleft()
        return now - marks[0][1] if marks else 0.0

    def forget(self) -> None:
        """Forget everything; offsets of another assignment or another broker follow."""
        self._marks.clear()


class WaitingAges:
    """Since when each thing waits."""

    def __init__(self) -> None:
        self._first_seen: dict[Hashable, tuple[int, float]] = {}

    def oldest(self, waiting: Mapping[Key, int], now: float, *, progressed: bool) -> float:
        """Seconds since the oldest of the waiting things was first seen; 0 if nothing waits.

        ``waiting`` gives each thing's revision. A thing with a new revision may have been done in between and wait
        again, but only if anything was done since the last look (``progressed``).
        """
        seen: dict[Hashable, tuple[int, float]] = {}
        for key, revision in waiting.items():
            before = self._first_seen.get(key)
            if before is None or (progressed and before[0] != revision):
                seen[key] = revision, now
            else:
                seen[key] = revision, before[1]
        self._first_seen = seen
        return max((now - since for _, since in seen.values()), default=0.0)
