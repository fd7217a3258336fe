"""The clock as a collaborator: the machine's clock, or one that stands still until it is driven."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Gives the current instant in UTC."""

    def now(self) -> datetime:
        """The current instant, UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current instant, UTC."""
        return datetime.now(UTC)


class DrivenClock:
    """A clock that only ``drive`` moves, for the demo and for tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it was last driven to, UTC."""
        return self._now

    def drive(self, to: datetime) -> None:
        """Move to an instant with a time zone; an earlier one changes nothing."""
        self._now = max(self._now, to.astimezone(UTC))
