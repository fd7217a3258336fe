"""``thidua`` itself: which stack it talks to, how it ends when the surroundings are at fault, what its help says."""

from __future__ import annotations

import errno
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from typer.main import get_command
from typer.testing import CliRunner

from deploy.backup.back_up import BackupError
from deploy.cli.faults import EXIT_CODES, INTERRUPTED, MISUSED, OK, UNABLE, WRONG, CommandFailed, described
from deploy.cli.main import app
from deploy.stack.lock import locked
from deploy.stack.part import PartDied
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS
from tests.support.command_line import without_progress

COMMANDS_OF_A_STACK = [
    *(["verify"], ["rebuild", "scoring"], ["explain", "336"], ["backup", "copy"], ["audit", "verify"]),
    *(["plan", "publish", "PLAN"], ["agency", "add", "so-noi-vu"], ["agency", "keys", "so-noi-vu"], ["agency", "list"]),
    *(["dlq", "list"], ["dlq", "show", "intake:a"], ["dlq", "allow", "intake", "t", "--reason", "r", "--actor", "a"]),
]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, with a plan in it."""
    monkeypatch.chdir(tmp_path)
    for variable in ("THIDUA_OPERATOR_KEY", "THIDUA_DIR"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "PLAN").write_text("", encoding="utf-8")
    return tmp_path


def run(*args: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [*args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def addresses(folder: Path) -> None:
    """What a stack leaves in its folder; nothing listens there."""
    away = {"kafka": "127.0.0.1:9", "mongo": "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100"}
    services = dict.fromkeys(("intake", "scoring", "council", "notify"), "http://127.0.0.1:9")
    (folder / "run.json").write_text(
        json.dumps({**away, **services, "operator_key": "k", "desk_key": "k", "movement": "p/m"})
    )


@pytest.mark.parametrize("command", [c for c in COMMANDS_OF_A_STACK if c[0] != "plan"], ids=" ".join)
def test_without_a_stack_a_command_is_one_sentence_and_exit_code_3(command: list[str], checkout: Path) -> None:
    """In one sentence, which advises only options that the command has."""
    code, out, err = run(*command)
    assert (code, out) == (3, "")
    assert re.fullmatch(r"thidua: không có hệ thống nào đang chạy ở đây; hãy chạy thidua up hoặc nêu [^\n]+\.\n", err)
    advised = set(re.findall(r"--[a-z-]+", err))
    assert advised
    assert advised <= set(re.findall(r"--[a-z-]+", run(*command[: 1 + (command[0] in GROUPS)], "--help")[1]))


GROUPS = {"plan", "agency", "dlq", "audit"}


@pytest.mark.parametrize("command", [c for c in COMMANDS_OF_A_STACK if c[0] != "plan"], ids=" ".join)
def test_of_two_running_stacks_one_has_to_be_named(command: list[str], checkout: Path) -> None:
    """It was the demo's, silently."""
    demo, up = (Path(".thidua") / name for name in ("demo", "up"))
    with locked(demo), locked(up):
        for folder in (demo, up):
            addresses(folder)
        code, out, err = run(*command)
        assert (code, out) == (2, "")
        assert ".thidua/demo" in err
        assert ".thidua/up" in err
        assert "--dir" in err
    assert run(*command)[0] == 3, "a stack that is gone but left its addresses does not run"


def test_a_command_names_the_stack_it_talks_to(checkout: Path) -> None:
    """On standard error, so that what it prints can be piped; the stack is named or the only one."""
    up, other = Path(".thidua") / "up", Path("elsewhere")
    with locked(up), locked(other):
        for folder in (up, other):
            addresses(folder)
        code, out, err = run("explain", "336")
        assert (code, out) == (3, "")
        assert err.startswith("Hệ thống: .thidua/up\nthidua: dịch vụ xếp hạng không trả lời tại http://127.0.0.1:9")
        assert "Hệ thống: elsewhere\n" in run("explain", "336", "--dir", "elsewhere")[2]


def test_a_check_of_a_report_names_what_it_needs(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key, a kind of file that it can read, an intake that answers."""
    for variable in ("KEY", "THIDUA"):
        monkeypatch.delenv(variable, raising=False)
    for name in ("a.json", "a.csv"):
        Path(name).write_text("{}", encoding="utf-8")
    assert run("report", "check", "a.csv", "--key", "k")[0] == 2
    assert run("report", "check", "a.json")[0] == 2
    code, out, err = run("report", "check", "a.json", "--key", "k")
    assert (code, out, "--url" in err) == (3, "", True)
    code, out, err = run("report", "check", "a.json", "--key", "k", "--url", "http://127.0.0.1:9")
    assert (code, out, "không trả lời tại http://127.0.0.1:9" in err) == (3, "", True)


@pytest.mark.parametrize(
    "command", [["verify"], ["rebuild", "scoring"], ["dlq", "list"], ["backup", "copy"]], ids=" ".join
)
def test_a_broker_or_database_that_is_away_is_one_sentence(command: list[str], checkout: Path) -> None:
    """``verify`` and ``backup`` printed up to 347 lines."""
    up = Path(".thidua") / "up"
    with locked(up):
        addresses(up)
        code, out, err = run(*command)
    assert (code, out) == (3, "")
    assert len(without_progress(err).splitlines()) == 2, err
    assert re.search(r"thidua: (Kafka|cơ sở dữ liệu) không trả lời", err)
    assert not (checkout / "copy").exists()


NO_DATABASE = TRANSIENT_DATABASE_ERRORS[0]


@pytest.mark.parametrize(
    ("error", "expected", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "a/b"), "đĩa đã đầy, không ghi được a/b.", 3),
        (PermissionError(errno.EACCES, "Permission denied", "a"), "không có quyền đọc hoặc ghi a.", 3),
        (OSError(errno.EROFS, "Read-only file system", "a"), "không có quyền đọc hoặc ghi a.", 3),
        (FileNotFoundError(errno.ENOENT, "No such file", "a"), "không có tệp hoặc thư mục a.", 3),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "a"), "a là tệp, không phải thư mục.", 3),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "a"), "a là thư mục, không phải tệp.", 3),
        (OSError(errno.EMFILE, "Too many open files"), "hệ điều hành báo lỗi: Too many open files", 3),
        (KafkaConnectionError("no\n broker"), "Kafka không trả lời hoặc từ chối: KafkaConnectionError: no broker", 3),
        (NO_DATABASE("x" * 500), f"cơ sở dữ liệu không trả lời hoặc từ chối: {'x' * 160}…", 3),
        (PartDied("mongo đã dừng"), "mongo đã dừng", 3),
        (TimeoutError("quá 60 giây"), "quá 60 giây", 3),
        (BackupError("thiếu tệp"), "thiếu tệp", 1),
        (CommandFailed("không", 2), "không", 2),
        (KeyboardInterrupt(), "đã ngắt.", 130),
        (ValueError("a bug"), None, 0),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_a_fault_of_the_surroundings_is_a_sentence_and_a_code(
    error: BaseException, expected: str | None, code: int
) -> None:
    """A fault of the program keeps its traceback."""
    assert described(error) == ((expected, code) if expected else None)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which not even root can write")
@pytest.mark.parametrize("command", ["up", "demo"])
def test_a_folder_that_cannot_be_written_is_one_sentence(command: str, checkout: Path) -> None:
    code, _, err = run(command, "--dir", "/proc/self/in")
    assert code == 1
    assert len(err.splitlines()) == 1, err


@pytest.mark.parametrize("command", [["up"], ["demo"], ["restore", "."], ["stop"]], ids=" ".join)
def test_a_file_in_place_of_a_folder_is_one_sentence(command: list[str], checkout: Path) -> None:
    code, _, err = run(*command, "--dir", "PLAN")
    assert code in (1, 3)
    assert len(err.splitlines()) == 1, err


def test_status_and_stop_where_nothing_runs(checkout: Path) -> None:
    """Exit code 3, so that a script can ask."""
    assert run("status") == (3, "Không có hệ thống nào ở đây.\n", "")
    code, _, err = run("stop")
    assert (code, err) == (3, "thidua: không có hệ thống nào đang chạy trong .thidua/up.\n")


def test_stop_without_a_folder_means_the_one_stack_that_runs(checkout: Path) -> None:
    """With only the demo running it said that nothing runs."""
    demo, up = (Path(".thidua") / name for name in ("demo", "up"))
    with locked(demo):
        addresses(demo)
        code, _, err = run("stop")
        assert (code, "không biết tiến trình nào chạy trong .thidua/demo;" in err) == (3, True), err
        with locked(up):
            addresses(up)
            code, _, err = run("stop")
            assert (code, "ở đây có 2 hệ thống đang chạy" in err) == (2, True), err


def test_the_version_is_printed() -> None:
    code, out, _ = run("--version")
    assert code == 0
    assert re.fullmatch(r"thidua \d+\.\d+\.\d+\n", out)


@cache
def every_command() -> dict[str, Any]:
    """Every command by its path, groups included."""
    commands: dict[str, Any] = {}

    def walk(command: object, path: str) -> None:
        commands[path] = command
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, f"{path} {name}".strip())

    walk(get_command(app), "")
    return commands


def texts(path: str) -> dict[str, str]:
    """The help of a command and of everything that can be typed with it, ``--help`` included, as it is shown."""
    command: Any = every_command()[""]
    for name in path.split():
        command = command.get_command(command.context_class(command), name)
    shown = {p.name: getattr(p, "help", None) or "" for p in command.get_params(command.context_class(command))}
    return {"": command.help or "", **shown}


_VIETNAMESE = re.compile(r"[ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", re.I)


def test_all_help_is_there_and_in_one_language() -> None:
    """Commands, groups, arguments and options."""
    wrong = {
        f"{path} {name}": text
        for path in every_command()
        for name, text in texts(path).items()
        if not _VIETNAMESE.search(text) and text != "<tỉnh>/<phong trào>"
    }
    assert wrong == {}


def test_the_help_shows_commands_in_the_order_of_use_with_examples_and_exit_codes() -> None:
    code, out, _ = run("--help")
    assert code == 0
    places = [
        out.index(f"│ {name} ") for name in ("up", "stop", "plan", "agency", "explain", "verify", "dlq", "backup")
    ]
    assert places == sorted(places)
    assert "thidua plan publish" in out
    assert "Mã thoát" in out


@pytest.mark.parametrize("path", [p for p, c in every_command().items() if not hasattr(c, "commands")])
def test_every_command_of_a_stack_has_an_option_for_its_folder(path: str) -> None:
    """``--dir`` everywhere but in the commands that only read files."""
    without = {"evaluate", "plan check", "plan diff", "plan schema", "plan gaps", "plan-json", "contracts"}
    without |= {"plan new", "calendar check", "calendar propose", "template check"}
    options = {option for parameter in every_command()[path].params for option in parameter.opts}
    assert ("--dir" in options) == (path not in without)


LEAVES = [path for path, command in every_command().items() if not hasattr(command, "commands")]


def test_the_documented_exit_codes_are_those_of_the_program() -> None:
    """The table in docs/operations.md and the end of ``thidua --help`` name the same ones."""
    text = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8")
    table = text.split("| exit code |")[1].split("\n\n")[0]
    codes = [OK, WRONG, MISUSED, UNABLE, INTERRUPTED]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.M)] == codes
    assert [int(code) for code in re.findall(r"(?:: |· )(\d+) ", EXIT_CODES)] == codes


@pytest.mark.parametrize("path", LEAVES)
def test_help_is_0_and_what_is_typed_wrongly_is_2(path: str, checkout: Path) -> None:
    """An unknown option, a missing argument: nothing is done, and nothing is on standard output."""
    assert run(*path.split(), "--help")[0] == OK
    wrong = [[*path.split(), "--no-such-option"]]
    if any(p.required for p in every_command()[path].params):
        wrong.append(path.split())
    for words in wrong:
        code, out, _ = run(*words)
        assert (code, out) == (MISUSED, ""), words


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["plan", "check", "PLAN"], WRONG),
        (["plan", "check", "no-such-file"], MISUSED),
        (["plan", "gaps", "no-such-file"], MISUSED),
        (["plan-json", "no-such-file"], MISUSED),
        (["restore", "no-such-folder"], MISUSED),
        (["audit", "verify", "no-such-service"], WRONG),
        (["agency", "add", "not a code"], WRONG),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_a_command_ends_with_the_documented_code(command: list[str], expected: int, checkout: Path) -> None:
    """The codes of refusals and of what cannot be done; those of a missing or chosen stack are above."""
    code, out, err = run(*command)
    assert code == expected, (out, err)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("plan check nofile", "giá trị của files không dùng được: không có tệp hoặc thư mục “nofile”"),
        ("calendar propose x", "giá trị của year không dùng được: cần một số"),
        ("remind --at 01/12/2026", "“01/12/2026” không phải ngày dạng năm-tháng-ngày"),
        ("rebuild foo", "“foo” không thuộc: 'scoring', 'council', 'notify'"),
        ("plan check", "thiếu files"),
        ("explain --nope x", "không có tùy chọn --nope"),
        ("foo", "không có lệnh “foo”"),
        ("status x", "thừa tham số: x"),
    ],
)
def test_what_is_typed_wrongly_is_answered_in_vietnamese(typed: str, answer: str, checkout: Path) -> None:
    code, _, err = run(*typed.split())
    assert code == MISUSED
    assert answer in " ".join(err.replace("│", " ").split()), err
