"""docker-compose.yml as docker compose itself reads it: by its schema and by its loader, compose-go.

Go fetches the loader from its module proxy; without Go, or without the proxy, these tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest

from tests.support.compose import filled_in
from tests.support.compose_file import ROOT, compose
from tests.support.compose_servers import write_secrets

pytestmark = pytest.mark.timeout(600)

SOURCE: Final = Path(__file__).parent / "loader"
MODULE: Final = "github.com/compose-spec/compose-go/v2"


def go(*words: str) -> str:
    """What a command of Go prints; the test is skipped where there is no Go or the modules cannot be fetched."""
    if shutil.which("go") is None:
        pytest.skip("there is no go on this machine (Debian: apt-get install golang-go)")
    process = subprocess.run(["go", *words], cwd=SOURCE, capture_output=True, text=True)
    if process.returncode and any(sign in process.stderr for sign in ("dial tcp", "no such host", "i/o timeout")):
        pytest.skip(f"Go's module proxy does not answer: {process.stderr.splitlines()[-1]}")
    assert process.returncode == 0, process.stderr
    return process.stdout.strip()


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The loader as a program."""
    program = tmp_path_factory.mktemp("loader") / "loader"
    go("build", "-o", str(program), ".")
    return program


def load(loader: Path, folder: Path, file: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **variables}
    command = [str(loader), str(folder), str(file)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def loaded(loader: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The project that the loader has read, in a folder where ``deploy/secrets.sh`` was run."""
    folder = tmp_path_factory.mktemp("checkout")
    write_secrets(folder)
    process = load(loader, folder, ROOT / "docker-compose.yml", THIDUA_SITE="thidua.tinh.example")
    assert process.returncode == 0, process.stderr
    assert process.stderr == "", "no variable is unknown"
    project: dict[str, Any] = json.loads(process.stdout)
    return project


def test_the_file_is_as_the_schema_of_the_specification_demands() -> None:
    """The schema lies in the loader's own module; it finds a misspelt key."""
    go("mod", "download", MODULE)
    folder = Path(go("list", "-m", "-f", "{{.Dir}}", MODULE))
    validator = jsonschema_rs.validator_for(json.loads((folder / "schema/compose-spec.json").read_text()))
    document = compose()
    assert [error.message for error in validator.iter_errors(document)] == []
    document["services"]["kafka"]["stop_grace_perod"] = "60s"
    assert not validator.is_valid(document)


def test_the_loader_reads_the_file_as_our_tests_do(loaded: dict[str, Any]) -> None:
    """Merged keys, variables and dollar signs too: every other test of the file builds on that."""
    given = {"THIDUA_SITE": "thidua.tinh.example"}
    ours = filled_in(compose()["services"], given)
    assert loaded["services"].keys() == ours.keys()
    for name, definition in ours.items():
        theirs = loaded["services"][name]
        environment = dict(theirs.get("environment") or {})
        if name == "mongodb-exporter":
            assert environment.pop("MONGODB_URI").startswith("mongodb://mongodb-exporter:")
        # A variable that the calling shell does not have is not in the container.
        expected = {key: value for key, value in definition.get("environment", {}).items() if value is not None}
        assert {key: value for key, value in environment.items() if value is not None} == expected, name
        for part in ("command", "entrypoint"):
            assert theirs.get(part) == definition.get(part), (name, part)
        waits = {dependency: how["condition"] for dependency, how in theirs.get("depends_on", {}).items()}
        assert waits == {d: how["condition"] for d, how in definition.get("depends_on", {}).items()}
        secrets = {entry["target"].removeprefix("/run/secrets/") for entry in theirs.get("secrets") or ()}
        assert secrets == {s if isinstance(s, str) else s["target"] for s in definition.get("secrets", ())}
        assert theirs.get("stop_grace_period") in (None, definition.get("stop_grace_period"), "1m0s")
        assert theirs.get("profiles") == definition.get("profiles")


def test_without_the_secrets_nothing_starts(loader: Path, tmp_path: Path) -> None:
    """The message names the folder that is missing."""
    process = load(loader, tmp_path, ROOT / "docker-compose.yml")
    assert process.returncode != 0
    assert "secrets/mongodb-exporter" in process.stderr
