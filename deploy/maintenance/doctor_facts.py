"""Gathers what ``doctor`` checks from a running deployment. What does not answer becomes None, never an exception."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Awaitable, Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, TypeVar

import httpx

from deploy.maintenance.doctor import Facts, ServiceFacts
from deploy.maintenance.kafka_rights import Acl
from deploy.maintenance.plan_ends import plan_ends
from services.intake.access.key_store import keys_by_agency
from shared.contracts.model import local
from shared.contracts.topics import SERVICES
from shared.plans.working_days import viet_nam
from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS, Admin
from shared.runtime.maintenance_notes import MaintenanceNotes
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, Database
from shared.runtime.references import References
from shared.runtime.settings import ServiceSettings

_SECONDS: Final = 10.0
_RELEASE: Final = re.compile(r'^thidua_build_info\{.*version="([^"]*)"', re.MULTILINE)
_UNANSWERED: Final = (*TRANSIENT_BROKER_ERRORS, *TRANSIENT_DATABASE_ERRORS, httpx.HTTPError, OSError, TimeoutError)

T = TypeVar("T")


async def gather_facts(
    kafka: str,
    mongo: str,
    urls: Mapping[str, str],
    data: Path | None,
    acls: Collection[Acl] | None,
    prefix: str = "thidua_",
) -> Facts:
    """All facts. ``urls`` are the services' addresses, ``data`` a folder on the disk that holds the databases."""
    settings, now = ServiceSettings(), datetime.now(UTC)
    databases = {str(name): Database(mongo, prefix + name, settings.mongo_driver) for name in SERVICES}
    intake, admin = databases["intake"], Admin(kafka, 1, settings.kafka_login)
    references = References(intake)
    try:
        await _answer(references.refresh())
        keys = await _answer(keys_by_agency(intake))
        names = [*urls]
        answers = await asyncio.gather(*(_answer(_service(urls[name])) for name in names))
        backup = await _answer(MaintenanceNotes(intake).last("backup"))
        return Facts(
            now=now,
            today=local(now).date(),
            services=dict(zip(names, answers, strict=True)),
            topics=await _answer(admin.topics()),
            agencies=references.reporters(),
            acls=acls,
            indexes=await _answer(_indexes(databases)),
            keys_end=None if keys is None else {a: max(k.expires_at for k in of) for a, of in keys.items() if of},
            calendar_days=viet_nam().days_left(local(now).date()),
            plans_end=plan_ends(references, local(now).date()),
            free_disk=_free(data),
            backup_at=backup.at if backup else None,
        )
    finally:
        await admin.stop()
        for database in databases.values():
            await database.close()


async def _answer(question: Awaitable[T]) -> T | None:
    with suppress(*_UNANSWERED):
        return await asyncio.wait_for(question, _SECONDS)
    return None


async def _service(url: str) -> ServiceFacts:
    async with httpx.AsyncClient(base_url=url, timeout=_SECONDS) as http:
        ready, progress, metrics = await http.get("/readyz"), await http.get("/progress"), await http.get("/metrics")
    match = _RELEASE.search(metrics.text)
    return ServiceFacts(
        release=match[1] if match else "unknown",
        clock=parsedate_to_datetime(progress.headers["date"]),
        unready=tuple(ready.json()["missing"]),
        lag=progress.json()["lag"],
    )


async def _indexes(databases: Mapping[str, Database]) -> dict[str, dict[str, set[str]]]:
    return {name: await database.indexes() for name, database in databases.items()}


def _free(data: Path | None) -> float | None:
    if data is None:
        return None
    usage = shutil.disk_usage(data)
    return usage.free / usage.total
