"""`thidua backup` copies a running stack; `thidua restore` restores all that was acknowledged into another folder."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.backup.back_up import BackupError, back_up, copy_order
from deploy.backup.restore import FolderOccupied, check_backup, restore
from deploy.demo.drive import Driver
from deploy.demo.run import province, reporters, served
from deploy.demo.year import MOVEMENT, START
from deploy.maintenance.audit import check_chains, published_heads
from deploy.maintenance.verify import verify
from deploy.stack.embedded import Stack
from deploy.stack.folders import claim_folder
from shared.contracts.model import Tier
from shared.contracts.topics import SERVICES
from tests.support import warm_commands
from tests.support.played_year import END, Played

PLANS, REGISTER = province()
AGENCY = "so-tttt"
UNIT = next(unit.code for unit in REGISTER.units if unit.tier is Tier.DVSN)


async def thidua(*args: str | Path) -> tuple[int, str]:
    """Run the command line; returns its exit code and output."""
    ended = await warm_commands.thidua(*args)
    return ended.code, " ".join((ended.err + ended.out).split())


@asynccontextmanager
async def driving(stack: Stack, played: Played) -> AsyncIterator[Driver]:
    """A driver with the keys issued on the played stack, which stay valid on a restored stack."""
    async with Driver(stack, PLANS, REGISTER, reporters(PLANS)) as driver:
        driver._keys = played.keys
        yield driver


@asynccontextmanager
async def restored(folder: Path, played: Played) -> AsyncIterator[tuple[Stack, Driver]]:
    """A stack at rest on a restored folder."""
    async with (
        Stack(folder, served(PLANS), agencies=reporters(PLANS), clock_start=START, keep=True) as stack,
        driving(stack, played) as driver,
    ):
        await driver.client.wait_assigned()
        await driver.client.wait_at_rest(END)
        yield stack, driver


async def visible_state(driver: Driver) -> dict[str, Any]:
    """The state visible to people: boards, verdicts, lists, agendas, decisions, receipts, nominations, notices."""
    lists = await driver.award_lists()
    state: dict[str, Any] = {
        "boards": await driver.get("scoring", driver.movement_path("boards")),
        "lists": lists,
        "verdicts": {award_lists.award: await driver.verdicts(award_lists.award) for award_lists in lists},
        "agendas": await driver.get("council", "/v1/sessions"),
        "decisions": await driver.decisions(),
        "notices": await driver.get("notify", "/v1/notices"),
        "reminders": await driver.get("notify", "/v1/counts"),
        "reports": await driver.get("intake", "/v1/counts"),
    }
    for agency in (AGENCY, "so-noi-vu", "so-nnptnt"):
        for what in ("receipts", "nominations"):
            url = f"{driver._stack.urls['intake']}/v1/{what}"
            state[f"{what} of {agency}"] = (
                await driver.client.request("GET", url, headers=await driver.agency_headers(agency))
            ).json()
    return state


async def chains_are_whole(stack: Stack) -> None:
    """Check that every service's chain is whole and continues where the backup ends."""
    checked = await check_chains(stack.mongo, SERVICES, await published_heads(stack.kafka))
    assert {chain.service: chain.bad for chain in checked} == dict.fromkeys(SERVICES)


def score(n: int) -> str:
    return f"{n % 90}.5"


async def report(driver: Driver, n: int) -> None:
    """The n-th correction of a unit's score."""
    about = {"movement": MOVEMENT, "obligation": "OB07", "period": "2023", "kind": "score", "as_of": "2023-11-30"}
    await driver.client.request(
        "POST",
        f"{driver._stack.urls['intake']}/v1/reports",
        headers={**await driver.agency_headers(AGENCY), "Idempotency-Key": f"backup-{n}"},
        json={**about, "rows": [{"unit": UNIT, "score": score(n)}]},
        accept=(202,),
    )


@pytest.mark.apart
@pytest.mark.timeout(400)
async def test_a_running_stack_is_backed_up_and_restored_unchanged(played: Played, tmp_path: Path) -> None:
    """A year is backed up while everything runs, then the restored stack while reports keep arriving."""
    first, second = tmp_path / "first", tmp_path / "second"
    async with driving(played.stack, played) as driver:
        before = await visible_state(driver)
    code, out = await thidua("backup", first, "--mongo", played.stack.mongo)
    assert code == 0, out
    assert {path.stat().st_mode & 0o077 for path in first.rglob("*")} == {0}, "nobody else reads it"
    code, out = await thidua("restore", first, "--dir", tmp_path / "a")
    assert code == 0, out

    async with restored(tmp_path / "a", played) as (stack, driver):
        assert (await verify(stack.kafka, stack.mongo))[1] == []
        await chains_are_whole(stack)
        assert await visible_state(driver) == before

        sent: list[int] = []
        several = asyncio.Event()

        async def pour() -> None:
            while len(sent) < 150:  # an agency may not send more at once
                await report(driver, len(sent) + 1)
                sent.append(len(sent) + 1)
                if len(sent) == 5:
                    several.set()
                await asyncio.sleep(0.02)  # the pace of the reports

        pouring = asyncio.create_task(pour())
        await several.wait()
        acknowledged = len(sent)
        await back_up(stack.mongo, second)
        pouring.cancel()
        await asyncio.wait([pouring])
        assert pouring.cancelled() or pouring.exception() is None
        assert len(sent) > acknowledged
        code, out = await thidua("restore", second, "--dir", tmp_path / "a", "--force")
        assert (code, "đang được dùng" in out) == (1, True), out

    await restore(second, tmp_path / "b")
    async with restored(tmp_path / "b", played) as (stack, driver):
        assert (await verify(stack.kafka, stack.mongo))[1] == []
        await chains_are_whole(stack)
        receipts = (await visible_state(driver))[f"receipts of {AGENCY}"]["receipts"]
        kept = [
            int(receipt["report"].removeprefix("backup-")) for receipt in receipts if "backup-" in receipt["report"]
        ]
        assert sorted(kept) == list(range(1, len(kept) + 1)), "a version that others rest on is missing"
        assert acknowledged <= len(kept) <= len(sent) + 1
        board = await driver.get("scoring", driver.movement_path("standings/chuyen-doi-so/dvsn"))
        assert {place["unit"]: place["score"] for place in board["places"]}[UNIT] == score(len(kept))


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
async def backup(played: Played, tmp_path: Path) -> Path:
    """A backup for tests that damage it."""
    code, out = await thidua("backup", tmp_path / "backup", "--mongo", played.stack.mongo)
    assert code == 0, out
    return tmp_path / "backup"


async def test_a_backup_with_one_byte_changed_is_refused_and_the_file_named(backup: Path, tmp_path: Path) -> None:
    """This holds for every file, the manifest and its seal too, and for a truncated or missing file."""
    for path in (file for file in files(backup) if file.stat().st_size):
        whole = path.read_bytes()
        middle = len(whole) // 2
        for spoilt in (whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :], whole[:-1], None):
            if spoilt is None:
                path.unlink()
            else:
                path.write_bytes(spoilt)
            with pytest.raises(BackupError) as refused:
                check_backup(backup)
            named = path.name if not path.name.startswith("manifest") else "manifest.json"
            assert named in str(refused.value)
            path.write_bytes(whole)
    assert check_backup(backup)["files"]
    spoilt_file = backup / "intake" / "reports.bson"
    spoilt_file.write_bytes(spoilt_file.read_bytes()[:-1] + b"x")
    code, out = await thidua("restore", backup, "--dir", tmp_path / "up")
    assert code == 1
    assert "intake/reports.bson" in out
    assert not (tmp_path / "up").exists()


async def test_a_restore_replaces_data_only_on_request_and_only_after_the_backup_is_verified(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with data is refused; --force replaces the data, but only after the new data is complete."""
    folder, kept = tmp_path / "up", tmp_path / "up" / "db" / "precious"
    claim_folder(folder)
    kept.parent.mkdir()
    kept.touch()
    with pytest.raises(FolderOccupied, match="có dữ liệu rồi"):
        await restore(backup, folder)

    def broken_off(name: str, n: int, of: int) -> None:
        if n == of - 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await restore(backup, folder, force=True, on_progress=broken_off)
    assert kept.exists()
    assert not (folder / "restoring").exists()
    await restore(backup, folder, force=True)
    assert not kept.exists()


async def test_an_interrupted_backup_is_never_accepted_as_a_backup(
    played: Played, backup: Path, tmp_path: Path
) -> None:
    """It does not have its final name yet; and an existing folder is never written into."""
    code, out = await thidua("backup", backup, "--mongo", played.stack.mongo)
    assert (code, "đã có; hãy nêu" in out) == (1, True)
    shutil.copytree(backup, tmp_path / "half")
    (tmp_path / "half" / "manifest.json").unlink()
    with pytest.raises(BackupError, match="không phải là bản sao lưu đầy đủ"):
        check_backup(tmp_path / "half")
    assert not [path for path in files(tmp_path) if "unfinished" in str(path)]


def test_the_deliveries_are_copied_after_the_accounts_that_name_those_still_to_be_made() -> None:
    """In the other order, a notice handed over in between would be in neither copy, and its mail lost."""
    kept = ["deliveries", "accounts", "plans", "registers", "state"]
    assert copy_order("notify", kept) == ["state", "accounts", "deliveries", "registers", "plans"]


def test_collections_that_others_depend_on_are_copied_last() -> None:
    """Published heads come before the chain, the chain before its subjects, and unlisted collections in between."""
    kept = ["plans", "persons", "reports", "audit", "state", "new", "dead_letters", "audit_heads", "nominations"]
    assert copy_order("intake", [*kept, "registers"]) == [
        *("state", "audit_heads", "audit", "dead_letters", "new"),
        *("nominations", "reports", "persons", "registers", "plans"),
    ]
