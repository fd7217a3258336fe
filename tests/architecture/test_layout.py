"""The house rules that a test can check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from shared.contracts.topics import SERVICES
from tests.support.sources import nodes_of

ROOT = Path(__file__).parents[2]
CODE = [p for room in ("services", "shared", "deploy", "tests") for p in sorted((ROOT / room).rglob("*.py"))]


def test_every_room_is_looked_at() -> None:
    """So the other tests here check all of the code."""
    assert {path.relative_to(ROOT).parts[0] for path in CODE} == {"services", "shared", "deploy", "tests"}
    assert all(path in CODE for path in (Path(__file__), ROOT / "services" / "intake" / "app.py"))


def imports(source: str) -> set[str]:
    """Top-level packages that a module imports, anywhere in it."""
    packages: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            packages |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            packages.add(node.module.partition(".")[0])
    return packages


def test_one_module_imports_the_database_driver() -> None:
    """The services can change the driver in one place; another makes its users. The tests have their own."""
    drivers = {"motor", "pymongo", "bson"}
    users = set()
    for path in (path for path in CODE if not path.is_relative_to(ROOT / "tests")):
        source = path.read_text(encoding="utf-8")
        if any(name in source for name in drivers) and imports(source) & drivers:
            users.add(str(path.relative_to(ROOT)))
    assert users == {"shared/runtime/mongo.py", "deploy/setup/database.py"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_modules(service: str) -> None:
    """An engineer who knows one service knows where to look in the others."""
    folder = ROOT / "services" / service
    assert {path.stem for path in folder.glob("*.py")} >= {"__init__", "__main__", "app", "settings"}
    assert {path.stem for path in folder.rglob("*.py")} >= {"handlers", "rules", "store"}


def test_there_is_no_catch_all_module() -> None:
    """No module is called utils, common, helpers, core or base."""
    names = {part for path in CODE for part in path.relative_to(ROOT).with_suffix("").parts}
    assert not names & {"utils", "util", "common", "helpers", "core", "base", "misc"}


def test_no_file_is_too_long_to_read() -> None:
    """A file beyond about 300 lines is split by noun."""
    assert {str(p.relative_to(ROOT)): n for p in CODE if (n := len(p.read_text().splitlines())) > 330} == {}


def test_tests_import_no_other_test_module() -> None:
    """What two of them need is in tests/support; otherwise one would run, or break, with the other."""
    tests = [path for path in CODE if path.is_relative_to(ROOT / "tests")]
    assert tests
    broken: list[str] = []
    for path in tests:
        for node in nodes_of(path):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            if isinstance(node, ast.ImportFrom):
                assert not node.level, f"{path}: a relative import"
                names = [f"{node.module}.{name}" for name in names]
            parts = {part for name in names if name.startswith("tests.") for part in name.split(".")[1:]}
            if any(part == "conftest" or part.startswith("test_") for part in parts):
                broken.append(f"{path.relative_to(ROOT)}: {names}")
    assert broken == []


def test_nothing_tracked_names_a_registry_or_a_private_path() -> None:
    """Lock files carry names, versions and hashes only; no file names a path of the machine it was written on."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    files = [ROOT / name for name in tracked.split("\0") if name and (ROOT / name).is_file()]
    assert {Path(__file__), ROOT / "README.md", ROOT / "deploy" / "requirements.txt"} <= {*files}
    hosts = "|".join(map(re.escape, ("pypi" + ".org", "pythonhosted" + ".org", "registry.npm" + "js")))
    private = re.compile(hosts + r"|/(home|Users)/\w|/root/\w")
    assert [str(path) for path in files if private.search(path.read_text(encoding="utf-8", errors="ignore"))] == []


def test_a_command_starts_without_what_only_some_commands_need() -> None:
    """The drivers, the web framework and the contracts take longer to import than most commands run."""
    program = "import sys, deploy.cli.main; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert "typer" in imported
    assert not imported & {"aiokafka", "babel", "fastapi", "faststream", "motor", "pydantic", "pymongo", "yaml"}
