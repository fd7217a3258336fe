"""The stack neither empties a folder that is not its own nor writes into it."""

from __future__ import annotations

import ast
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.stack.folders import MARKER, FolderNotOurs, claim_folder, empty_folder, remove_entry, remove_folder
from deploy.stack.lock import locked

ROOT = Path(__file__).parents[2]
LOGS = ("mongo", "kafka", "intake", "scoring", "council", "notify")


def contents(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder: the bytes of files, None for folders."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def folder_of_last_release(folder: Path) -> Path:
    """A stack's folder as the last release left it, without a marker."""
    (folder / "db").mkdir(parents=True)
    (folder / "db" / "WiredTiger").touch()
    (folder / "logs").mkdir()
    for name in LOGS:
        (folder / "logs" / f"{name}.log").touch()
    (folder / "outbox").mkdir()
    return folder


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A user's own folder. Its entries have the same names as a stack's."""
    folder = tmp_path / "documents"
    for name in ("thesis.txt", "logs/app.log", "logs/mongo.log", "db/precious", "restoring/a", "run.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """The smallest complete backup."""
    folder = tmp_path / "backup"
    folder.mkdir()
    manifest = b'{"format": 1, "files": {}}'
    (folder / "manifest.json").write_bytes(manifest)
    (folder / "manifest.sha256").write_text(hashlib.sha256(manifest).hexdigest())
    return folder


@pytest.mark.parametrize("command", [["demo", "--once"], ["up"], ["restore", "BACKUP", "--force"]], ids=lambda c: c[0])
def test_a_command_refuses_a_foreign_folder_and_touches_nothing(
    command: list[str], documents: Path, backup: Path
) -> None:
    """The refusal names the folder and the option to use, in Vietnamese."""
    before = contents(documents)
    arguments = [str(backup) if argument == "BACKUP" else argument for argument in command]
    completed = CliRunner().invoke(app, [*arguments, "--dir", str(documents)])
    assert contents(documents) == before
    assert completed.exit_code == 1
    assert f"thư mục {documents} " in completed.stderr
    assert "--dir" in completed.stderr
    assert MARKER in completed.stderr
    assert isinstance(completed.exception, SystemExit)


def test_a_backup_deletes_no_foreign_folder_with_the_name_of_its_draft(tmp_path: Path) -> None:
    """An unfinished backup of the command is replaced; a foreign folder of the same name stays."""
    draft = tmp_path / ".copy.unfinished"
    draft.mkdir()
    (draft / "thesis.txt").touch()
    completed = CliRunner().invoke(app, ["backup", str(tmp_path / "copy"), "--mongo", "mongodb://127.0.0.1:1"])
    assert (completed.exit_code, f"thư mục {draft} " in completed.stderr) == (1, True), completed.stderr
    assert isinstance(completed.exception, SystemExit)
    assert [*contents(draft)] == ["thesis.txt"]


@pytest.mark.parametrize("exists", [False, True], ids=["new", "empty"])
def test_a_new_or_empty_folder_is_claimed(tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "a" / "b"
    if exists:
        folder.mkdir(parents=True)
    claim_folder(folder)
    assert [path.name for path in folder.iterdir()] == [MARKER]


def test_a_claimed_folder_is_emptied_and_stays_claimed(tmp_path: Path) -> None:
    """The target of a symbolic link in it is not touched."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    folder = tmp_path / "ours"
    claim_folder(folder)
    (folder / "db").mkdir()
    (folder / "db" / "data").touch()
    (folder / "file").touch()
    (folder / "link").symlink_to(outside)
    empty_folder(folder)
    empty_folder(folder)
    assert [path.name for path in folder.iterdir()] == [MARKER]
    assert (outside / "kept").exists()


def test_an_entry_is_removed_only_from_a_claimed_folder(tmp_path: Path, documents: Path) -> None:
    folder = tmp_path / "ours"
    claim_folder(folder)
    (folder / "logs").mkdir()
    (folder / "db").mkdir()
    remove_entry(folder, "logs")
    remove_entry(folder, "logs")
    assert {path.name for path in folder.iterdir()} == {MARKER, "db"}
    before = contents(documents)
    with pytest.raises(FolderNotOurs):
        remove_entry(documents, "logs")
    assert contents(documents) == before


def test_only_a_claimed_folder_is_removed(tmp_path: Path, documents: Path) -> None:
    folder = tmp_path / "ours"
    claim_folder(folder)
    (folder / "db").mkdir()
    remove_folder(folder)
    assert not folder.exists()
    remove_folder(folder)
    assert not folder.exists()
    before = contents(documents)
    with pytest.raises(FolderNotOurs):
        remove_folder(documents)
    assert contents(documents) == before


@pytest.mark.parametrize("running", [False, True], ids=["stopped", "killed"])
def test_a_stacks_folder_of_the_last_release_is_recognised(tmp_path: Path, running: bool) -> None:
    """It has no marker yet and gets one."""
    folder = folder_of_last_release(tmp_path / "demo")
    if running:
        (folder / "run.json").touch()
    empty_folder(folder)
    assert [path.name for path in folder.iterdir()] == [MARKER]


@pytest.mark.parametrize("difference", ["one entry more", "one log less", "no logs"])
def test_a_folder_that_only_resembles_a_stacks_folder_is_refused(tmp_path: Path, difference: str) -> None:
    folder = folder_of_last_release(tmp_path / "demo")
    match difference:
        case "one entry more":
            (folder / "thesis.txt").touch()
        case "one log less":
            (folder / "logs" / "council.log").unlink()
        case _:
            (folder / "logs").rename(folder / "outbox" / "logs")
    before = contents(folder)
    with pytest.raises(FolderNotOurs):
        empty_folder(folder)
    assert contents(folder) == before


def test_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("kept")
    with pytest.raises(FolderNotOurs, match="không phải"):
        empty_folder(path)
    assert path.read_text() == "kept"


def test_only_one_module_of_deploy_removes_folders() -> None:
    """So no other module can forget to check the owner of a folder."""
    removing = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "deploy").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute | ast.Name)
        and (node.attr if isinstance(node, ast.Attribute) else node.id) in {"rmtree", "rmdir", "removedirs"}
    }
    assert removing == {"deploy/stack/folders.py"}


@pytest.mark.thorough
def test_two_backups_never_write_the_same_draft(tmp_path: Path) -> None:
    """The second emptied what the first had written."""
    draft = tmp_path / ".copy.unfinished"
    with locked(draft):
        (draft / "whole").mkdir()
        command = [sys.executable, "-m", "deploy", "backup", str(tmp_path / "copy"), "--mongo", "mongodb://127.0.0.1:1"]
        completed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)
        assert (draft / "whole").exists()
    assert (completed.returncode, "đang được dùng" in completed.stderr) == (1, True), completed.stderr
