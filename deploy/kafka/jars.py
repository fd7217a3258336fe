"""Apache Kafka's released jars, fetched once with Maven into the user's cache."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

POM: Final = Path(__file__).with_name("pom.xml")
JAVA: Final = 17
"""The oldest Java that Kafka 4 runs on."""

_COPY: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
_FETCH_SECONDS: Final = 150


class Missing(RuntimeError):
    """This machine lacks something Apache Kafka needs; the message names it."""


def version() -> str:
    """The version of Kafka the POM names."""
    found = re.search(r"<artifactId>kafka_[\d.]+</artifactId>\s*<version>([\d.]+)</version>", POM.read_text())
    assert found is not None, "the POM names no version of Kafka"
    return found[1]


def jars() -> Path:
    """The folder with the jars; fetched where they are not there yet.

    Raises ``Missing`` without Java, or without Maven or its repository while there is something to fetch;
    ``RuntimeError`` where the repository answers but does not have what the POM names.
    """
    if (found := _java()) < JAVA:
        raise Missing(f"Java {JAVA} is needed, found {f'Java {found}' if found else 'no java'}")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "thidua"
    # Named after what was asked for, so that another POM is another folder.
    there = cache / f"kafka-{version()}-{hashlib.sha256(POM.read_bytes()).hexdigest()[:8]}"
    if not there.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as folder:
            _fetch(Path(folder) / "jars")
            # Whole or not at all; whoever else fetched it meanwhile has the same.
            with suppress(OSError):
                (Path(folder) / "jars").rename(there)
    return there


def _java() -> int:
    """The version of the Java that runs here; 0 where none does."""
    try:
        told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True, timeout=30)  # noqa: S607
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', told.stderr + told.stdout)
    return int(found[1]) if found else 0


def _fetch(to: Path) -> None:
    if shutil.which("mvn") is None:
        raise Missing("Maven (mvn) is needed to fetch Apache Kafka")
    command = [
        "mvn",
        "-B",
        "-q",
        "-U",
        "-Dstyle.color=never",
        "--strict-checksums",
        "-f",
        str(POM),
        _COPY,
        f"-DoutputDirectory={to}",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_FETCH_SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise Missing(f"Maven did not fetch Apache Kafka within {_FETCH_SECONDS} seconds") from None
    if done.returncode:
        said = done.stdout + done.stderr
        why = next((line for line in said.splitlines() if "ERROR" in line), "no word why")
        if "Could not find artifact" in said:
            raise RuntimeError(f"{POM} names what does not exist: {why}")
        raise Missing(f"Maven could not fetch Apache Kafka: {why}")
