"""The import contracts in pyproject.toml refuse what they are meant to refuse: each test makes one violation."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]

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

NEW = '"""Anything."""\n'
AS_IT_STANDS = ("shared/__init__.py", "")
"""Linted last, so that it shows too that every addition was taken back."""


_LINT_EACH = """
import contextlib, io, json, sys
from pathlib import Path
from importlinter.application.output import console
from importlinter.cli import lint_imports

for file, added in json.load(sys.stdin):
    path = Path(file)
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text((before or "") + added, encoding="utf-8")
    console.file = io.StringIO()
    with contextlib.redirect_stdout(console.file):
        code = lint_imports(no_logo=True, cache_dir="../cache")
    path.unlink() if before is None else path.write_text(before, encoding="utf-8")
    print(json.dumps([code, console.file.getvalue()]))
"""
"""Lints a folder once with each addition to a file: the start of Python takes longer than the linting."""


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[int, str]]:
    """The exit code and output of import-linter over a copy of the packages, with one addition at a time."""
    folder = tmp_path_factory.mktemp("contracts") / "copy"
    for package in ("services", "shared", "deploy"):
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "*.csv", "*.yaml")
        )
    shutil.copy2(ROOT / "pyproject.toml", folder)
    added = [*((file, f"\n{statement}\n") for file, statement in VIOLATIONS), *((file, NEW) for file in UNLISTED)]
    added.append(AS_IT_STANDS)
    done = subprocess.run(
        [sys.executable, "-c", _LINT_EACH],
        cwd=folder,
        env={"PYTHONPATH": str(folder)},
        input=json.dumps(added),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    stated: list[tuple[int, str]] = [tuple(json.loads(line)) for line in done.stdout.splitlines()]
    return dict(zip(added, stated, strict=True))


def test_the_contracts_are_kept_as_the_code_stands(verdicts: dict[tuple[str, str], tuple[int, str]]) -> None:
    """Otherwise a refusal below would prove nothing."""
    code, printed = verdicts[AS_IT_STANDS]
    assert code == 0, printed


@pytest.mark.parametrize(("file", "statement"), VIOLATIONS, ids=lambda value: str(value))
def test_an_import_against_the_contracts_is_refused(
    verdicts: dict[tuple[str, str], tuple[int, str]], file: str, statement: str
) -> None:
    """The output names the line of the import."""
    before = (ROOT / file).read_text(encoding="utf-8")
    code, printed = verdicts[file, f"\n{statement}\n"]
    assert code != 0
    assert "BROKEN" in printed
    assert f"(l.{before.count(chr(10)) + 2})" in printed


@pytest.mark.parametrize("file", UNLISTED)
def test_a_module_that_no_layer_lists_is_refused(verdicts: dict[tuple[str, str], tuple[int, str]], file: str) -> None:
    """So every new module gets a place in the layers."""
    code, printed = verdicts[file, NEW]
    assert code != 0
    assert "drawer" in printed
