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
from tests.support.promql import metrics_of

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
    daily, monthly = (of_a_year(*range(0, hours * 1800, STEP * 1800)) for hours in (24, 30 * 24))
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
@pytest.mark.apart
def test_no_alert_fires_in_a_normal_year_and_one_does_in_a_year_without_backups(tmp_path: Path) -> None:
    """What changes within hours is in the normal day below."""
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


def in_the_morning(before: int, after: int) -> str:
    """A counter over the day, minute by minute: it moves once, at eight."""
    return f"{before}x299 {after}x420"


def normal_day() -> dict[str, str]:
    """What Prometheus reads from 03:00 to 15:00, one look a minute: reports, reminders at eight, an upgrade at noon."""
    upgraded = "1x539 0 stale 1x178"  # unready, then away for a minute
    series = {
        'thidua_http_request_seconds_bucket{job="intake", route="/v1/reports", le="2.0"}': "0+199x719",
        'thidua_http_request_seconds_count{job="intake", route="/v1/reports"}': "0+200x719",
        'thidua_http_requests_total{job="intake", route="/v1/reports", status="202"}': "0+200x719",
        'thidua_http_requests_total{job="intake", route="/v1/reports", status="503"}': in_the_morning(0, 4),
        'thidua_board_seconds_bucket{job="scoring", le="30.0"}': "0+199x719",
        'thidua_board_seconds_count{job="scoring"}': "0+200x719",
        'thidua_reminder_seconds_bucket{job="notify", le="600.0"}': in_the_morning(0, 300),
        'thidua_reminder_seconds_count{job="notify"}': in_the_morning(0, 300),
        'thidua_deliveries_total{job="notify", outcome="sent"}': in_the_morning(0, 300),
        'thidua_deliveries_total{job="notify", outcome="retried"}': in_the_morning(0, 2),
        'thidua_deliveries_total{job="notify", outcome="failed"}': "0x719",
        'thidua_paused_partitions{job="council", reason="no_plan"}': "0x400 1 1 0x317",
        'mongodb_up{job="mongodb-exporter"}': "1x719",
        'kafka_brokers{job="kafka-exporter"}': "1x719",
        'up{job="kafka-exporter"}': "1x300 0 1x418",
    }
    for job in SERVICES:
        series |= {
            f'thidua_ready{{job="{job}"}}': upgraded,
            f'up{{job="{job}"}}': "1x540 0 1x178",
            f'thidua_consumer_lag_records{{job="{job}", topic="intake.results.v1", partition="0"}}': "1+3x12 40-3x12 "
            * 28,
            f'thidua_unhandled_age_seconds{{job="{job}", topic="intake.results.v1"}}': "0 15 2 40 1 30 " * 120,
            f'thidua_unsent_documents{{job="{job}"}}': "3x719",
            f'thidua_unsent_age_seconds{{job="{job}"}}': "0 15 2 12 1 30 " * 120,
            f'thidua_commit_failures_total{{job="{job}"}}': "0x539 1x180",
            f'thidua_rebalances_total{{job="{job}"}}': "1x539 5x180",
            f'thidua_event_loop_delay_seconds{{job="{job}"}}': "0.01 0.3 1.5 0.02 " * 180,
        }
    return series


@with_promtool
def test_no_alert_fires_in_a_normal_day_minute_by_minute(tmp_path: Path) -> None:
    """What only shows within hours: budgets, retries, an upgrade, one mail that is tried again."""
    firing = {"expr": 'count by (alertname) (count_over_time(ALERTS{alertstate="firing"}[1d]))', "eval_time": "719m"}
    day = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in normal_day().items()],
        "promql_expr_test": [{**firing, "exp_samples": []}],
    }
    rules = [str(FOLDER / "recording.yml"), str(FOLDER / "alerts.yml")]
    file = tmp_path / "day.test.yml"
    file.write_text(yaml.safe_dump({"rule_files": rules, "evaluation_interval": "1m", "tests": [day]}))
    promtool("test", "rules", file)


def test_the_normal_year_and_day_have_every_series_that_an_alert_reads() -> None:
    """An alert whose series are missing is quiet for that reason alone."""
    groups = yaml.safe_load((FOLDER / "recording.yml").read_text())["groups"]
    recorded = {rule["record"]: metrics_of(rule["expr"]) for group in groups for rule in group["rules"]}
    simulated = {name.partition("{")[0] for name in (*normal_year(), *normal_day())}
    for name, alert in alerts().items():
        read = set[str]().union(*(recorded.get(metric, {metric}) for metric in metrics_of(alert["expr"])))
        missing = read - simulated
        assert missing == ({"thidua_unheard_records_total"} if name == "SpokenByANewerRelease" else set()), name


@pytest.mark.parametrize("file", ["alerts.yml", "recording.yml"])
def test_bounds_of_histograms_are_written_as_both_prometheus_2_and_3_name_them(file: str) -> None:
    """Prometheus 3 reads le="2" as "2.0"; our client has always written "2.0"."""
    bounds = re.findall(r'\ble="([^"]+)"', (FOLDER / file).read_text())
    assert [bound for bound in bounds if str(float(bound)) != bound] == []
    assert bounds or file == "alerts.yml"


@pytest.mark.parametrize("name", alerts())
def test_every_alert_has_a_runbook_that_exists(name: str) -> None:
    """Its address is a heading of docs/operations.md."""
    page, _, heading = alerts()[name]["annotations"]["runbook_url"].partition("#")
    assert (page, heading) == ("docs/operations.md", name.lower())
    assert f"\n#### {name}\n" in (ROOT / page).read_text()
