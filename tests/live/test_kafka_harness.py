"""The version of the real Apache Kafka under test, and its missing requirements."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from deploy.kafka.jars import MissingRequirement, jars, version

ROOT: Final = Path(__file__).parents[2]


def test_kafka_is_the_version_that_runs_in_production() -> None:
    """The harness's POM and the compose file name the same."""
    compose = ROOT / "docker-compose.yml"
    assert f"apache/kafka:{version()}\n" in compose.read_text()


def test_a_machine_without_java_gets_an_error_that_names_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So does one without Maven if something must be fetched; tests of a real Kafka are skipped for these reasons."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingRequirement, match="Java 17 is needed, found no java"):
        jars()
    (tmp_path / "java").write_text("#!/bin/sh\necho 'openjdk version \"17.0.1\"' >&2\n")
    (tmp_path / "java").chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(MissingRequirement, match=r"Maven \(mvn\) is needed"):
        jars()
