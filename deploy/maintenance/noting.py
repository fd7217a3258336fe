"""Notes in the running stack when an operator's task was done, so that the services' metrics know its age."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.contracts.topics import Service
from shared.runtime.maintenance_notes import MaintenanceNotes, Task
from shared.runtime.mongo import Database
from shared.runtime.settings import ServiceSettings


async def note(mongo: str, service: Service, task: Task, mismatches: int = 0, prefix: str = "thidua_") -> None:
    """Note in a service's database that a task was done now, with the differences it found. Raises its errors."""
    database = Database(mongo, prefix + service, ServiceSettings().mongo_driver)
    try:
        await MaintenanceNotes(database).note(task, datetime.now(UTC), mismatches)
    finally:
        await database.close()
