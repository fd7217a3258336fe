"""Units and plans put into a service's database beforehand: a register of 100,000 units is too large for a message."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable, Mapping
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
    """Store the units and plans of some provinces in a service's database."""
    await _learn(database, [_references(world) for world in worlds])


def _references(world: World) -> dict[str, str]:
    # The shortest form of the register: with every null written out, 100,000 units are too large a document.
    return {"register": world.register.model_dump_json(exclude_defaults=True), "plan": world.plan.model_dump_json()}


async def _learn(database: Database, documents: Iterable[Mapping[str, str]]) -> None:
    references = References(database)
    for document in documents:
        register = UnitRegister.model_validate_json(document["register"])
        key = f"{register.province}/{register.version}"
        await references._register_documents.insert({"_id": key, "json": document["register"], "learnt_at": _AT})
        await references.learn_plan(Plan.model_validate_json(document["plan"]), _AT)


def write_seed(worlds: Iterable[World], path: Path) -> None:
    """Put units and plans into a file, for the process that keeps its documents itself."""
    path.write_text("\n".join(json.dumps(_references(world)) for world in worlds))


def seed_memory(service: str, path: Path) -> None:
    """Put what is in such a file into the database this process keeps."""
    documents = [json.loads(line) for line in path.read_text().splitlines()]
    name = os.environ.get("THIDUA_DATABASE_PREFIX", "thidua_") + service
    asyncio.run(_learn(MemoryDatabase("", name), documents))
