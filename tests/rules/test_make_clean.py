"""``make clean`` and ``make distclean``: data are deleted only by the second, only ours, and only after asking."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.stack.folders import claim_folder, keep_data
from deploy.stack.lock import locked

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the Makefile, the code, an agencies' database, the demo's and a folder that is not ours."""
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    keep_data(tmp_path / ".thidua" / "up")
    claim_folder(tmp_path / ".thidua" / "demo")
    for name in ("up", "demo", "mine"):
        (tmp_path / ".thidua" / name / "db").mkdir(parents=True)
        (tmp_path / ".thidua" / name / "db" / "data").write_text(name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / ".installed").touch()
    (tmp_path / ".mypy_cache").mkdir()
    return tmp_path


def make(checkout: Path, target: str, typed: str = "") -> tuple[int, str]:
    command = ["make", "--no-print-directory", target, f"PYTHON={sys.executable}"]
    done = subprocess.run(command, cwd=checkout, input=typed, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def stacks(checkout: Path) -> set[str]:
    return {path.name for path in (checkout / ".thidua").iterdir() if (path / "db" / "data").exists()}


def test_clean_removes_what_can_be_made_again_and_leaves_data(checkout: Path) -> None:
    code, out = make(checkout, "clean")
    assert code == 0
    assert ".thidua holds data and stays" in out
    assert not (checkout / ".venv").exists()
    assert not (checkout / ".mypy_cache").exists()
    assert stacks(checkout) == {"up", "demo", "mine"}


def test_an_environment_that_make_did_not_make_is_neither_cleared_nor_removed(checkout: Path) -> None:
    (checkout / ".venv" / ".installed").unlink()
    (checkout / ".venv" / "mine").touch()
    for name in ("pyproject.toml", "deploy/requirements-dev.txt"):
        if not (checkout / name).exists():
            (checkout / name).touch()
    code, out = make(checkout, "clean")
    assert (code, ".venv was not made by make and stays" in out) == (0, True), out
    code, out = make(checkout, "setup")
    assert (code, ".venv is there and was not made by make" in out) == (2, True), out
    assert (checkout / ".venv" / "mine").exists()


def test_an_environment_that_is_a_link_to_another_checkouts_is_neither_cleared_nor_removed(checkout: Path) -> None:
    """Though make has made it there: whoever works in that checkout would lose it."""
    other = checkout / "other"
    shutil.move(checkout / ".venv", other)
    (checkout / ".venv").symlink_to(other)
    (other / "theirs").touch()
    (checkout / "pyproject.toml").touch()
    os.utime(other / ".installed", (0, 0))
    code, out = make(checkout, "setup")
    assert (code, ".venv is there and was not made by make" in out) == (2, True), out
    code, out = make(checkout, "clean")
    assert (code, ".venv was not made by make and stays" in out) == (0, True), out
    assert (other / "theirs").exists()


@pytest.mark.parametrize("typed", ["", "y\n", "no\n"])
def test_distclean_deletes_nothing_without_the_answer_it_needs(checkout: Path, typed: str) -> None:
    """It says before what would go."""
    code, out = make(checkout, "distclean", typed)
    assert code == 2
    assert "up   0.0 MB, the agencies' database" in out
    assert stacks(checkout) == {"up", "demo", "mine"}


def test_distclean_deletes_only_what_is_marked_as_ours(checkout: Path) -> None:
    code, out = make(checkout, "distclean", "delete\n")
    assert code == 2
    assert ".thidua/mine is not marked as thidua's and stays" in out
    assert stacks(checkout) == {"mine"}


def test_distclean_deletes_nothing_while_a_stack_runs(checkout: Path) -> None:
    with locked(checkout / ".thidua" / "up"):
        code, out = make(checkout, "distclean", "delete\n")
    assert (code, ".thidua/up is in use" in out) == (2, True), out
    assert stacks(checkout) == {"up", "demo", "mine"}
