"""The alerts fire under their faults and stay quiet otherwise, by Prometheus' own tool."""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from shared.contracts.topics import SERVICES

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "deploy" / "prometheus"
PROMTOOL: Final = shutil.which("promtool")
HOURS: Final = 365 * 24
STEP: Final = 12

with_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool (Debian's package prometheus) is not on this machine"
)


def promtool(*arguments: str | Path) -> None:
    """Run it; raises ``AssertionError`` with what it printed."""
    assert PROMTOOL is not None
    done = subprocess.run([PROMTOOL, *map(str, arguments)], cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def alerts() -> dict[str, dict[str, Any]]:
    """Every alert by name."""
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


@with_promtool
def test_each_alert_fires_under_its_fault_and_only_it_does() -> None:
    """The cases are in deploy/prometheus/alerts.test.yml."""
    promtool("check", "rules", "recording.yml", "alerts.yml")
    promtool("test", "rules", "alerts.test.yml")


def test_every_alert_has_a_case_in_which_it_fires() -> None:
    """An alert that was never seen firing may never do so."""
    cases = (FOLDER / "alerts.test.yml").read_text()
    fired = set(re.findall(r'exp_samples:\n(?:\s+- .*\n)*?\s+- \{ labels: \'\{alertname="(\w+)"\}', cases))
    assert alerts().keys() - fired == {"BackupMissing"}  # it fires after three days without a series: see below


def of_a_year(*values: float) -> str:
    """The values over and over again, for a year."""
    return " ".join(str(value) for value in list(chain.from_iterable(repeat(values, HOURS)))[: HOURS // STEP])


def normal_year() -> dict[str, str]:
    """What Prometheus reads in a year in which nothing is wrong, one look in twelve hours."""
    daily, monthly = (of_a_year(*range(0, hours * 3600, STEP * 3600)) for hours in (24, 30 * 24))
    series = {
        'thidua_maintenance_age_seconds{job="intake", task="backup"}': daily,
        'thidua_maintenance_age_seconds{job="scoring", task="verify"}': monthly,
        'thidua_verify_mismatches{job="scoring"}': of_a_year(0),
        'thidua_key_days_left{job="intake"}': of_a_year(200, 199, 15, 300),
        'thidua_calendar_days_left{job="notify", calendar="viet-nam"}': of_a_year(400, 61),
        'thidua_mailboxes_flagged{job="notify"}': of_a_year(0),
        'thidua_standings_age_seconds{job="scoring"}': of_a_year(0, 3, 0, 1),
        'thidua_agendas_age_seconds{job="council"}': of_a_year(12, 29, 3, 31),
        'node_filesystem_avail_bytes{job="node-exporter", mountpoint="/", fstype="ext4"}': of_a_year(40, 30, 11),
        'node_filesystem_size_bytes{job="node-exporter", mountpoint="/", fstype="ext4"}': of_a_year(100),
        'up{job="node-exporter"}': of_a_year(1),
    }
    for job in SERVICES:
        series |= {
            f'up{{job="{job}"}}': of_a_year(1),
            f'thidua_ready{{job="{job}"}}': of_a_year(1),
            f'thidua_build_info{{job="{job}", version="1.0"}}': of_a_year(1),
            f'thidua_open_dead_letters{{job="{job}"}}': of_a_year(0),
            f'thidua_unsent_age_seconds{{job="{job}"}}': of_a_year(0, 15, 2, 0, 30),
            f'thidua_unhandled_age_seconds{{job="{job}", topic="intake.plans.v1"}}': of_a_year(0, 1, 20, 3, 45),
            f'thidua_audit_head_age_seconds{{job="{job}"}}': daily,
            f'thidua_paused_partitions{{job="{job}", reason="bug"}}': of_a_year(0),
            f'thidua_event_loop_delay_seconds{{job="{job}"}}': of_a_year(0.01, 0.3, 1.5, 0.02),
        }
    return series


def year_case(series: dict[str, str], expected: list[dict[str, Any]]) -> dict[str, Any]:
    ever = 'count by (alertname) (count_over_time(ALERTS{alertstate="firing"}[1y]))'
    return {
        "interval": f"{STEP}h",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [{"expr": ever, "eval_time": f"{HOURS - STEP}h", "exp_samples": expected}],
    }


@with_promtool
def test_no_alert_fires_in_a_normal_year_and_one_does_in_a_year_without_backups(tmp_path: Path) -> None:
    """What changes within hours is in alerts.test.yml, minute by minute: steady lag, fresh documents, an upgrade."""
    never_backed_up = {name: values for name, values in normal_year().items() if "backup" not in name}
    missing = {"labels": '{alertname="BackupMissing"}', "value": 1}
    cases = {
        "rule_files": [str(FOLDER / "recording.yml"), str(FOLDER / "alerts.yml")],
        "evaluation_interval": f"{STEP}h",
        "tests": [year_case(normal_year(), []), year_case(never_backed_up, [missing])],
    }
    file = tmp_path / "year.test.yml"
    file.write_text(yaml.safe_dump(cases))
    promtool("test", "rules", file)


@pytest.mark.parametrize("name", alerts())
def test_every_alert_has_a_runbook_that_exists(name: str) -> None:
    """Its address is a heading of docs/operations.md."""
    page, _, heading = alerts()[name]["annotations"]["runbook_url"].partition("#")
    assert (page, heading) == ("docs/operations.md", name.lower())
    assert f"\n#### {name}\n" in (ROOT / page).read_text()
