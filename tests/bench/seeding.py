"""Units and plans put into a service's database beforehand: a register of 100,000 units is no message for a topic."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.runtime.mongo import Database
from shared.runtime.references import References
from tests.bench.load import World
from tests.bench.memory import MemoryDatabase

_AT = datetime(2023, 12, 1, tzinfo=UTC)


async def seed(database: Database, worlds: Iterable[World]) -> None:
    """Have a service's database know the units and plans of some provinces."""
    references = References(database)
    for each in worlds:
        await references.learn_register(each.register, _AT)
        await references.learn_plan(each.plan, _AT)


def write_seed(worlds: Iterable[World], path: Path) -> None:
    """Put units and plans into a file, for the process that keeps its documents itself."""
    lines = [
        json.dumps({"register": each.register.model_dump_json(), "plan": each.plan.model_dump_json()})
        for each in worlds
    ]
    path.write_text("\n".join(lines))


def seed_memory(service: str, path: Path) -> None:
    """Put what is in such a file into the database this process keeps."""

    lines = path.read_text().splitlines()

    async def learn() -> None:
        references = References(MemoryDatabase("", os.environ.get("THIDUA_DATABASE_PREFIX", "thidua_") + service))
        for line in lines:
            told = json.loads(line)
            await references.learn_register(UnitRegister.model_validate_json(told["register"]), _AT)
            await references.learn_plan(Plan.model_validate_json(told["plan"]), _AT)

    asyncio.run(learn())
