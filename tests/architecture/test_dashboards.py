"""The dashboards show what the services and exporters export, in Vietnamese, and name nobody."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Final

import pytest

from deploy.grafana.__main__ import FOLDER, files
from deploy.grafana.infrastructure import EXPORTED
from deploy.grafana.panels import NAME
from shared.contracts.topics import SERVICES
from shared.runtime.metrics import Metrics
from tests.support.compose_file import compose, mounted, read
from tests.support.promql import labels_of, metrics_of, selectors_of

STANDARD: Final = {"ALERTS", "up"}
"""What Prometheus itself makes."""
LABELS: Final = {
    # Prometheus' own and the exporters'
    *("alertname", "alertstate", "severity", "job", "le", "mode", "device", "mountpoint", "fstype", "cpu"),
    *("op_type", "legacy_op_type", "conn_type", "consumergroup", "generation"),
    # ours: a topic of the table, an id of a published plan, or a word of a closed list
    *(
        "topic",
        "partition",
        "route",
        "status",
        "reason",
        "cause",
        "outcome",
        "phase",
        "state",
        "list",
        "task",
        "version",
    ),
    *("plan", "obligation", "award", "session", "movement"),
}
"""By what panels may divide. None names an agency, a unit, a report, a person or a mail address."""
VIETNAMESE: Final = re.compile(r"[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]", re.IGNORECASE)


def dashboards() -> dict[str, dict[str, Any]]:
    return {file.name: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}


def panels() -> list[Any]:
    return [
        pytest.param(panel, id=f"{name}: {panel['title']}")
        for name, dashboard in dashboards().items()
        for panel in dashboard["panels"]
        if panel["type"] != "row"
    ]


def exprs(panel: dict[str, Any]) -> list[str]:
    return [target["expr"] for target in panel["targets"]]


def known_series() -> set[str]:
    """Every series that a service, a rule, an exporter or Prometheus makes."""
    suffixes = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
    families = [family for service in SERVICES for family in Metrics(service).registry.collect()]
    ours = {family.name + suffix for family in families for suffix in suffixes[family.type]}
    groups = read("deploy/prometheus/recording.yml")["groups"]
    recorded = {rule["record"] for group in groups for rule in group["rules"]}
    return ours | recorded | STANDARD | set().union(*EXPORTED.values())


def test_the_committed_dashboards_are_the_ones_that_the_tables_make() -> None:
    """After a change: ``python -m deploy.grafana``."""
    assert {file.name: file.read_text() for file in FOLDER.glob("*.json")} == files()


def test_there_is_an_overview_the_events_way_a_dashboard_for_each_service_and_the_infrastructure() -> None:
    """Their addresses never change, and each name is used once."""
    made = dashboards()
    assert [*made] == sorted(f"{dashboard['uid']}.json" for dashboard in made.values())
    wanted = {"thidua-nghiep-vu", "thidua-su-kien", "thidua-ha-tang", *(f"thidua-{name}" for name in SERVICES)}
    assert {dashboard["uid"] for dashboard in made.values()} == wanted
    assert Counter(dashboard["title"] for dashboard in made.values()).most_common(1)[0][1] == 1


def test_grafana_finds_its_data_source_and_its_dashboards() -> None:
    """Provisioning names folders that compose mounts, and a data source that compose runs and all queries use."""
    [provider] = read(mounted("grafana", "/etc/grafana/provisioning/dashboards/thidua.yaml"))["providers"]
    assert mounted("grafana", provider["options"]["path"]) == FOLDER
    [source] = read(mounted("grafana", "/etc/grafana/provisioning/datasources/prometheus.yaml"))["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert "prometheus" in compose()["services"]
    named = set(re.findall(r'"uid": "(prom\w*)"', "".join(files().values())))
    assert named == {source["uid"]}
    assert EXPORTED.keys() <= compose()["services"].keys()


@pytest.mark.parametrize("name", dashboards())
def test_a_dashboard_opens_the_others_and_marks_deadlines_sessions_and_alerts(name: str) -> None:
    """The span of time is kept; numbers and places of panels are not used twice."""
    dashboard = dashboards()[name]
    [link] = dashboard["links"]
    assert link["type"] == "dashboards"
    assert link["keepTime"]
    assert set(link["tags"]) <= set(dashboard["tags"])
    marks = dashboard["annotations"]["list"]
    assert [mark["name"] for mark in marks] == ["Hạn nộp báo cáo", "Phiên họp", "Cảnh báo"]
    assert set().union(*(metrics_of(mark["expr"]) for mark in marks)) <= known_series()
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    cells = Counter(
        (x, y)
        for panel in dashboard["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    )
    assert cells.most_common(1)[0][1] == 1
    assert max(x for x, _ in cells) < 24
    titles = [panel["title"] for panel in dashboard["panels"]]
    assert [title for title in [dashboard["title"], *titles] if not VIETNAMESE.search(title)] == []
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("panel", panels())
def test_a_panel_has_a_unit_and_one_vietnamese_sentence_on_what_to_see_or_do(panel: dict[str, Any]) -> None:
    """An operator may have to read it in the middle of the night."""
    text = panel["description"]
    assert VIETNAMESE.search(text)
    assert text.endswith(".")
    assert not re.search(r"[.!?] \w", text)
    assert len(text) <= 130
    assert panel["fieldConfig"]["defaults"]["unit"] not in ("", NAME, "short")
    assert panel["targets"]


@pytest.mark.parametrize("panel", panels())
def test_a_panel_reads_series_that_exist_and_divides_by_labels_that_name_nobody(panel: dict[str, Any]) -> None:
    """A panel on a metric that nothing exports would never show anything."""
    for expr in exprs(panel):
        assert metrics_of(expr)
        assert metrics_of(expr) <= known_series()
        assert labels_of(expr) <= LABELS
    legends = {name for target in panel["targets"] for name in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])}
    assert legends <= LABELS


def test_a_colour_means_the_same_on_every_dashboard() -> None:
    """Each name of a series with a fixed colour has one, wherever it is drawn."""
    seen: dict[str, set[str]] = {}
    for parameter in panels():
        for override in parameter.values[0]["fieldConfig"]["overrides"]:
            [fixed] = override["properties"]
            seen.setdefault(override["matcher"]["options"], set()).add(fixed["value"]["fixedColor"])
    assert seen
    assert {name: colours for name, colours in seen.items() if len(colours) > 1} == {}


def test_the_series_and_labels_of_a_query_are_found() -> None:
    """What the tests above rest on."""
    expr = (
        'sum by (job, le) (rate(a_total{x=~"b|c", y!="d"}[5m])) / on() count(e:f > 3) unless g offset 15m or 1 < +Inf'
    )
    assert metrics_of('max(a{x="b_c"} * 1000) or vector(0)') == {"a"}
    assert metrics_of(expr) == {"a_total", "e:f", "g"}
    assert selectors_of(expr) == ['a_total{x=~"b|c", y!="d"}', "e:f", "g"]
    assert labels_of(expr) == {"job", "le", "x", "y"}
