"""What the product is made of: licences listed and allowed, a bill of materials, a threat model whose tests exist."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from deploy.supply.licences import LIST, Row, forbidden, listed, part_of, renewed, stated, written
from deploy.supply.locked import DEVELOPMENT, IMAGE, locked
from deploy.supply.sbom import bill_of_materials, images

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 29, 3, tzinfo=UTC)
NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_locked_package_is_on_the_list_of_licences_and_nothing_else_is() -> None:
    """`python -m deploy.supply licences` renews it after `make lock`."""
    assert set(locked(IMAGE)) <= set(locked(DEVELOPMENT))
    assert {row.package: row.part for row in listed().values()} == {name: part_of(name) for name in locked(DEVELOPMENT)}
    assert LIST.read_text(encoding="utf-8") == written(renewed())


def test_the_list_states_what_the_installed_packages_state() -> None:
    """So a package that changes its licence is noticed when it is locked again."""
    installed = {name: row for name, row in listed().items() if is_installed(name)}
    assert len(installed) > 100
    assert {name: stated(name) for name in installed} == {name: row.licence for name, row in installed.items()}


def is_installed(package: str) -> bool:
    """Whether a package is here; one that is for another platform is not."""
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


def test_the_image_has_no_part_under_gpl_and_only_the_embedded_stack_has() -> None:
    """The demo's database is GPL; nobody gets it with the image."""
    rows = listed()
    assert forbidden(rows) == []
    assert {name for name, row in rows.items() if "GPL" in row.licence} == {"secantusdb", "docxtpl"}
    assert rows["secantusdb"].part == "embedded"
    assert "secantusdb" not in locked(IMAGE)


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "MIT AND AGPL-3.0-or-later", "SSPL-1.0", "LGPL-3.0-only"])
def test_a_copyleft_part_of_the_image_is_found(licence: str) -> None:
    """Also one in a compound expression."""
    rows = listed()
    assert forbidden({**rows, "httpx": replace(rows["httpx"], licence=licence)}) == ["httpx"]
    assert forbidden({**rows, "pytest": Row("pytest", "GPL-3.0-only", "development")}) == ["pytest"]


def test_the_bill_of_materials_is_cyclonedx_and_names_what_is_in_the_image() -> None:
    """Checked against the published schema; each package with its version, its licence and its files' digests."""
    bill: Any = bill_of_materials(AT)
    cyclonedx().validate(bill)
    libraries = {part["name"]: part for part in bill["components"] if part["type"] == "library"}
    assert {name: part["version"] for name, part in libraries.items()} == {
        name: package.version for name, package in locked(IMAGE).items()
    }
    assert all(part["licenses"] and part["externalReferences"] for part in libraries.values())
    assert "secantusdb" not in libraries
    containers = {f"{part['name']}:{part['version']}" for part in bill["components"] if part["type"] == "container"}
    assert containers == set(images())
    assert bill["serialNumber"] == bill_of_materials(AT)["serialNumber"]


def test_ci_keeps_the_bill_of_materials_that_the_command_prints() -> None:
    """The last line of `.ci/run` keeps what `make sbom` prints: the bill and nothing else."""
    assert (ROOT / ".ci/run").read_text(encoding="utf-8").endswith("\nmake --silent sbom >dist/sbom.cdx.json\n")
    printed = subprocess.run(
        ["make", "--silent", "sbom"], cwd=ROOT, capture_output=True, check=True, text=True, timeout=60
    ).stdout
    cyclonedx().validate(json.loads(printed))


def cyclonedx() -> Any:
    """The validator of CycloneDX 1.6, with the schemas that it refers to."""
    folder = files("cyclonedx.schema") / "_res"

    def schema(name: str) -> Any:
        return json.loads((folder / name).read_text(encoding="utf-8"))

    return jsonschema_rs.validator_for(
        schema("bom-1.6.SNAPSHOT.schema.json"), retriever=lambda uri: schema(uri.rpartition("/")[2])
    )


def test_a_bill_that_is_wrong_fails_the_schema() -> None:
    """So that the check above can fail."""
    with pytest.raises(jsonschema_rs.ValidationError):
        cyclonedx().validate({**bill_of_materials(AT), "components": [{"type": "library"}]})


def test_every_test_that_the_threat_model_names_exists() -> None:
    """An answer to a threat without a test is only a hope."""
    named = NAMED_TEST.findall((ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    assert len(named) >= 25
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in functions, f"{file}::{name}"


def test_every_row_of_the_threat_model_has_an_answer_with_a_test_or_is_left_open() -> None:
    """What is left open says so."""
    tables = (ROOT / "SECURITY.md").read_text(encoding="utf-8").partition("## Who could lie")[2]
    rows = [line for line in tables.splitlines() if line.startswith("| ") and not line.startswith("| threat")]
    assert len(rows) >= 40
    assert [row for row in rows if not NAMED_TEST.search(row) and "left open" not in row] == []
