"""Files that take long: made once by all processes, begun again where a process ended, and not kept for ever."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import IO

import pytest
import pytest_asyncio

from services.council.documents.bundle import Report
from services.council.long_files import worker
from services.council.long_files.state import LOST_SECONDS, NAMED_SECONDS, Work
from services.council.long_files.store import WorkStore
from services.council.long_files.worker import CannotMake, LongFiles
from shared.runtime.mongo import Database

NOW = datetime(2023, 12, 20, 9, tzinfo=UTC)


def wanted(key: str = "a", minutes: int = 0) -> Work:
    return Work(key, "thai-binh/kh/P4", "bundle.pdf", "Thư ký", NOW + timedelta(minutes=minutes), owner="", beat=0)


@pytest_asyncio.fixture
async def store(database: Database) -> WorkStore:
    opened = WorkStore(database)
    await opened.prepare()
    return opened


async def content(files: LongFiles, key: str = "a") -> bytes:
    return b"".join([part async for part in await files.file(key)])


async def test_two_processes_that_are_asked_at_once_make_a_file_once(store: WorkStore) -> None:
    times: list[str] = []
    here, there = LongFiles(store), LongFiles(store)

    def make(name: str) -> worker.Make:
        async def write(target: IO[bytes], report: Report) -> None:
            times.append(name)
            report(1, 2, "lập")
            await asyncio.sleep(0)
            target.write(b"x" * 700_000)

        return write

    await asyncio.gather(here.ask(wanted(), make("here")), there.ask(wanted(), make("there")))
    ended = await asyncio.gather(here.wait("a"), there.wait("a"))
    assert [work and (work.finished, work.size) for work in ended] == [("done", 700_000)] * 2
    assert len(times) == 1
    assert await content(there) == b"x" * 700_000
    await there.ask(wanted(), make("later"))
    assert len(times) == 1


async def test_a_file_is_ready_though_a_beat_of_its_process_was_on_its_way(
    store: WorkStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database has written that it still works, and its answer is on its way when the file is ready."""
    beats, ready = asyncio.Event(), asyncio.Event()
    save = store.save

    async def slow(work: Work) -> Work:
        saved = await save(work)
        if work.revision and not work.finished:
            beats.set()
            await ready.wait()
        return saved

    async def make(target: IO[bytes], _: Report) -> None:
        await beats.wait()
        target.write(b"made")
        asyncio.get_running_loop().call_later(0.2, ready.set)

    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(store, "save", slow)
    files = LongFiles(store)
    await files.ask(wanted(), make)
    work = await files.wait("a")
    assert work is not None
    assert work.finished == "done"


async def test_a_failure_names_its_reason_and_the_file_may_be_asked_for_again(store: WorkStore) -> None:
    files, faults = LongFiles(store), [CannotMake("unusable_template", "Mẫu hỏng"), RuntimeError("a bug")]

    async def make(target: IO[bytes], _: Report) -> None:
        if faults:
            raise faults.pop(0)
        target.write(b"made")

    for code in ("unusable_template", "not_made"):
        await files.ask(wanted(), make)
        failed = await files.wait("a")
        assert failed is not None
        assert (failed.state(time.time()), failed.code) == ("failed", code)
    await files.ask(wanted(), make)
    await files.wait("a")
    assert await content(files) == b"made"


async def test_a_file_whose_process_ended_is_made_again(store: WorkStore) -> None:
    dead = replace(wanted(), owner="dead", beat=time.time() - LOST_SECONDS - 1)
    await store.save(dead)
    files = LongFiles(store)
    interrupted = await files.find("a")
    assert interrupted is not None
    assert interrupted.state(time.time()) == "interrupted"

    async def make(target: IO[bytes], _: Report) -> None:
        target.write(b"again")

    await files.ask(wanted(), make)
    await files.wait("a")
    assert await content(files) == b"again"


async def test_only_the_latest_files_are_kept(store: WorkStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_MOST_KEPT", 2)
    files = LongFiles(store)

    async def make(target: IO[bytes], _: Report) -> None:
        target.write(b"y")

    for n, key in enumerate("abc"):
        await files.ask(wanted(key, n), make)
        await files.wait(key)
    assert [await files.find(key) is None for key in "abc"] == [True, False, False]
    with pytest.raises(FileNotFoundError):
        await content(files, "a")
    assert await content(files, "c") == b"y"


async def test_a_file_with_names_is_removed_after_an_hour_and_may_be_asked_for_again(store: WorkStore) -> None:
    """Others stay. Also one whose process ended before it could say that the file is there."""
    files = LongFiles(store)

    async def make(target: IO[bytes], _: Report) -> None:
        target.write(b"names")

    for key, named in (("a", True), ("b", False), ("c", True)):
        await files.ask(replace(wanted(key), named=named), make)
        await files.wait(key)
    ended = await files.find("c")
    assert ended is not None
    await store.save(replace(ended, finished="", beat=ended.beat - NAMED_SECONDS))
    await store.remove_names(time.time() + 1)
    assert await content(files, "a") == b"names"
    with pytest.raises(FileNotFoundError):
        await content(files, "c")
    await store.remove_names(time.time() + NAMED_SECONDS + 1)
    removed = await files.find("a")
    assert removed is not None
    assert removed.state(time.time()) == "expired"
    with pytest.raises(FileNotFoundError):
        await content(files, "a")
    assert await content(files, "b") == b"names"
    assert (await files.ask(replace(wanted("a"), named=True), make)).state(time.time()) == "running"
    await files.wait("a")
    assert await content(files, "a") == b"names"


async def test_a_file_with_names_counts_as_removed_once_its_hour_is_over(store: WorkStore) -> None:
    """Before anybody has removed it."""
    work = replace(wanted(), named=True, finished="done", beat=1000.0)
    assert [work.state(1000 + seconds) for seconds in (NAMED_SECONDS, NAMED_SECONDS + 1)] == ["done", "expired"]
    assert replace(work, named=False).state(1001 + NAMED_SECONDS) == "done"


async def test_the_process_looks_for_old_files_with_names_once_a_minute(
    store: WorkStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[float] = []

    async def remove_names(seconds: float) -> None:
        looked.append(seconds)

    monkeypatch.setattr(store, "remove_names", remove_names)
    files = LongFiles(store)
    for seconds in (1000, 1030, 1059, 1060, 1061):
        await files.remove_names(seconds)
    assert looked == [1000, 1060]


async def test_how_long_a_file_usually_takes_is_the_median_of_the_latest_five_of_its_name(store: WorkStore) -> None:
    """Waiting for the turn does not count, nor what failed, nor works that earlier releases did not measure."""
    assert await store.usual_seconds("bundle.pdf") is None
    for n, seconds in enumerate((900, 10, 20, 30, 40, 50)):
        await store.save(replace(wanted(f"k{n}", n), finished="done", begun=1000.0, beat=1000.0 + seconds))
    await store.save(replace(wanted("failed", 7), finished="failed", begun=1000.0, beat=1001.0))
    await store.save(replace(wanted("old", 8), finished="done", beat=5000.0))
    await store.save(replace(wanted("other", 9), file="bundle.zip", finished="done", begun=1.0, beat=2.0))
    assert await store.usual_seconds("bundle.pdf") == 30
    assert await store.usual_seconds("bundle.zip") == 1


async def test_a_work_keeps_when_its_turn_came_and_how_long_it_took(store: WorkStore) -> None:
    files = LongFiles(store)

    async def make(target: IO[bytes], _: Report) -> None:
        await asyncio.sleep(0.3)
        target.write(b"x")

    began = time.time()
    await asyncio.gather(files.ask(wanted("a"), make), files.ask(wanted("b", 1), make))
    works = [await files.wait(key) for key in "ab"]
    assert all(work is not None and 0.29 < work.beat - work.begun < 0.6 for work in works)
    assert max(work.begun for work in works if work) > began + 0.29, "the second waited for its turn"
