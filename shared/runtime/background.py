"""Work a service does beside its consumer and its outbox, for as long as it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol


class BackgroundWork(Protocol):
    """One piece of background work."""

    async def run(self) -> None:
        """Work until cancelled. Faults that pass by themselves stay inside; any other exception ends the service."""

    def wake(self) -> None:
        """Look now for something to do: the outbox has just published. Must not block or raise."""

    async def backlog(self) -> int:
        """How much is left that could be done now. While it is not zero the service is not at rest.

        What follows from a document the outbox has published must count from the moment that document is no longer
        pending. Raises the database's transient errors.
        """


class Background:
    """All the background work of one service."""

    def __init__(self, works: Sequence[BackgroundWork]) -> None:
        self._works = works

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Run each piece as a task of the group."""
        for work in self._works:
            tasks.create_task(work.run())

    def wake(self) -> None:
        """Wake each piece."""
        for work in self._works:
            work.wake()

    async def backlog(self) -> int:
        """How much is left that could be done now. Raises the database's transient errors."""
        return sum([await work.backlog() for work in self._works])
