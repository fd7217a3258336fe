"""When operators' tasks were last done, noted in a service's database so that its metrics know the age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from shared.runtime.mongo import Database

Task = Literal["backup", "verify"]
TASKS: Final[tuple[Task, ...]] = ("backup", "verify")


@dataclass(frozen=True, slots=True)
class LastDone:
    """When a task was last done (UTC, the machine's clock), and the differences it found."""

    at: datetime
    mismatches: int


class MaintenanceNotes:
    """The notes of one database, one a task."""

    def __init__(self, database: Database) -> None:
        self._state = database.documents("state")

    async def note(self, task: Task, at: datetime, mismatches: int = 0) -> None:
        """Note that a task was done. Raises the database's errors."""
        await self._state.put({"_id": f"done {task}", "at": at, "mismatches": mismatches})

    async def last(self, task: Task) -> LastDone | None:
        """When the task was last done; None if it never was. Raises the database's errors."""
        doc = await self._state.get(f"done {task}")
        return LastDone(doc["at"], doc["mismatches"]) if doc else None
