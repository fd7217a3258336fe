"""Nobody enters what docker-compose.yml starts without a password, and no password is in a file of the project."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import yaml

from shared.contracts.topics import SERVICES
from shared.runtime.settings import ServiceSettings
from tests.support.compose import VARIABLE, filled_in, required_variables

ROOT: Final = Path(__file__).parents[2]
TEXT: Final = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: Final[dict[str, Any]] = yaml.safe_load(TEXT)["services"]
OURS: Final = [*SERVICES, "kafka", "mongo", "prometheus", "grafana"]
WITHOUT_PASSWORD: Final = {
    "alertmanager": "published to this machine only, as Prometheus is; it shows alerts and takes silences",
    "mail": "published to this machine only; it catches the mails of a trial",
    "kafka-exporter": "not published; it shows counts and offsets",
    "mongodb-exporter": "not published; it shows counts",
    "node-exporter": "not published; it shows this machine's load and disks",
    "ops": "runs one command and listens to nothing",
}
"""What else compose starts, each with the reason why it asks for no password."""
QUIESCE_SECONDS: Final = 15
"""For how long mongod waits for its clients after SIGTERM before it begins to stop."""


def environment(name: str) -> dict[str, str]:
    """The environment of a container as the file has it."""
    given: dict[str, str] = COMPOSE[name]["environment"]
    return given


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str, Path]:
    """What ``deploy/secrets.sh`` wrote to ``.env``, what it printed, and the folder."""
    folder = tmp_path_factory.mktemp("checkout")
    script = ["sh", str(ROOT / "deploy/secrets.sh")]
    process = subprocess.run(script, cwd=folder, capture_output=True, text=True, check=True)
    lines = (folder / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines), process.stdout, folder


def test_every_secret_comes_from_a_variable_without_a_default() -> None:
    """Compose refuses to start while one is missing or empty."""
    secret = {name for name in re.findall(r"THIDUA_\w+", TEXT) if name.endswith(("_PASSWORD", "_SHA256"))}
    secret |= {"THIDUA_SIGN_IN_SECRET", "THIDUA_SIGN_IN_KEYS"}
    used = {variable["name"] for variable in VARIABLE.finditer(TEXT) if variable["name"]}
    assert secret & used == required_variables(TEXT)
    assert not [
        variable[0] for variable in VARIABLE.finditer(TEXT) if variable["name"] in secret and variable["kind"] != "?"
    ]
    keys = {key: value for name in COMPOSE for key, value in COMPOSE[name].get("environment", {}).items()}
    open_texts = {k: v for k, v in keys.items() if re.search("PASSWORD|SHA256|JAAS", k) and "${" not in v}
    assert open_texts == {}


def test_the_script_writes_every_secret_once_and_only_for_its_owner(
    written: tuple[dict[str, str], str, Path],
) -> None:
    """Random, different from each other, and of letters and digits only, because they become parts of a URL."""
    values, printed, folder = written
    assert values.keys() == required_variables(TEXT)
    assert len({*values.values()}) == len(values)
    assert all(re.fullmatch(r"[0-9a-f]{48,64}", value) for value in values.values())
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    keys = re.findall(r"[0-9a-f]{48}", printed)
    digests = [values["THIDUA_OPERATOR_KEY_SHA256"], values["THIDUA_DESK_KEY_SHA256"]]
    assert [hashlib.sha256(key.encode()).hexdigest() for key in keys] == digests
    again = subprocess.run(["sh", str(ROOT / "deploy/secrets.sh")], cwd=folder, capture_output=True, text=True)
    assert (again.returncode, again.stdout) == (1, "")
    assert dict(line.split("=", 1) for line in (folder / ".env").read_text().splitlines()) == values


def test_the_file_of_secrets_is_neither_committed_nor_in_the_image() -> None:
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()
    assert not any(line == "!.env" for line in (ROOT / ".dockerignore").read_text().splitlines())


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_logs_in_to_both_servers(name: str, written: tuple[dict[str, str], str, Path]) -> None:
    """Its settings accept what compose gives it."""
    values, *_ = written
    given = filled_in(environment(name), values)
    settings = ServiceSettings.model_validate(
        {
            key.removeprefix("THIDUA_").lower(): value
            for key, value in given.items()
            if key.removeprefix("THIDUA_").lower() in ServiceSettings.model_fields
        }
    )
    assert (settings.kafka_login.user, settings.kafka_login.password) == ("thidua", values["THIDUA_KAFKA_PASSWORD"])
    database = urlsplit(settings.mongo)
    assert (database.username, database.password) == ("thidua", values["THIDUA_MONGO_PASSWORD"])
    assert "authSource=admin" in database.query


def test_kafka_demands_a_password_of_every_client_and_allows_nobody_else_anything() -> None:
    """Every listener has SASL; ``tests/live/test_kafka_compose.py`` tries it with the real broker."""
    given = environment("kafka")
    protocols = dict(pair.split(":") for pair in given["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
    listeners = {listener.partition("://")[0] for listener in given["KAFKA_LISTENERS"].split(",")}
    assert {protocols[listener] for listener in listeners} == {"SASL_PLAINTEXT"}
    assert given["KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND"] == "false"
    assert given["KAFKA_AUTHORIZER_CLASS_NAME"]


def test_mongod_demands_a_password_and_makes_its_users_before_it_is_healthy() -> None:
    """A key file switches authentication on; the services' user cannot manage users."""
    script = COMPOSE["mongo"]["command"][-1]
    assert "--keyFile" in script.split("exec ")[-1]
    check = COMPOSE["mongo"]["healthcheck"]["test"][-1]
    users = dict(re.findall(r'createUser\(\{ user: "(\w+)".*?roles: \[([^\]]*)\]', check, re.S))
    assert users == {"admin": '"root"', "thidua": '"readWriteAnyDatabase", "dbAdminAnyDatabase"'}
    assert check.index("createUser") < check.index("quit(0)")


def test_grafana_has_no_anonymous_visitors() -> None:
    given = environment("grafana")
    assert "GF_AUTH_ANONYMOUS_ENABLED" not in given
    assert required_variables(given["GF_SECURITY_ADMIN_PASSWORD"]) == {"THIDUA_GRAFANA_PASSWORD"}


def test_nothing_is_published_beyond_this_machine() -> None:
    """Every published port is on the loopback interface; broker and database publish none."""
    ports = [port for definition in COMPOSE.values() for port in definition.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports), ports
    assert not any("ports" in COMPOSE[name] for name in ("kafka", "mongo"))
    assert sorted(COMPOSE) == sorted([*OURS, *WITHOUT_PASSWORD]), "decide about the password of what is new"


@pytest.mark.parametrize("name", ["kafka", "mongo"])
def test_the_servers_have_time_to_stop_in_order(name: str) -> None:
    """Docker kills a container after ten seconds by default, while mongod still waits for its clients."""
    assert int(COMPOSE[name]["stop_grace_period"].removesuffix("s")) >= 2 * QUIESCE_SECONDS
