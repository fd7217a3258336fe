"""What is deployed and watched is what the code is: the compose file, the image, Prometheus and Grafana."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from deploy.stack.embedded import Stack
from shared.contracts.topics import SERVICES
from shared.runtime.metrics import Metrics
from shared.runtime.settings import ServiceSettings

ROOT: Final = Path(__file__).parents[2]
PREFIX: Final = "THIDUA_"
# What Prometheus makes of one metric, by its kind; prometheus_client adds these to the name.
SERIES: Final = {
    "counter": ("_total", "_created"),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count", "_created"),
}
# What the embedded stack gives the services and compose does not, and why.
EMBEDDED_ONLY: Final = {
    "THIDUA_CLOCK": "only a demo drives the clock",
    "THIDUA_CLOCK_START": "only a demo drives the clock",
    "THIDUA_IDEMPOTENT_PRODUCER": "only the embedded broker refuses idempotent producers; Kafka takes the default",
}
for_every_service = pytest.mark.parametrize("name", SERVICES)


def read(path: Path | str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


def compose() -> dict[str, Any]:
    found: dict[str, Any] = read("docker-compose.yml")
    return found


def service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"][name]
    return found


def settings_of(name: str) -> type[ServiceSettings]:
    """The settings class of a service's own."""
    own = [
        var
        for var in vars(import_module(f"services.{name}.settings")).values()
        if isinstance(var, type) and issubclass(var, ServiceSettings) and var is not ServiceSettings
    ]
    assert len(own) == 1
    return own[0]


def settings_given_to(name: str) -> dict[str, str]:
    """What compose sets, by field, with ``${NAME:-default}`` at its default."""
    given = service(name)["environment"]
    assert all(key.startswith(PREFIX) for key in given), given
    return {
        key.removeprefix(PREFIX).lower(): re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for key, value in given.items()
    }


def mounted(name: str, path: str) -> Path:
    """The folder of this repository that a container sees at, or above, a path; the path within it."""
    for volume in service(name)["volumes"]:
        source, target, *_ = map(Path, volume.split(":"))
        if volume.startswith("./") and Path(path).is_relative_to(target):
            return ROOT / source / Path(path).relative_to(target)
    raise AssertionError(f"{name} mounts nothing of this repository at {path}")


def dockerfile(instruction: str) -> list[str]:
    """The arguments of every such instruction, in order."""
    lines = (ROOT / "deploy/Dockerfile").read_text().replace("\\\n", " ").splitlines()
    return [line.removeprefix(instruction).strip() for line in lines if line.startswith(f"{instruction} ")]


def dashboards() -> list[dict[str, Any]]:
    return [json.loads(file.read_text()) for file in sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))]


def panels() -> list[dict[str, Any]]:
    return [panel for dashboard in dashboards() for panel in dashboard["panels"]]


def alert_groups() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read("deploy/prometheus/alerts.yml")["groups"]
    return found


def alerts() -> list[dict[str, Any]]:
    return [rule for group in alert_groups() for rule in group["rules"]]


def exported() -> set[str]:
    """The name of every series an app can export."""
    return {family.name + suffix for family in Metrics().registry.collect() for suffix in SERIES[family.type]}


@for_every_service
def test_every_service_runs_its_own_module(name: str) -> None:
    """Compose starts each service of the topic table as ``python -m services.<name>``, and that can be run."""
    assert service(name)["command"] == ["python", "-m", f"services.{name}"]
    assert find_spec(f"services.{name}.__main__") is not None


@for_every_service
def test_every_environment_key_is_a_setting_and_its_value_is_accepted(name: str) -> None:
    """What compose sets is a field of the service's settings, so that none is misspelt and silently ignored."""
    given, settings = settings_given_to(name), settings_of(name)
    assert given.keys() <= settings.model_fields.keys()
    settings.model_validate(given)


def given_by_the_embedded_stack(name: str) -> set[str]:
    """The environment variables of ``thidua demo`` that are settings of this service."""
    stack = Stack(Path("never-made"), clock_start=datetime(2023, 1, 1, tzinfo=UTC))
    known = settings_of(name).model_fields
    return {key for key in stack.environment(name) if key.removeprefix(PREFIX).lower() in known}


@for_every_service
def test_compose_gives_a_service_every_setting_that_the_embedded_stack_gives_it(name: str) -> None:
    """What works in the demo works in production: without its key, a service would refuse whoever comes with it."""
    embedded = given_by_the_embedded_stack(name)
    assert {"THIDUA_KAFKA", "THIDUA_MONGO", "THIDUA_PORT"} <= embedded
    assert embedded - service(name)["environment"].keys() == EMBEDDED_ONLY.keys()


def test_every_thing_the_embedded_stack_gives_is_a_setting_of_some_service_or_of_the_image() -> None:
    """So a name that is misspelt there shows."""
    image = {pair.partition("=")[0] for line in dockerfile("ENV") for pair in line.split()}
    given = set(Stack(Path("never-made")).environment("intake"))
    assert given - image <= {key for name in SERVICES for key in given_by_the_embedded_stack(name)}


def test_no_secret_is_written_down() -> None:
    """The digests of keys come from the environment of whoever starts the stack."""
    digests = {
        key: value
        for name in SERVICES
        for key, value in service(name)["environment"].items()
        if key.endswith("_SHA256")
    }
    assert digests
    assert all(value == f"${{{key}:-}}" for key, value in digests.items()), digests


def test_all_services_run_one_image_that_is_built_once() -> None:
    """Four builds of one tag would race; so one service builds the image and all four run it."""
    assert len({service(name)["image"] for name in SERVICES}) == 1
    builds = [item["build"] for item in compose()["services"].values() if "build" in item]
    assert builds == [{"context": ".", "dockerfile": "deploy/Dockerfile"}]


def test_every_image_is_pinned() -> None:
    """Every image we run or build upon names a version."""
    images = [item["image"] for item in compose()["services"].values()]
    bases = [line.split()[0] for line in dockerfile("FROM")]
    assert (len(images), len(bases)) == (8, 2)
    images += bases
    for image in images:
        _, colon, tag = image.partition(":")
        assert colon, image
        assert tag not in {"", "latest"}, image


@for_every_service
def test_every_service_is_asked_for_its_readiness_where_it_listens(name: str) -> None:
    """The health check and the published port meet the port the service is told to listen on."""
    port = settings_given_to(name)["port"]
    assert f":{port}/readyz'" in service(name)["healthcheck"]["test"][-1]
    assert [published.rpartition(":")[2] for published in service(name)["ports"]] == [port]


@for_every_service
def test_services_wait_for_the_broker_and_the_database_only(name: str) -> None:
    """No service waits for another, and what they wait for can tell that it is healthy."""
    waits = service(name)["depends_on"]
    assert waits == {item: {"condition": "service_healthy"} for item in ("kafka", "mongo")}
    assert all("healthcheck" in service(wait) for wait in waits)


def test_nothing_is_published_beyond_this_machine() -> None:
    """Kafka and MongoDB ask for no password here, Grafana neither; what is published listens on the loopback."""
    ports = [port for item in compose()["services"].values() for port in item.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports), ports
    assert not any("ports" in service(item) for item in ("kafka", "mongo"))


def test_what_must_survive_a_container_is_on_a_named_volume() -> None:
    """The broker's log, the database and the notices written outlive their containers."""
    kept = {
        "kafka": service("kafka")["environment"]["KAFKA_LOG_DIRS"],
        "mongo": "/data/db",
        "notify": settings_given_to("notify")["outbox_dir"],
    }
    for name, folder in kept.items():
        volumes = dict(reversed(volume.split(":")[:2]) for volume in service(name)["volumes"])
        assert volumes.get(folder) in compose()["volumes"], (name, folder)


def test_the_image_takes_its_packages_from_the_lock_file_without_the_extras() -> None:
    """Every package is locked by its hash, and neither the embedded stack nor the tools of a developer come along."""
    [install] = [line for line in dockerfile("RUN") if "pip install" in line]
    assert "COPY deploy/requirements.txt /requirements.txt" in (ROOT / "deploy/Dockerfile").read_text()
    assert "--require-hashes" in install
    assert re.findall(r"(?:-r|--requirement)\s+(\S+)", install) == ["/requirements.txt"]
    assert "requirements-dev" not in " ".join(dockerfile("RUN") + dockerfile("COPY"))
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "deploy/requirements.txt").read_text(), re.MULTILINE))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert locked
    assert locked.isdisjoint(re.split(r"[=<>]", item)[0] for extra in extras.values() for item in extra)


def test_the_image_holds_our_packages_and_does_not_run_as_root() -> None:
    """What is copied exists and is let through to the build; the services and what they share are among it."""
    sources = [line.split()[0] for line in dockerfile("COPY") if not line.startswith("--from")]
    assert {"services", "shared"} <= set(sources)
    let_through = (ROOT / ".dockerignore").read_text().splitlines()
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{Path(source).parts[0]}" in let_through, source
    assert dockerfile("USER")[-1:] not in ([], ["root"])


def test_prometheus_scrapes_every_service_and_reads_the_alerts() -> None:
    """One job a service, named after it, at its address in compose; the rule files are where they are mounted."""
    config = yaml.safe_load(mounted("prometheus", "/etc/prometheus/prometheus.yml").read_text())
    scraped = {job["job_name"]: job["static_configs"] for job in config["scrape_configs"]}
    assert scraped == {name: [{"targets": [f"{name}:{settings_given_to(name)['port']}"]}] for name in SERVICES}
    assert all(job.get("metrics_path", "/metrics") == "/metrics" for job in config["scrape_configs"])
    assert config["rule_files"] == ["alerts.yml"]
    assert mounted("prometheus", "/etc/prometheus/alerts.yml").exists()


def test_grafana_finds_its_data_source_and_its_dashboards() -> None:
    """Provisioning names folders that compose mounts and a data source that compose runs and every panel asks."""
    [provider] = read(mounted("grafana", "/etc/grafana/provisioning/dashboards/thidua.yaml"))["providers"]
    assert list(mounted("grafana", provider["options"]["path"]).glob("*.json"))
    [source] = read(mounted("grafana", "/etc/grafana/provisioning/datasources/prometheus.yaml"))["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert "prometheus" in compose()["services"]
    assert {panel["datasource"]["uid"] for panel in panels()} == {source["uid"]}


def test_every_query_names_metrics_the_services_export() -> None:
    """A panel or an alert over a metric that nobody exports would be calm for ever."""
    queries = {panel["title"]: target["expr"] for panel in panels() for target in panel["targets"]}
    queries |= {alert["alert"]: alert["expr"] for alert in alerts()}
    assert len(queries) == sum(len(panel["targets"]) for panel in panels()) + len(alerts())
    for title, query in queries.items():
        named = set(re.findall(r"\bthidua_\w+", query))
        assert named, title
        assert named <= exported(), (title, named - exported())


def test_no_dashboard_and_no_group_of_alerts_is_empty() -> None:
    """Each of them watches something."""
    assert dashboards()
    assert all(dashboard["panels"] for dashboard in dashboards())
    assert alert_groups()
    assert all(group["rules"] for group in alert_groups())


def test_every_panel_says_what_it_shows_and_in_what_unit() -> None:
    """A dashboard is read by somebody who was woken up."""
    for panel in panels():
        assert panel["title"], panel["id"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["targets"], panel["title"]
    assert len({panel["id"] for panel in panels()}) == len(panels())


def test_every_alert_says_what_is_wrong_and_where_to_look() -> None:
    """An alert has a query, a severity and the words for whoever gets it."""
    for alert in alerts():
        assert alert["expr"].strip(), alert["alert"]
        assert alert["labels"]["severity"] in {"critical", "warning"}, alert["alert"]
        assert alert["annotations"]["summary"], alert["alert"]
        assert alert["annotations"]["description"], alert["alert"]
