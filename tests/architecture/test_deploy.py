"""The compose file and the image match the code. See also ``test_monitoring`` and, for passwords, ``test_secrets``."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from deploy.stack.embedded import Stack
from deploy.stack.province import Province
from shared.contracts.topics import SERVICES
from tests.support.compose import VARIABLE, required_variables
from tests.support.compose_file import PREFIX, ROOT, compose, compose_settings, service, settings_of

# The settings that the embedded stack gives the services and compose does not, with the reason.
EMBEDDED_ONLY: Final = {
    "THIDUA_CLOCK": "only a demo drives the clock",
    "THIDUA_CLOCK_START": "only a demo drives the clock",
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
