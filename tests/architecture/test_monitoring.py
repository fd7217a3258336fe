"""What Prometheus, Alertmanager and Grafana read matches what the services export and compose runs."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import yaml

from shared.contracts.topics import SERVICES
from shared.runtime.metrics import Metrics
from tests.support.compose_file import ROOT, compose, compose_settings, mounted, read, service

# The suffixes that prometheus_client adds to a metric's name, by kind of metric.
SERIES: Final = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
}
# What Prometheus itself, the process and the exporters call their series.
STANDARD: Final = re.compile(r"\b(up|process|python|node|mongodb|kafka)\b|\b(process|python|node|mongodb|kafka)_\w+")


def dashboards() -> list[dict[str, Any]]:
    return [json.loads(file.read_text()) for file in sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))]


def panels() -> list[dict[str, Any]]:
    return [panel for dashboard in dashboards() for panel in dashboard["panels"]]


def alert_groups() -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = read("deploy/prometheus/alerts.yml")["groups"]
    return groups


def alerts() -> list[dict[str, Any]]:
    return [rule for group in alert_groups() for rule in group["rules"]]


def exported() -> set[str]:
    """The name of every series that a service can export, and of every rule that records one."""
    series = {family.name + suffix for family in Metrics().registry.collect() for suffix in SERIES[family.type]}
    groups = read("deploy/prometheus/recording.yml")["groups"]
    return series | {rule["record"] for group in groups for rule in group["rules"]}


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


def test_grafana_finds_its_data_source_and_its_dashboards() -> None:
    """Provisioning names folders that compose mounts, and a data source that compose runs and all panels query."""
    [provider] = read(mounted("grafana", "/etc/grafana/provisioning/dashboards/thidua.yaml"))["providers"]
    assert list(mounted("grafana", provider["options"]["path"]).glob("*.json"))
    [source] = read(mounted("grafana", "/etc/grafana/provisioning/datasources/prometheus.yaml"))["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert "prometheus" in compose()["services"]
    assert {panel["datasource"]["uid"] for panel in panels()} == {source["uid"]}


def test_every_query_names_metrics_the_services_export() -> None:
    """A panel or an alert on a metric that no service exports would never show anything."""
    queries = {panel["title"]: target["expr"] for panel in panels() for target in panel["targets"]}
    queries |= {alert["alert"]: alert["expr"] for alert in alerts()}
    assert len(queries) == sum(len(panel["targets"]) for panel in panels()) + len(alerts())
    for title, query in queries.items():
        metrics = set(re.findall(r"\bthidua[_:][\w:]+", query))
        assert metrics or STANDARD.search(query), title
        assert metrics <= exported(), (title, metrics - exported())


def test_no_dashboard_and_no_group_of_alerts_is_empty() -> None:
    """Every dashboard has a panel and every group has a rule."""
    assert dashboards()
    assert all(dashboard["panels"] for dashboard in dashboards())
    assert alert_groups()
    assert all(group["rules"] for group in alert_groups())


def test_every_panel_has_a_title_a_description_and_a_unit() -> None:
    """An operator may have to read it in the middle of the night."""
    for panel in panels():
        assert panel["title"], panel["id"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["targets"], panel["title"]
    assert len({panel["id"] for panel in panels()}) == len(panels())


def test_every_alert_has_a_query_a_severity_a_summary_and_a_description() -> None:
    """The description tells the operator where to look."""
    for alert in alerts():
        assert alert["expr"].strip(), alert["alert"]
        assert alert["labels"]["severity"] in {"critical", "warning"}, alert["alert"]
        assert alert["annotations"]["summary"], alert["alert"]
        assert alert["annotations"]["description"], alert["alert"]
