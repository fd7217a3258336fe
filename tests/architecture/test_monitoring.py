"""What Prometheus and Alertmanager read matches what the services export and compose runs."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from deploy.grafana.infrastructure import EXPORTED
from shared.contracts.topics import SERVICES
from shared.runtime.metrics import Metrics
from tests.support.compose_file import compose, compose_settings, mounted, read, service
from tests.support.promql import metrics_of

# The suffixes that prometheus_client adds to a metric's name, by kind of metric.
SERIES: Final = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
}


def alert_groups() -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = read("deploy/prometheus/alerts.yml")["groups"]
    return groups


def alerts() -> list[dict[str, Any]]:
    return [rule for group in alert_groups() for rule in group["rules"]]


def exported() -> set[str]:
    """The name of every series that a service or an exporter can export, and of every rule that records one."""
    series = {family.name + suffix for family in Metrics().registry.collect() for suffix in SERIES[family.type]}
    groups = read("deploy/prometheus/recording.yml")["groups"]
    return series | {rule["record"] for group in groups for rule in group["rules"]} | {"up"}.union(*EXPORTED.values())


def test_prometheus_scrapes_every_service_and_reads_the_alerts() -> None:
    """There is one job for each service, with its name and its address in compose, and the rule file is mounted."""
    config = yaml.safe_load(mounted("prometheus", "/etc/prometheus/prometheus.yml").read_text())
    targets = {job["job_name"]: job["static_configs"] for job in config["scrape_configs"]}
    services = {name: [{"targets": [f"{name}:{compose_settings(name)['port']}"]}] for name in SERVICES}
    assert targets.items() >= services.items()
    hosts = {group["targets"][0].partition(":")[0] for groups in targets.values() for group in groups}
    assert hosts == {*targets} <= compose()["services"].keys()
    [alertmanager] = config["alerting"]["alertmanagers"]
    assert alertmanager["static_configs"] == [{"targets": ["alertmanager:9093"]}]
    assert all(job.get("metrics_path", "/metrics") == "/metrics" for job in config["scrape_configs"])
    assert config["rule_files"] == ["recording.yml", "alerts.yml"]
    assert all(mounted("prometheus", f"/etc/prometheus/{file}").exists() for file in config["rule_files"])


def test_alertmanager_gets_every_name_that_its_file_leaves_open() -> None:
    """Its start command fills them in; a name that is left would be a mailbox of that name."""
    file = mounted("alertmanager", "/etc/alertmanager/alertmanager.yml").read_text()
    command = service("alertmanager")["entrypoint"][-1]
    given = set(re.findall(r"s\|([A-Z_]+)\|", command))
    used = {value for line in file.splitlines() for value in re.findall(r": ([A-Z]+_[A-Z]+)$", line)}
    assert used == given
    assert set(re.findall(r"\$\$([A-Z_]+)", command)) == service("alertmanager")["environment"].keys()
    named = {name for rule in yaml.safe_load(file)["inhibit_rules"] for name in re.findall(r"\b[A-Z]\w+", str(rule))}
    assert named <= {alert["alert"] for alert in alerts()}


def test_every_alert_and_rule_names_series_that_something_exports() -> None:
    """An alert on a metric that nothing exports would never fire."""
    groups = [*alert_groups(), *read("deploy/prometheus/recording.yml")["groups"]]
    assert all(group["rules"] for group in groups)
    for rule in (rule for group in groups for rule in group["rules"]):
        assert metrics_of(rule["expr"])
        assert metrics_of(rule["expr"]) <= exported(), rule


def test_every_alert_has_a_query_a_severity_a_summary_and_a_description() -> None:
    """The description tells the operator where to look."""
    for alert in alerts():
        assert alert["expr"].strip(), alert["alert"]
        assert alert["labels"]["severity"] in {"critical", "warning"}, alert["alert"]
        assert alert["annotations"]["summary"], alert["alert"]
        assert alert["annotations"]["description"], alert["alert"]
