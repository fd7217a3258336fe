"""The import contracts in pyproject.toml refuse what they are meant to refuse: each test makes one violation."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")

VIOLATIONS = [
    ("shared/plans/checking.py", "import fastapi"),
    ("shared/wording/formats.py", "import starlette"),
    ("shared/runtime/audit/hash_chain.py", "import motor.motor_asyncio"),
    ("services/scoring/explanation.py", "from services.scoring import handlers"),
    ("services/council/rules.py", "from services.council.desk import pages"),
    ("services/intake/reports/rules.py", "from services.scoring import rules"),
    ("shared/contracts/plan.py", "from shared.runtime import clock"),
    ("shared/wording/formats.py", "from shared.plans import duties"),
    ("shared/runtime/outbox.py", "from shared.runtime import app"),
    ("shared/runtime/metrics.py", "from services.intake import settings"),
    ("shared/runtime/http/strict_json.py", "import uvicorn"),
    ("services/intake/extensions/rules.py", "from services.intake.reports import rules"),
    ("services/notify/rules.py", "import aiokafka"),
    ("services/notify/state.py", "from shared.runtime import mongo"),
    ("services/scoring/state.py", "from services.scoring import store"),
    ("deploy/stack/ports.py", "from deploy.cli import main"),
    ("services/council/store.py", "import pymongo"),
    ("services/intake/nominations/rules.py", "from services.intake.workbooks import reader"),
]
"""A file, and an import that it must not contain."""

UNLISTED = ["shared/runtime/drawer.py", "services/council/drawer.py", "services/intake/drawer.py", "deploy/drawer.py"]
"""Modules that no contract lists. Where the layers of a room are exhaustive, a new module needs a place in them."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages and the contracts in a folder of its own."""
    folder = tmp_path_factory.mktemp("contracts") / "copy"
    for package in ("services", "shared", "deploy"):
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "*.csv", "*.yaml")
        )
    shutil.copy2(ROOT / "pyproject.toml", folder)
    return folder


def lint(folder: Path) -> tuple[int, str]:
    """Run import-linter over a folder; returns its exit code and output."""
    done = subprocess.run(
        [LINT, "--no-logo", "--cache-dir", str(folder.parent / "cache")],
        cwd=folder,
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_contracts_are_kept_as_the_code_stands(copy: Path) -> None:
    """Otherwise a refusal below would prove nothing."""
    code, printed = lint(copy)
    assert code == 0, printed


@pytest.mark.parametrize(("file", "statement"), VIOLATIONS, ids=lambda value: str(value))
def test_an_import_against_the_contracts_is_refused(copy: Path, file: str, statement: str) -> None:
    """The output names the line of the import."""
    path = copy / file
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\n{statement}\n", encoding="utf-8")
    try:
        code, printed = lint(copy)
    finally:
        path.write_text(before, encoding="utf-8")
    assert code != 0
    assert "BROKEN" in printed
    assert f"(l.{before.count(chr(10)) + 2})" in printed


@pytest.mark.parametrize("file", UNLISTED)
def test_a_module_that_no_layer_lists_is_refused(copy: Path, file: str) -> None:
    """So every new module gets a place in the layers."""
    path = copy / file
    path.write_text('"""Anything."""\n', encoding="utf-8")
    try:
        code, printed = lint(copy)
    finally:
        path.unlink()
    assert code != 0
    assert "drawer" in printed
