"""Which agencies have API keys, read from intake's database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.intake.access.key_policy import Key
from services.intake.access.key_store import keys_by_agency
from shared.runtime.mongo import Database
from shared.runtime.settings import ServiceSettings


@dataclass(frozen=True)
class AgencyKeys:
    """An agency, by its code in the register of units, and its API keys, oldest first, expired ones included."""

    agency: str
    keys: tuple[Key, ...]

    def live(self, now: datetime) -> list[Key]:
        """The keys that are accepted at an instant."""
        return [key for key in self.keys if key.is_live(now)]


async def agencies_with_keys(mongo: str, prefix: str = "thidua_") -> list[AgencyKeys]:
    """Every agency that was ever issued a key it still has, by code. Raises the database's errors."""
    database = Database(mongo, f"{prefix}intake", ServiceSettings().mongo_driver)
    try:
        keys = await keys_by_agency(database)
    finally:
        await database.close()
    return [AgencyKeys(agency, tuple(kept)) for agency, kept in keys.items() if kept]
