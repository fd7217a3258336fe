"""The compose file and the image match the code. See also ``test_monitoring`` and, for passwords, ``test_secrets``."""

from __future__ import annotations

import re
import tomllib
from csv import DictReader
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from deploy.stack.embedded import Stack
from deploy.stack.province import Province
from shared.contracts.topics import SERVICES
from tests.support.compose import VARIABLE, required_variables
from tests.support.compose_file import PREFIX, ROOT, compose, compose_settings, given_variables, service, settings_of

# The settings that the embedded stack gives the services and compose does not, with the reason.
EMBEDDED_ONLY: Final = {
    "THIDUA_CLOCK": "only a demo drives the clock",
    "THIDUA_CLOCK_START": "only a demo drives the clock",
    "THIDUA_INSTANCE": "a name delays joining on the embedded broker; Kafka takes the default",
    "THIDUA_SESSION_SECONDS": "the embedded broker delays joining by half a session; Kafka takes the default",
    "THIDUA_IDEMPOTENT_PRODUCER": "only the embedded broker refuses idempotent producers; Kafka takes the default",
}
PROVINCE: Final = Province("hung-yen", "ban-tdkt", "hung-yen.example", "trach-nhiem-ky-cuong-2025")
for_every_service = pytest.mark.parametrize("name", SERVICES)


def dockerfile(instruction: str) -> list[str]:
    """The arguments of each occurrence of an instruction, in order."""
    lines = (ROOT / "deploy/Dockerfile").read_text().replace("\\\n", " ").splitlines()
    return [line.removeprefix(instruction).strip() for line in lines if line.startswith(f"{instruction} ")]


@for_every_service
def test_every_service_runs_its_own_module(name: str) -> None:
    """Compose starts each service of the topic table as ``python -m services.<name>``, which exists."""
    assert service(name)["command"] == ["python", "-m", f"services.{name}"]
    assert find_spec(f"services.{name}.__main__") is not None


@for_every_service
def test_every_environment_key_is_a_setting_and_its_value_is_accepted(name: str) -> None:
    """A misspelt setting would be ignored without a message."""
    given, settings = compose_settings(name), settings_of(name)
    assert {key.removeprefix(PREFIX).lower() for key in given_variables(name)} <= settings.model_fields.keys()
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
    assert embedded - given_variables(name) == EMBEDDED_ONLY.keys()


@for_every_service
def test_both_give_a_service_every_setting_without_a_default(name: str) -> None:
    """Without them the service would not start."""
    needed = {
        f"{PREFIX}{field.upper()}" for field, info in settings_of(name).model_fields.items() if info.is_required()
    }
    assert needed <= given_by_the_embedded_stack(name)
    assert needed <= given_variables(name)


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


def test_every_image_of_ours_is_built_once() -> None:
    """Four builds of one tag would race, so one service builds the image and all four run it; ``setup`` that of ops."""
    assert {service(name)["image"] for name in SERVICES} == {"thidua:local"}
    assert service("setup")["image"] == service("ops")["image"] == "thidua-ops:local"
    builds = {name: definition["build"] for name, definition in compose()["services"].items() if "build" in definition}
    from_here = {"context": ".", "dockerfile": "deploy/Dockerfile"}
    assert builds == {"intake": from_here | {"target": "services"}, "setup": from_here | {"target": "ops"}}
    assert {"services", "ops"} <= {line.split()[-1] for line in dockerfile("FROM")}


def test_every_image_is_pinned_and_in_the_list_with_the_day_it_was_looked_at() -> None:
    """``deploy/images.csv``; what is built here needs no day."""
    stages = {line.split()[-1] for line in dockerfile("FROM")}
    images = {definition["image"] for definition in compose()["services"].values()}
    images |= {line.split()[0] for line in dockerfile("FROM")} - stages
    with (ROOT / "deploy/images.csv").open(encoding="utf-8") as file:
        listed = {f"{row['image']}:{row['version']}": date.fromisoformat(row["looked_at"]) for row in DictReader(file)}
    assert {image.partition("@")[0] for image in images if not image.endswith(":local")} == listed.keys()
    for image in listed:
        assert re.search(r"\d", image.partition(":")[2]), image


@for_every_service
def test_the_health_check_and_the_published_port_use_the_port_of_the_service(name: str) -> None:
    """The port is the one in the service's settings."""
    port = compose_settings(name)["port"]
    assert f":{port}/readyz'" in service(name)["healthcheck"]["test"][-1]
    assert [published.rpartition(":")[2] for published in service(name)["ports"]] == [port]


@for_every_service
def test_services_wait_for_the_broker_and_the_database_only(name: str) -> None:
    """No service waits for another, and the broker and the database have health checks."""
    healthy, done = {"condition": "service_healthy"}, {"condition": "service_completed_successfully"}
    assert service(name)["depends_on"] == {"kafka": healthy, "mongo": healthy, "setup": done}
    assert service("setup")["depends_on"] == {"kafka": healthy, "mongo": healthy}
    assert all("healthcheck" in service(dependency) for dependency in ("kafka", "mongo"))


def test_what_is_waited_for_can_become_so() -> None:
    """Whoever waits for health waits for something with a health check; for an end, for what is not started again."""
    waits = [
        (name, dependency, how["condition"])
        for name, definition in compose()["services"].items()
        for dependency, how in definition.get("depends_on", {}).items()
    ]
    assert len(waits) > 10
    for name, dependency, condition in waits:
        if condition == "service_healthy":
            assert "healthcheck" in service(dependency), (name, dependency)
        else:
            assert (condition, service(dependency)["restart"]) == ("service_completed_successfully", "no"), name


def test_everything_has_time_to_stop() -> None:
    """Services close four connections in turn; broker and database write what they have in memory."""
    grace = {name: definition.get("stop_grace_period", "10s") for name, definition in compose()["services"].items()}
    assert {grace[name] for name in (*SERVICES, "proxy", "prometheus", "ops")} == {"30s"}
    assert {grace[name] for name in ("kafka", "mongo")} == {"60s"}


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
    installs = [line for line in dockerfile("RUN") if "pip install" in line]
    assert [re.findall(r"(?:-r|--requirement)\s+(\S+)", line) for line in installs] == [
        ["/requirements.txt"],
        ["/requirements-ops.txt"],
    ]
    assert all("--require-hashes" in line for line in installs)
    assert {"deploy/requirements.txt /requirements.txt", "deploy/requirements-ops.txt /requirements-ops.txt"} <= {
        *dockerfile("COPY")
    }
    assert "requirements-dev" not in " ".join(dockerfile("RUN") + dockerfile("COPY"))
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "deploy/requirements.txt").read_text(), re.MULTILINE))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert locked
    assert locked.isdisjoint(re.split(r"[=<>]", package)[0] for extra in extras.values() for package in extra)
    ops = set(re.findall(r"^([\w.-]+)==", (ROOT / "deploy/requirements-ops.txt").read_text(), re.MULTILINE))
    assert ops - locked == {re.split(r"[=<>]", package)[0] for package in extras["kafka-admin"]}


def test_the_image_holds_our_packages_and_does_not_run_as_root() -> None:
    """Every copied path exists and ``.dockerignore`` lets it through; ``services`` and ``shared`` are among them."""
    sources = [line.split()[0] for line in dockerfile("COPY") if not line.startswith("--from")]
    assert {"services", "shared"} <= set(sources)
    ignore_rules = (ROOT / ".dockerignore").read_text().splitlines()
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{Path(source).parts[0]}" in ignore_rules, source
    assert dockerfile("USER")[-1:] not in ([], ["root"])


def test_every_container_keeps_little_of_its_log_and_has_a_limit_of_memory() -> None:
    """One that writes or grows without end must not stop the others."""
    for name, definition in compose()["services"].items():
        assert definition["logging"]["options"] == {"max-size": "10m", "max-file": "5"}, name
        assert definition["mem_limit"], name


def test_the_example_of_env_has_every_variable_that_compose_reads() -> None:
    """An operator finds what may be set in one place; nothing of it is needed, because secrets are files."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    names = {line.removeprefix("#").partition("=")[0] for line in lines if re.match(r"#?THIDUA_\w+=", line)}
    text = (ROOT / "docker-compose.yml").read_text()
    assert names == {variable["name"] for variable in VARIABLE.finditer(text) if variable["name"]}
    assert {line.partition("=")[0] for line in lines if line.startswith("THIDUA_")} == required_variables(text) == set()


def test_ops_knows_where_every_service_is() -> None:
    """So every operator's command works without options."""
    environment = service("ops")["environment"]
    assert {entry["target"] for entry in service("ops")["secrets"]} == {"thidua_kafka_password", "thidua_mongo"}
    # What no file holds comes from the shell that calls, and is not there otherwise.
    assert {key for key, value in environment.items() if value is None} == {
        "THIDUA_OPERATOR_KEY",
        "THIDUA_DESK_KEY",
        "THIDUA_KAFKA_ADMIN_PASSWORD",
    }
    for name in SERVICES:
        assert environment[f"THIDUA_URL_{name.upper()}"] == f"http://{name}:{compose_settings(name)['port']}"
    assert {"THIDUA_KAFKA", "THIDUA_KAFKA_USER"} <= environment.keys()
