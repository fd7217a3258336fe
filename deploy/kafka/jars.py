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


class MissingRequirement(RuntimeError):
    """This machine lacks something Apache Kafka needs; the message names it."""


def version() -> str:
    """The version of Kafka the POM names."""
    match = re.search(r"<artifactId>kafka_[\d.]+</artifactId>\s*<version>([\d.]+)</version>", POM.read_text())
    assert match is not None, "the POM names no version of Kafka"
    return match[1]


def jars() -> Path:
    """The folder with the jars, which are fetched if they are not in the cache.

    Raises ``MissingRequirement`` without Java, or if the jars must be fetched and Maven or its repository is not
    available; ``RuntimeError`` if the repository answers but does not have what the POM names.
    """
    if (java := _java_version()) < JAVA:
        raise MissingRequirement(f"Java {JAVA} is needed, found {f'Java {java}' if java else 'no java'}")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "thidua"
    # Named after the POM's content, so that another POM has another folder.
    folder = cache / f"kafka-{version()}-{hashlib.sha256(POM.read_bytes()).hexdigest()[:8]}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as draft:
            _fetch(Path(draft) / "jars")
            # Complete or not at all. If another process was faster, its folder has the same jars.
            with suppress(OSError):
                (Path(draft) / "jars").rename(folder)
    return folder


def _java_version() -> int:
    """The major version of the installed Java; 0 if there is none."""
    try:
        process = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True, timeout=30)  # noqa: S607
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.search(r'version "(?:1\.)?(\d+)', process.stderr + process.stdout)
    return int(match[1]) if match else 0


def _fetch(to: Path) -> None:
    if shutil.which("mvn") is None:
        raise MissingRequirement("Maven (mvn) is needed to fetch Apache Kafka")
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
        process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_FETCH_SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise MissingRequirement(f"Maven did not fetch Apache Kafka within {_FETCH_SECONDS} seconds") from None
    if process.returncode:
        output = process.stdout + process.stderr
        why = next((line for line in output.splitlines() if "ERROR" in line), "no reason given")
        if "Could not find artifact" in output:
            raise RuntimeError(f"{POM} names what does not exist: {why}")
        raise MissingRequirement(f"Maven could not fetch Apache Kafka: {why}")
