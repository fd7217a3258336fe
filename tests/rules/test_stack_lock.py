"""One process at a time uses a stack's folder, and none that belongs to it outlives the one that started it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.cli.stacks import moved_port
from deploy.stack.embedded import Stack
from deploy.stack.folders import MARKER, FolderNotOurs, empty_folder, keep_data
from deploy.stack.keys import Keys, kept_keys
from deploy.stack.lock import FolderInUse, FolderLock, is_locked, locked, take_over
from deploy.stack.part import Part, PartDied
from deploy.stack.ports import PORTS
from deploy.stack.processes import STACK_VARIABLE, Processes, end_left_behind, left_behind, read_processes
from shared.contracts.topics import SERVICES

ROOT = Path(__file__).parents[2]
SLEEP = [sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(100)"]


class Started:
    """Processes that are ended with the test."""

    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[str]] = []

    def start(self, program: list[str], **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            program,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def part(self, folder: Path) -> subprocess.Popen[str]:
        """A process that belongs to the stack in a folder."""
        process = self.start(SLEEP, **{STACK_VARIABLE: str(folder.resolve())})
        assert process.stdout is not None
        process.stdout.readline()
        return process


@pytest.fixture
def started() -> Iterator[Started]:
    every = Started()
    yield every
    for process in every.processes:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def note(folder: Path, owner: int, **parts: int) -> Processes:
    return Processes("thidua up", owner, parts, dict.fromkeys(parts, SLEEP))


def test_a_locked_folder_is_refused_with_who_uses_it_and_where(tmp_path: Path) -> None:
    """Nothing in it is touched."""
    folder = tmp_path / "up"
    with locked(folder):
        note(folder, 4711).write(folder)
        (folder / "run.json").write_text(json.dumps({"intake": "http://127.0.0.1:8101"}))
        assert is_locked(folder)
        with pytest.raises(FolderInUse) as refused:
            take_over(FolderLock(folder))
        for named in (str(folder), "thidua up", "4711", "http://127.0.0.1:8101", "thidua stop"):
            assert named in str(refused.value)
        assert (folder / "run.json").exists()
    assert not is_locked(folder)
    take_over(FolderLock(folder))


def test_the_system_gives_the_lock_back_when_its_holder_is_killed(tmp_path: Path, started: Started) -> None:
    """Emptying the folder does not."""
    code = (
        "import sys, time; from pathlib import Path; from deploy.stack.lock import FolderLock;"
        "from deploy.stack.folders import empty_folder; lock = FolderLock(Path(sys.argv[1])); lock.acquire();"
        "empty_folder(lock.folder); print('ready', flush=True); time.sleep(100)"
    )
    folder = tmp_path / "up"
    holder = started.start([sys.executable, "-c", code, str(folder)])
    assert holder.stdout is not None
    assert holder.stdout.readline() == "ready\n"
    with pytest.raises(FolderInUse):
        FolderLock(folder).acquire()
    holder.kill()
    holder.wait()
    FolderLock(folder).acquire()


def test_what_a_crash_left_behind_is_ended_and_nothing_else(tmp_path: Path, started: Started) -> None:
    """A process that got the id of one of ours, and one of another folder's stack, stay."""
    folder = tmp_path / "up"
    ours, foreign, other = started.part(folder), started.start(SLEEP), started.part(tmp_path / "other")
    with locked(folder):
        note(folder, 1, intake=ours.pid, mongo=foreign.pid, kafka=other.pid).write(folder)
    assert take_over(FolderLock(folder)) == {"intake": ours.pid}
    assert ours.wait(10) == -signal.SIGTERM
    assert (foreign.poll(), other.poll()) == (None, None)
    processes = read_processes(folder)
    assert processes is not None
    assert left_behind(folder, processes) == {}


def test_a_part_that_does_not_stop_is_killed(tmp_path: Path, started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.stack.processes._TERM_SECONDS", 0.2)
    stubborn = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP[-1]}"
    part = started.start([sys.executable, "-c", stubborn], **{STACK_VARIABLE: str(tmp_path.resolve())})
    assert part.stdout is not None
    part.stdout.readline()
    end_left_behind(tmp_path, note(tmp_path, 1, intake=part.pid))
    assert part.wait(10) == -signal.SIGKILL


@pytest.mark.parametrize("taken_over", [False, True], ids=["crashed", "taken over by the next stack"])
def test_parts_end_when_their_parent_is_gone(tmp_path: Path, started: Started, taken_over: bool) -> None:
    """The watch ends what its own parent started, but not what the next stack in the folder did."""
    part = started.part(tmp_path)
    owner = 4711
    note(tmp_path, 4712 if taken_over else owner, intake=part.pid).write(tmp_path)
    watch = started.start([sys.executable, "-m", "deploy.stack.orphan_watch", str(tmp_path), str(owner)])
    assert watch.stdin is not None
    watch.stdin.close()  # as the system does when the parent dies
    assert watch.wait(30) == 0
    if taken_over:
        assert part.poll() is None
    else:
        assert part.wait(10) == -signal.SIGTERM


def test_a_folder_with_data_to_keep_is_never_emptied(tmp_path: Path) -> None:
    """``thidua demo --dir .thidua/up`` deleted the agencies' database."""
    folder = tmp_path / "up"
    keep_data(folder)
    (folder / "db").mkdir()
    with pytest.raises(FolderNotOurs, match="thidua up"):
        empty_folder(folder)
    assert (folder / "db").exists()


def test_a_folder_and_its_keys_are_only_their_owner_s(tmp_path: Path) -> None:
    """The keys stay the same from start to start."""
    folder = tmp_path / "up"
    folder.mkdir(mode=0o755)
    keep_data(folder)
    keys = kept_keys(folder)
    assert kept_keys(folder) == keys != Keys()
    assert folder.stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o077 for path in folder.glob("*.json")} == {0}


def test_a_folder_of_an_earlier_release_gets_a_key_for_sign_ins_and_keeps_its_others(tmp_path: Path) -> None:
    """People stay signed in over a restart, so the new key is kept too."""
    (tmp_path / "keys.json").write_text('{"operator": "a", "desk": "b"}')
    keys = kept_keys(tmp_path)
    assert (keys.operator, keys.desk, len(keys.sign_in)) == ("a", "b", 64)
    assert kept_keys(tmp_path) == keys


def test_a_damaged_note_is_no_note(tmp_path: Path) -> None:
    (tmp_path / "processes.json").write_text("{")
    assert read_processes(tmp_path) is None
    (tmp_path / MARKER).touch()
    began = time.monotonic()
    take_over(FolderLock(tmp_path))
    assert time.monotonic() - began < 5


async def died(folder: Path, *last_words: str) -> str:
    """The sentence about a part that ended on its own with these lines in its log."""
    (folder / "logs").mkdir()
    program = [sys.executable, "-c", f"print({chr(10).join(last_words)!r}); raise SystemExit(3)"]
    part = Part("mongo", program, folder / "logs" / "mongo.log")
    await part.start()
    assert part.process is not None
    await part.process.wait()
    with pytest.raises(PartDied) as died:
        part.check()
    return str(died.value)


async def test_a_part_that_died_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    sentence = await died(tmp_path, *(f"line {n}" for n in range(40)))
    assert sentence.startswith(f"mongo đã dừng ngoài ý muốn (mã 3); cuối tệp {tmp_path}/logs/mongo.log:\nline 25\n")


async def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    """Not the database's traceback."""
    sentence = await died(tmp_path, "Traceback", "OSError: [Errno 28] No space left on device")
    assert (
        sentence == f"mongo đã dừng ngoài ý muốn (mã 3): đĩa chứa {tmp_path} đã đầy; hãy giải phóng chỗ rồi chạy lại."
    )


def test_a_taken_port_is_moved_and_named(tmp_path: Path) -> None:
    """Only where the usual ports are wanted."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # somebody else has it already, which does as well
            taken.bind(("127.0.0.1", PORTS["intake"]))
            taken.listen()
        stack = Stack(tmp_path, fixed_ports=True)
        port = stack.moved["intake"]
        assert stack.urls["intake"] == f"http://127.0.0.1:{port}"
        assert moved_port("intake", port) == (
            f"  Cổng 8101 đang có chương trình khác dùng, nên cổng tiếp nhận chạy ở cổng {port}."
        )
    assert Stack(tmp_path).moved == {}


def test_everything_listens_on_this_machine_only(tmp_path: Path) -> None:
    """The embedded broker and database ask for no password."""
    stack = Stack(tmp_path)
    database, broker = stack._database().command, stack._broker().command
    assert database[database.index("--host") + 1] == "127.0.0.1"
    assert broker[broker.index("--listener-url") + 1] == f"tcp://{stack.kafka}"
    assert stack.kafka.startswith("127.0.0.1:")
    assert {stack.environment(name)["THIDUA_HOST"] for name in SERVICES} == {"127.0.0.1"}
