"""The house rules that a test can check."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from shared.contracts.topics import SERVICES, TOPICS

ROOT = Path(__file__).parents[2]
CODE = [p for room in ("services", "shared", "deploy", "tests") for p in sorted((ROOT / room).rglob("*.py"))]


def imports(path: Path) -> set[str]:
    """Top-level packages a file imports, anywhere in it."""
    packages: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            packages |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            packages.add(node.module.partition(".")[0])
    return packages


def test_one_module_imports_the_database_driver() -> None:
    """The services can change the driver in one place; the tests read the database with a driver of their own."""
    users = {str(p.relative_to(ROOT)) for p in CODE if imports(p) & {"motor", "pymongo", "bson"}}
    assert {user for user in users if not user.startswith("tests/")} == {"shared/runtime/mongo.py"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_modules(service: str) -> None:
    """An engineer who knows one service knows where to look in the others."""
    folder = ROOT / "services" / service
    assert {path.stem for path in folder.glob("*.py")} >= {"__init__", "__main__", "app", "settings"}
    assert {path.stem for path in folder.rglob("*.py")} >= {"handlers", "rules", "store"}


def test_there_is_no_catch_all_module() -> None:
    """No utils, common, helpers, core or base."""
    names = {part for path in CODE for part in path.relative_to(ROOT).with_suffix("").parts}
    assert not names & {"utils", "util", "common", "helpers", "core", "base", "misc"}


def test_no_file_is_too_long_to_read() -> None:
    """A file beyond about 300 lines is split by noun."""
    assert {str(p.relative_to(ROOT)): n for p in CODE if (n := len(p.read_text().splitlines())) > 330} == {}


def test_the_readmes_topic_table_is_the_table_in_code() -> None:
    """Name, producer and consumers of every topic."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (\w+) \| ([^|]+) \|", readme, re.M)
    assert {(name, producer, consumers.strip()) for name, producer, consumers in rows} == {
        (topic.name, topic.producer, ", ".join(topic.consumers)) for topic in TOPICS
    }


def test_nothing_tracked_names_a_registry_or_a_private_path() -> None:
    """Lock files have names, versions and hashes only."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True).stdout
    files = [ROOT / name for name in tracked.split("\0") if name and (ROOT / name).is_file()]
    hosts = re.compile("|".join(map(re.escape, ("pypi" + ".org", "pythonhosted" + ".org", "registry.npm" + "js"))))
    assert [str(path) for path in files if hosts.search(path.read_text(encoding="utf-8", errors="ignore"))] == []
