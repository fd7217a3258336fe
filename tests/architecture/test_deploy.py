"""The compose file, the image, Prometheus and Grafana match the code. What nobody may enter is in ``test_secrets``."""

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
from deploy.stack.province import Province
from shared.contracts.topics import SERVICES
from shared.runtime.metrics import Metrics
from shared.runtime.settings import ServiceSettings
from tests.support.compose import VARIABLE, filled_in, required_variables

ROOT: Final = Path(__file__).parents[2]
PREFIX: Final = "THIDUA_"
# The suffixes that prometheus_client adds to a metric's name, by kind of metric.
SERIES: Final = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
}
# What Prometheus itself, the process and the exporters call their series.
STANDARD: Final = re.compile(r"\b(up|process|python|node|mongodb|kafka)\b|\b(process|python|node|mongodb|kafka)_\w+")
# The settings that the embedded stack gives the services and compose does not, with the reason.
EMBEDDED_ONLY: Final = {
    "THIDUA_CLOCK": "only a demo drives the clock",
    "THIDUA_CLOCK_START": "only a demo drives the clock",
    "THIDUA_IDEMPOTENT_PRODUCER": "only the embedded broker refuses idempotent producers; Kafka takes the default",
}
PROVINCE: Final = Province("hung-yen", "ban-tdkt", "hung-yen.example", "trach-nhiem-ky-cuong-2025")
for_every_service = pytest.mark.parametrize("name", SERVICES)


def read(path: Path | str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


def compose() -> dict[str, Any]:
    document: dict[str, Any] = read("docker-compose.yml")
    return document


def service(name: str) -> dict[str, Any]:
    definition: dict[str, Any] = compose()["services"][name]
    return definition


def settings_of(name: str) -> type[ServiceSettings]:
    """The settings class that a service defines."""
    classes = [
        value
        for value in vars(import_module(f"services.{name}.settings")).values()
        if isinstance(value, type) and issubclass(value, ServiceSettings) and value is not ServiceSettings
    ]
    assert len(classes) == 1
    return classes[0]


def compose_settings(name: str) -> dict[str, str]:
    """The settings that compose gives a service, by field, with the defaults of variables that are not set."""
    environment: dict[str, str] = filled_in(service(name)["environment"], {})
    assert all(key.startswith(PREFIX) for key in environment), environment
    return {key.removeprefix(PREFIX).lower(): value for key, value in environment.items()}


def mounted(name: str, path: str) -> Path:
    """The file or folder of this repository that a container sees at a path. Raises ``AssertionError`` if none."""
    for volume in service(name)["volumes"]:
        source, target, *_ = map(Path, volume.split(":"))
        if volume.startswith("./") and Path(path).is_relative_to(target):
            return ROOT / source / Path(path).relative_to(target)
    raise AssertionError(f"{name} mounts no folder of this repository at {path}")


def dockerfile(instruction: str) -> list[str]:
    """The arguments of each occurrence of an instruction, in order."""
    lines = (ROOT / "deploy/Dockerfile").read_text().replace("\\\n", " ").splitlines()
    return [line.removeprefix(instruction).strip() for line in lines if line.startswith(f"{instruction} ")]


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


@for_every_service
def test_every_service_runs_its_own_module(name: str) -> None:
    """Compose starts each service of the topic table as ``python -m services.<name>``, which exists."""
    assert service(name)["command"] == ["python", "-m", f"services.{name}"]
    assert find_spec(f"services.{name}.__main__") is not None


@for_every_service
def test_every_environment_key_is_a_setting_and_its_value_is_accepted(name: str) -> None:
    """A misspelt setting would be ignored without a message."""
    given, settings = compose_settings(name), settings_of(name)
    assert given.keys() <= settings.model_fields.keys()
    settings.model_validate(given)


def given_by_the_embedded_stack(name: str) -> set[str]:
    """The environment variables of ``thidua demo`` that are settings of this service."""
    stack = Stack(Path("never-made"), PROVINCE, clock_start=datetime(2023, 1, 1, tzinfo=UTC))
    fields = settings_of(name).model_fields
    return {key for key in stack.environment(name) if key.removeprefix(PREFIX).lower() in fields}


@for_every_service
def test_compose_gives_a_service_every_setting_that_the_embedded_stack_gives_it(name: str) -> None:
    """So what works in the demo also works in production."""
    embedded = given_by_the_embedded_stack(name)
    assert {"THIDUA_KAFKA", "THIDUA_MONGO", "THIDUA_PORT"} <= embedded
    assert embedded - service(name)["environment"].keys() == EMBEDDED_ONLY.keys()


@for_every_service
def test_both_give_a_service_every_setting_without_a_default(name: str) -> None:
    """Without them the service would not start."""
    needed = {
        f"{PREFIX}{field.upper()}" for field, info in settings_of(name).model_fields.items() if info.is_required()
    }
    assert needed <= given_by_the_embedded_stack(name)
    assert needed <= service(name)["environment"].keys()


def test_compose_hands_on_every_setting_that_sends_mails_and_each_may_be_left_out() -> None:
    """Otherwise no mail leaves the machine, whatever `.env` says."""
    names = ("smtp_url", "smtp_ca", "webhook_url", "webhook_secret", "environment", "trial_mailbox")
    environment = service("notify")["environment"]
    for name in names:
        variable = f"{PREFIX}{name.upper()}"
        assert environment.get(variable) == f"${{{variable}:-}}"


def test_every_thing_the_embedded_stack_gives_is_a_setting_of_some_service_or_of_the_image() -> None:
    """So a name that is misspelt there is found."""
    image = {pair.partition("=")[0] for line in dockerfile("ENV") for pair in line.split()}
    given = set(Stack(Path("never-made"), PROVINCE).environment("intake"))
    assert given - image <= {key for name in SERVICES for key in given_by_the_embedded_stack(name)}


def test_all_services_run_one_image_that_is_built_once() -> None:
    """Four builds of one tag would race, so one service builds the image and all four run it."""
    assert len({service(name)["image"] for name in SERVICES}) == 1
    builds = [definition["build"] for definition in compose()["services"].values() if "build" in definition]
    assert builds == [{"context": ".", "dockerfile": "deploy/Dockerfile"}]


def test_every_image_is_pinned() -> None:
    """Every image that is run or built upon names a version."""
    images = [definition["image"] for definition in compose()["services"].values()]
    bases = [line.split()[0] for line in dockerfile("FROM")]
    assert (len(images), len(bases)) == (14, 2)
    images += bases
    for image in images:
        _, colon, tag = image.partition(":")
        assert colon, image
        assert tag not in {"", "latest"}, image


@for_every_service
def test_the_health_check_and_the_published_port_use_the_port_of_the_service(name: str) -> None:
    """The port is the one in the service's settings."""
    port = compose_settings(name)["port"]
    assert f":{port}/readyz'" in service(name)["healthcheck"]["test"][-1]
    assert [published.rpartition(":")[2] for published in service(name)["ports"]] == [port]


@for_every_service
def test_services_wait_for_the_broker_and_the_database_only(name: str) -> None:
    """No service waits for another, and the broker and the database have health checks."""
    dependencies = service(name)["depends_on"]
    assert dependencies == {dependency: {"condition": "service_healthy"} for dependency in ("kafka", "mongo")}
    assert all("healthcheck" in service(dependency) for dependency in dependencies)


def test_data_that_must_survive_a_container_is_on_a_named_volume() -> None:
    """This holds for the broker's log, the database and the mails in notify's folder."""
    folders = {
        "kafka": service("kafka")["environment"]["KAFKA_LOG_DIRS"],
        "mongo": "/data/db",
        "notify": compose_settings("notify")["outbox_dir"],
    }
    for name, folder in folders.items():
        volumes = dict(reversed(volume.split(":")[:2]) for volume in service(name)["volumes"])
        assert volumes.get(folder) in compose()["volumes"], (name, folder)


def test_the_image_takes_its_packages_from_the_lock_file_without_the_extras() -> None:
    """Every package is locked by its hash; the embedded stack and the development tools are not installed."""
    [install] = [line for line in dockerfile("RUN") if "pip install" in line]
    assert "COPY deploy/requirements.txt /requirements.txt" in (ROOT / "deploy/Dockerfile").read_text()
    assert "--require-hashes" in install
    assert re.findall(r"(?:-r|--requirement)\s+(\S+)", install) == ["/requirements.txt"]
    assert "requirements-dev" not in " ".join(dockerfile("RUN") + dockerfile("COPY"))
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "deploy/requirements.txt").read_text(), re.MULTILINE))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert locked
    assert locked.isdisjoint(re.split(r"[=<>]", package)[0] for extra in extras.values() for package in extra)


def test_the_image_holds_our_packages_and_does_not_run_as_root() -> None:
    """Every copied path exists and ``.dockerignore`` lets it through; ``services`` and ``shared`` are among them."""
    sources = [line.split()[0] for line in dockerfile("COPY") if not line.startswith("--from")]
    assert {"services", "shared"} <= set(sources)
    ignore_rules = (ROOT / ".dockerignore").read_text().splitlines()
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{Path(source).parts[0]}" in ignore_rules, source
    assert dockerfile("USER")[-1:] not in ([], ["root"])


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


def test_every_container_keeps_little_of_its_log_and_has_a_limit_of_memory() -> None:
    """One that writes or grows without end must not stop the others. ``ops`` runs only for one command."""
    for name, definition in compose()["services"].items():
        if name != "ops":
            assert definition["logging"]["options"] == {"max-size": "10m", "max-file": "5"}, name
            assert definition["mem_limit"], name


def test_the_example_of_env_has_every_variable_that_compose_reads() -> None:
    """An operator finds what may be set in one place; what is needed stands first, without a mark of comment."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    names = {line.removeprefix("#").partition("=")[0] for line in lines if re.match(r"#?THIDUA_\w+=", line)}
    text = (ROOT / "docker-compose.yml").read_text()
    assert names == {variable["name"] for variable in VARIABLE.finditer(text) if variable["name"]}
    assert {line.partition("=")[0] for line in lines if line.startswith("THIDUA_")} == required_variables(text)


def test_ops_knows_where_every_service_is() -> None:
    """So every operator's command works without options."""
    environment = service("ops")["environment"]
    for name in SERVICES:
        assert environment[f"THIDUA_URL_{name.upper()}"] == f"http://{name}:{compose_settings(name)['port']}"
    assert {"THIDUA_KAFKA", "THIDUA_MONGO"} <= environment.keys()


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
