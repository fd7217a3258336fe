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

from deploy.setup.database import ROLES
from services.intake.sign_in.signing import public_digits
from shared.contracts.topics import SERVICES
from shared.runtime.secret_files import secrets_of
from tests.support.compose import filled_in, required_variables
from tests.support.compose_file import settings_of
from tests.support.compose_servers import shown_secrets

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
    "setup": "runs once and listens to nothing",
    "proxy": "passes on what the services ask a cookie or a key for",
}
"""What else compose starts, each with the reason why it asks for no password."""
OF_OTHER_SYSTEMS: Final = {
    "THIDUA_SIGN_IN_URL": "an address without a password",
    "THIDUA_SCORING_URL": "an address without a password",
    "THIDUA_INTAKE_URL": "an address without a password",
    "THIDUA_COUNCIL_URL": "an address without a password",
    "THIDUA_OIDC_CLIENT_SECRET": "the province's issuer gives it",
    "THIDUA_SMTP_URL": "the province's mail server gives the login",
    "THIDUA_WEBHOOK_URL": "the gateway's",
    "THIDUA_WEBHOOK_SECRET": "the gateway's",
    "THIDUA_PUBLIC_URL": "an address without a password",
    "THIDUA_OPERATOR_KEY": "the operator's shell has it for one command",
    "THIDUA_DESK_KEY": "the operator's shell has it for one command",
    "THIDUA_KAFKA_ADMIN_PASSWORD": "the operator's shell has it for one command",
}
"""Variables that look like secrets, each with the reason why none of the script's files holds it."""
QUIESCE_SECONDS: Final = 15
"""For how long mongod waits for its clients after SIGTERM before it begins to stop."""


def environment(name: str) -> dict[str, str]:
    """The environment of a container as the file has it."""
    given: dict[str, str] = COMPOSE[name]["environment"]
    return given


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str, Path]:
    """What ``deploy/secrets.sh`` wrote, by the files' names, what it printed, and the folder above."""
    folder = tmp_path_factory.mktemp("checkout")
    printed = run_script(folder)
    return files_in(folder), printed, folder


def run_script(folder: Path) -> str:
    script = ["sh", str(ROOT / "deploy/secrets.sh"), "thidua.tinh.example"]
    return subprocess.run(script, cwd=folder, capture_output=True, text=True, check=True).stdout


def files_in(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text().strip() for file in (folder / "secrets").iterdir()}


def shown_to(name: str) -> set[str]:
    """The files of secrets that a container is shown."""
    return {entry if isinstance(entry, str) else entry["source"] for entry in COMPOSE[name].get("secrets", ())}


def test_every_secret_is_a_file_of_the_script_and_none_is_in_an_environment(
    written: tuple[dict[str, str], str, Path],
) -> None:
    """Nothing starts without the files; what a person may set in ``.env`` beside them is for other systems."""
    files = {name: entry["file"] for name, entry in yaml.safe_load(TEXT)["secrets"].items()}
    assert files == {name: f"./secrets/{name}" for name in files}
    assert files.keys() == written[0].keys()
    assert {name for service in COMPOSE for name in shown_to(service)} == files.keys()
    keys = {key for name in COMPOSE for key in COMPOSE[name].get("environment", {})}
    secret = {key for key in keys if re.search("PASSWORD|SHA256|JAAS|SECRET|_KEY$|_URL$", key)} - {"THIDUA_SECRETS"}
    assert secret == OF_OTHER_SYSTEMS.keys() | {"GF_SECURITY_ADMIN_PASSWORD__FILE"}
    assert required_variables(TEXT) == set()


def test_a_container_is_shown_only_what_it_needs() -> None:
    """No service has another's password; only ``setup`` and the server itself have an admin's, only intake signs."""
    for name in SERVICES:
        common = {"sign-in-keys", "operator-key-sha256", "desk-key-sha256", f"kafka-{name}", f"mongo-{name}"}
        assert shown_to(name) == common | ({"sign-in-secret"} if name == "intake" else set())
    assert {name for name in COMPOSE if "kafka-admin" in shown_to(name)} == {"kafka", "setup"}
    assert {name for name in COMPOSE if "mongo-admin" in shown_to(name)} == {"mongo", "setup"}
    assert shown_to("ops") == {"kafka-ops", "mongo-ops"}
    assert {name for name in COMPOSE if "tls.key" in shown_to(name)} == {"proxy"}


def test_the_script_writes_every_secret_once_and_only_for_its_owner(
    written: tuple[dict[str, str], str, Path],
) -> None:
    """Random, different from each other, of letters and digits only, because passwords become parts of a URL."""
    values, printed, folder = written
    assert (folder / "secrets").stat().st_mode & 0o777 == 0o700, "only the owner enters the folder"
    passwords = [value for name, value in values.items() if re.fullmatch("kafka-.*|mongo-admin|grafana", name)]
    urls = [urlsplit(value.removeprefix("MONGODB_URI=")) for value in values.values() if "mongodb://" in value]
    passwords += [url.password or "" for url in urls]
    assert len({*passwords}) == len(passwords) == 15
    assert all(re.fullmatch("[0-9a-f]{48}", password) for password in passwords)
    keys = re.findall(r"[0-9a-f]{48}", printed)
    digests = [values["operator-key-sha256"], values["desk-key-sha256"]]
    assert [hashlib.sha256(key.encode()).hexdigest() for key in keys] == digests
    assert public_digits(values["sign-in-secret"]) == values["sign-in-keys"]
    assert (
        "CN = thidua.tinh.example"
        in subprocess.run(
            ["openssl", "x509", "-noout", "-subject", "-in", str(folder / "secrets/tls.crt")],
            capture_output=True,
            text=True,
        ).stdout
    )


def test_run_again_the_script_writes_only_what_is_missing(written: tuple[dict[str, str], str, Path]) -> None:
    values, _, folder = written
    (folder / "secrets/kafka-notify").unlink()
    assert "shown only now" not in run_script(folder)
    again = files_in(folder)
    assert {name for name in values if again[name] != values[name]} == {"kafka-notify"}


def test_the_folder_of_secrets_is_neither_committed_nor_in_the_image() -> None:
    assert {".env", "secrets/"} <= {*(ROOT / ".gitignore").read_text().splitlines()}
    assert not any(line in ("!.env", "!secrets") for line in (ROOT / ".dockerignore").read_text().splitlines())


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_logs_in_to_both_servers(
    name: str, written: tuple[dict[str, str], str, Path], tmp_path: Path
) -> None:
    """Its settings accept what compose gives it, and name its own user."""
    values, *_ = written
    shown = shown_secrets(name, written[2] / "secrets", tmp_path / "shown")
    given = filled_in(environment(name), {}) | {"THIDUA_SECRETS": str(shown)}
    given |= secrets_of(given)
    fields = settings_of(name).model_fields
    by_field = {key.removeprefix("THIDUA_").lower(): value for key, value in given.items()}
    settings = settings_of(name).model_validate({key: value for key, value in by_field.items() if key in fields})
    assert settings.kafka_login.user == name
    assert settings.kafka_login.password == (written[2] / f"secrets/kafka-{name}").read_text()
    url = urlsplit(settings.mongo)
    assert (url.username, url.hostname, "authSource=admin" in url.query) == (name, "mongo", True)
    assert settings.sign_in_keys == (values["sign-in-keys"],)


def test_kafka_demands_a_password_of_every_client_and_allows_nobody_else_anything() -> None:
    """Every listener has SASL; ``tests/live/test_kafka_compose.py`` tries it with the real broker."""
    given = environment("kafka")
    protocols = dict(pair.split(":") for pair in given["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
    listeners = {listener.partition("://")[0] for listener in given["KAFKA_LISTENERS"].split(",")}
    assert {protocols[listener] for listener in listeners} == {"SASL_PLAINTEXT"}
    assert given["KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND"] == "false"
    assert given["KAFKA_AUTHORIZER_CLASS_NAME"]


def test_mongod_demands_a_password_and_makes_its_admin_before_it_is_healthy() -> None:
    """A key file switches authentication on; ``setup`` makes the other users, who cannot manage users."""
    script = COMPOSE["mongo"]["command"][-1]
    assert "--keyFile" in script.split("exec ")[-1]
    check = COMPOSE["mongo"]["healthcheck"]["test"][-1]
    assert re.findall(r'createUser\(\{ user: "(\w+)", pwd: password, roles: \["(\w+)"\]', check) == [("admin", "root")]
    assert check.index("createUser") < check.index("quit(0)")
    for user, roles in ROLES.items():
        databases = {role.db for role in roles if not role.role.endswith(("AnyDatabase", "Monitor"))}
        assert databases <= {f"thidua_{user}", "local"}
        assert not {role.role for role in roles} & {"root", "userAdmin", "userAdminAnyDatabase", "dbOwner"}


def test_grafana_has_no_anonymous_visitors() -> None:
    given = environment("grafana")
    assert "GF_AUTH_ANONYMOUS_ENABLED" not in given
    assert given["GF_SECURITY_ADMIN_PASSWORD__FILE"] == "/run/secrets/grafana"
    assert shown_to("grafana") == {"grafana"}


def test_nothing_is_published_beyond_this_machine() -> None:
    """Every published port is on the loopback interface; broker and database publish none."""
    ports = [port for definition in COMPOSE.values() for port in definition.get("ports", ())]
    assert ports
    assert all(port.startswith(("127.0.0.1:", "${THIDUA_PUBLISH:-127.0.0.1}:")) for port in ports), ports
    assert [name for name in COMPOSE if any("$" in port for port in COMPOSE[name].get("ports", ()))] == ["proxy"]
    assert not any("ports" in COMPOSE[name] for name in ("kafka", "mongo"))
    assert sorted(COMPOSE) == sorted([*OURS, *WITHOUT_PASSWORD]), "decide about the password of what is new"


@pytest.mark.parametrize("name", ["kafka", "mongo"])
def test_the_servers_have_time_to_stop_in_order(name: str) -> None:
    """Docker kills a container after ten seconds by default, while mongod still waits for its clients."""
    assert int(COMPOSE[name]["stop_grace_period"].removesuffix("s")) >= 2 * QUIESCE_SECONDS
