"""This release opens a data folder and a backup that release 0.1.0 made with the shortened demo year.

``data/0.1.0-stack.tar.xz`` is the database folder of a stopped stack, ``0.1.0-backup.tar.xz`` a backup taken just
before it stopped, ``0.1.0-seen.json`` what its services answered then.
"""

from __future__ import annotations

import asyncio
import json
import tarfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.backup.restore import restore
from deploy.demo.drive import Driver
from deploy.demo.run import province, reporters, served
from deploy.demo.year import START
from deploy.maintenance.audit import check_chains, published_heads
from deploy.maintenance.verify import verify
from deploy.stack.embedded import Stack
from deploy.stack.folders import claim_folder
from shared.contracts.model import VIETNAM
from shared.contracts.topics import SERVICES

DATA = Path(__file__).parent / "data"
PLAYED_TO = datetime(2024, 1, 12, 9, tzinfo=VIETNAM)
"""The instant to which the data of the release was played."""
PLANS, REGISTER = province()

pytestmark = pytest.mark.timeout(180)


def unpack(archive: str, folder: Path) -> Path:
    """Unpack an archive from the data folder beside this file; returns the folder of its content."""
    with tarfile.open(DATA / archive) as packed:
        packed.extractall(folder, filter="data")
    (content,) = folder.iterdir()
    return content


async def from_data_folder(folder: Path) -> None:
    """A stack's folder with the old database files."""
    claim_folder(folder)
    old = await asyncio.to_thread(unpack, "0.1.0-stack.tar.xz", folder.parent / "unpack")
    (old / "db").rename(folder / "db")


async def from_backup(folder: Path) -> None:
    """A stack's folder restored from the old backup."""
    await restore(await asyncio.to_thread(unpack, "0.1.0-backup.tar.xz", folder.parent / "unpack"), folder)


async def seen(driver: Driver) -> dict[str, Any]:
    """What people see of the year, in the form of ``0.1.0-seen.json``."""
    boards = await driver.get("scoring", driver.movement_path("boards"))
    return {
        "boards": [
            [
                board["field"],
                board["tier"],
                board["scope"],
                [[p["rank"], p["unit"], p["score"]] for p in board["places"]],
            ]
            for board in boards
        ],
        "agendas": await driver.get("council", "/v1/sessions"),
        "decisions": [decision.model_dump(mode="json") for decision in await driver.decisions()],
        "lists": [lists.model_dump(mode="json") for lists in await driver.award_lists()],
        "reminders": await driver.get("notify", "/v1/counts"),
        "reports": await driver.get("intake", "/v1/counts"),
        "notices": [notice["id"] for notice in await driver.get("notify", "/v1/notices")],
    }


def as_kept(agenda: dict[str, Any]) -> dict[str, Any]:
    """What is kept of an agenda: 0.1.0 closed a session when its window ended, though nobody had closed it.

    Such a session is frozen, with the items and numbers it had then, and marked as past its window in a new version.
    """
    kept = {name: agenda[name] for name in ("session", "name", "plan", "frozen_at", "items", "status", "version")}
    if agenda["status"] == "closed" or agenda.get("window_over"):
        return {**kept, "status": "frozen", "version": agenda["version"] - (1 if "window_over" in agenda else 0)}
    return kept


@pytest.mark.parametrize(
    "opened",
    [
        pytest.param(from_data_folder, id="data folder"),
        pytest.param(from_backup, id="backup", marks=pytest.mark.apart),
    ],
)
async def test_data_of_the_last_release_opens_and_every_check_agrees(
    opened: Callable[[Path], Any], tmp_path: Path
) -> None:
    """Boards, agendas, decisions and reminders are as they were; verify and the audit chains find no difference."""
    await opened(tmp_path / "stack")
    async with (
        Stack(tmp_path / "stack", served(PLANS), agencies=reporters(PLANS), clock_start=START, keep=True) as stack,
        Driver(stack, PLANS, REGISTER, reporters(PLANS)) as driver,
    ):
        await driver.client.wait_assigned()
        await driver.client.wait_at_rest(PLAYED_TO)
        assert (await verify(stack.kafka, stack.mongo))[1] == []
        checked = await check_chains(stack.mongo, SERVICES, await published_heads(stack.kafka))
        assert {chain.service: chain.bad for chain in checked} == dict.fromkeys(SERVICES)
        before = json.loads((DATA / "0.1.0-seen.json").read_text(encoding="utf-8"))
        after = await seen(driver)
        assert [as_kept(agenda) for agenda in after.pop("agendas")] == [as_kept(a) for a in before.pop("agendas")]
        # Several notices of one instant to one recipient, which this release no longer writes, have no order.
        assert sorted(after.pop("notices")) == sorted(before.pop("notices"))
        assert after == before
