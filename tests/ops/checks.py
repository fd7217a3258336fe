"""What the tools say about the files: promtool, amtool, and the TypeScript compiler about the dashboards."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Final

from deploy.grafana.__main__ import FOLDER
from tests.ops.outcome import Outcome
from tests.ops.programs import PROMETHEUS, alertmanager_config, find
from tests.support.compose_file import service

_TYPESCRIPT: Final = "5.9.3"
_NPM_SECONDS: Final = 180.0
_PANEL_TYPES: Final = {"stat": "Stat", "timeseries": "TimeSeries", "bargauge": "BarGauge", "table": "Table"}
_TYPES: Final = Path(__file__).with_name("dashboard_types.ts")


def check_files(outcome: Outcome, folder: Path) -> None:
    """Rules and configuration with promtool and amtool, dashboards with tsc; ``folder`` keeps what npm installed."""
    if promtool := find("promtool"):
        rules = ["check", "rules", "recording.yml", "alerts.yml"]
        _judge(outcome, "promtool check rules", [promtool, *rules], PROMETHEUS)
        _judge(outcome, "promtool check config", [promtool, "check", "config", "prometheus.yml"], PROMETHEUS)
        _judge(outcome, "promtool test rules", [promtool, "test", "rules", "alerts.test.yml"], PROMETHEUS)
    else:
        outcome.add("files", "promtool", "skipped", "promtool (Debian's package prometheus) is not on this machine")
    if amtool := find("amtool"):
        file = folder / "alertmanager.yml"
        file.write_text(alertmanager_config("127.0.0.1:25"))
        _judge(outcome, "amtool check-config", [amtool, "check-config", str(file)], folder)
    else:
        outcome.add("files", "amtool", "skipped", "amtool (Debian's package prometheus-alertmanager) is not here")
    _check_dashboards(outcome, folder / "npm")


def _judge(outcome: Outcome, name: str, command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    printed = " ".join((done.stdout + done.stderr).split())
    outcome.add("files", name, "ok" if done.returncode == 0 else "WRONG", "" if done.returncode == 0 else printed)


def _check_dashboards(outcome: Outcome, folder: Path) -> None:
    """Compile each dashboard as a value of ``@grafana/schema``'s types, of the release of Grafana that compose runs."""
    npm = find("npm")
    if npm is None:
        outcome.add("files", "tsc of the dashboards", "skipped", "npm is not on this machine")
        return
    release = str(service("grafana")["image"]).partition(":")[2].partition("@")[0]
    if not _install(npm, folder, f"@grafana/schema@{release}"):
        outcome.add("files", "tsc of the dashboards", "skipped", f"npm cannot install @grafana/schema {release} here")
        return
    (folder / "types.ts").write_text(_TYPES.read_text())
    for file in FOLDER.glob("*.json"):
        (folder / f"{file.stem}.ts").write_text(as_typescript(file.read_text()))
    names = sorted(file.stem for file in FOLDER.glob("*.json"))
    flags = ["--noEmit", "--strict", "--skipLibCheck", "--module", "preserve", "--target", "es2022"]
    _judge(
        outcome,
        f"tsc of {len(names)} dashboards against @grafana/schema {release}",
        ["node", str(folder / "node_modules/typescript/bin/tsc"), *flags, *(f"{name}.ts" for name in names)],
        folder,
    )


def as_typescript(text: str) -> str:
    """A module in which a dashboard, and each panel by its own kind's options, is a value of the types of types.ts."""
    panels = json.loads(text)["panels"]
    lines = ['import type * as types from "./types";', f"export const dashboard: types.Dashboard = {text.rstrip()};"]
    for panel in panels:
        if kind := _PANEL_TYPES.get(panel["type"]):
            shown = json.dumps(panel, ensure_ascii=False)
            lines.append(f"export const panel{panel['id']}: types.{kind}Panel = {shown};")
    return "\n".join(lines) + "\n"


def _install(npm: str, folder: Path, schema: str) -> bool:
    """Whether the two packages are there in the end; an earlier run may have left them."""
    folder.mkdir(exist_ok=True)
    wanted = f"{schema} typescript@{_TYPESCRIPT}"
    note = folder / "installed"
    if note.exists() and note.read_text() == wanted:
        return True
    (folder / "package.json").write_text("{}")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *re.split(" ", wanted)]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=_NPM_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    if done.returncode == 0:
        note.write_text(wanted)
    return done.returncode == 0
