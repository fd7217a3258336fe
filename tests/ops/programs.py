"""The programs that watch: where they are on this machine, and how their configuration becomes one for a demo."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tests.support.compose_file import ROOT

PROMETHEUS: Final = ROOT / "deploy/prometheus"
ALERTMANAGER: Final = ROOT / "deploy/alertmanager/alertmanager.yml"
_PACKAGES: Final = {
    "prometheus": ("prometheus",),
    "promtool": ("prometheus",),
    "alertmanager": ("prometheus-alertmanager", "alertmanager"),
    "amtool": ("amtool",),
    "node-exporter": ("prometheus-node-exporter", "node_exporter"),
    "npm": ("npm",),
}
"""By program: the names it goes by, of which the first is Debian's."""
_FOR: Final = re.compile(r"(?<=for: )(\d+)([smhd])\b")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SHORTER: Final = 12


def find(program: str) -> str | None:
    """The path of a program; None where it is missing."""
    names = ("promtool",) if program == "promtool" else _PACKAGES[program]
    return next((path for name in names if (path := shutil.which(name))), None)


def shortened(rules: str) -> str:
    """The text of a rule file in which every ``for`` below an hour is a twelfth of itself, and rounds come at once.

    So a drill takes a minute instead of ten; that the alerts fire after their own time is what promtool's cases show.
    Longer times stay, so that in a demo nobody misses a backup.
    """

    def shorter(match: re.Match[str]) -> str:
        seconds = int(match[1]) * _SECONDS[match[2]]
        return match[0] if seconds >= _SECONDS["h"] else f"{seconds // _SHORTER}s"

    return re.sub(r"^ +interval: \w+\n", "", _FOR.sub(shorter, rules), flags=re.MULTILINE)


def prometheus_config(targets: Mapping[str, str], alertmanager: str, rules: list[Path]) -> str:
    """Our configuration with the demo's addresses and a look every three seconds; only jobs with a target."""
    config: dict[str, Any] = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "3s", "evaluation_interval": "3s"}
    config["rule_files"] = [str(path) for path in rules]
    config["alerting"]["alertmanagers"][0]["static_configs"] = [{"targets": [alertmanager]}]
    jobs = [job for job in config["scrape_configs"] if job["job_name"] in targets]
    for job in jobs:
        job["static_configs"] = [{"targets": [targets[job["job_name"]]]}]
    config["scrape_configs"] = jobs
    return yaml.safe_dump(config)


def alertmanager_config(smtp: str) -> str:
    """Our configuration with its open names filled in, as compose's start command fills them in."""
    text = ALERTMANAGER.read_text()
    given = {
        "OPERATORS_MAILBOX": "van-hanh@thidua.example",
        "ALERTS_FROM": "canh-bao@thidua.example",
        "ALERTS_SMTP": smtp,
        "ALERTS_TLS": "false",
    }
    for name, value in given.items():
        text = text.replace(name, value)
    return text
