"""Files in the database: read as they were written, alone under their id, and in a backup."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from deploy.backup.back_up import copy_order
from deploy.stack.embedded import Stack
from services.council.paper_life.state import PaperRecord, PaperVersion, Scan, Withdrawal
from services.council.paper_life.store import PaperLifeStore
from shared.runtime.mongo import Database
from shared.runtime.stored_files import StoredFiles

CONTENT = bytes(range(256)) * 4096


async def content(files: StoredFiles, file_id: str) -> bytes:
    return b"".join([part async for part in await files.read(file_id)])


class Failing(io.BytesIO):
    """A file that cannot be read to its end."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 500_000:
            raise OSError("the disk is gone")
        return super().read(size)


async def test_a_file_is_read_as_it_was_written_and_never_replaced(database: Database) -> None:
    files = database.files("scans")
    await files.add("a", "a.pdf", io.BytesIO(CONTENT))
    await files.add("a", "a.pdf", io.BytesIO(b"another"))
    assert await content(files, "a") == CONTENT
    assert await files.ids() == {"a"}
    await files.remove("a")
    await files.remove("a")
    with pytest.raises(FileNotFoundError):
        await files.read("a")


async def test_nothing_is_left_of_a_file_that_could_not_be_read(database: Database) -> None:
    with pytest.raises(OSError, match="disk"):
        await database.files("scans").add("a", "a.pdf", Failing(CONTENT))
    assert await database.documents("scans.chunks").count() == 0
    assert await database.files("scans").ids() == set()


async def test_a_scan_whose_record_was_never_written_goes_after_a_day(database: Database) -> None:
    """A service that was killed between the two leaves it. A scan that was withdrawn is named, and stays."""
    lives, now = PaperLifeStore(database), datetime.now(UTC)
    for scan_id in ("named", "withdrawn", "unnamed"):
        await lives.add_scan(scan_id, "a.pdf", io.BytesIO(b"%PDF"))
    mistake = Withdrawal(by="A", at=now, reason="nhầm tệp")
    scans = (scan("withdrawn", now).model_copy(update={"withdrawn": mistake}), scan("named", now))
    versions = (PaperVersion(n=1, scans=scans),)
    record = PaperRecord(
        session="p/q/s", paper="minutes", kind="minutes", name="Biên bản", bears_number=True, versions=versions
    )
    await lives.save(0, record)
    assert await lives.remove_unnamed_scans(now + timedelta(hours=23)) == 0
    assert await lives.remove_unnamed_scans(now + timedelta(hours=25)) == 1
    assert await database.files("scans").ids() == {"named", "withdrawn"}


def scan(scan_id: str, at: datetime) -> Scan:
    return Scan(id=scan_id, sha256="0" * 64, size=4, pages=1, by="A", at=at)


async def test_a_copy_of_the_collections_has_the_files(database: Database, servers: Stack) -> None:
    """As a backup copies them: the record before its scan, the scan before its parts, no file that is made here."""
    await database.files("scans").add("a", "a.pdf", io.BytesIO(CONTENT))
    await database.files("made").add("b", "b.pdf", io.BytesIO(b"x"))
    await database.documents("papers").append({"_id": "a"})
    order = copy_order("council", await database.collections())
    assert order == ["papers", "scans.files", "scans.chunks"]
    copy = Database(servers.mongo, f"test_{uuid4().hex}")
    try:
        for name in order:
            await copy.documents(name).restore([doc async for doc in database.documents(name).dump()])
        assert await content(copy.files("scans"), "a") == CONTENT
    finally:
        await copy.drop()
        await copy.close()
