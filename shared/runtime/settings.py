"""The settings that all services share, from the environment variables ``THIDUA_*``."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, BeforeValidator, Field, SecretStr, StringConstraints, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.contracts.model import StrictModel, Text
from shared.contracts.people import Person, Role
from shared.runtime.http.prefixes import PREFIX_PATTERN
from shared.runtime.kafka.login import Login


def _listed(text: object) -> object:
    """The parts between commas, as the environment has a list."""
    return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


def _parsed(keys: object) -> object:
    """The keys in a JSON list, as the environment has them. Raises ``ValueError``."""
    return json.loads(keys or "[]") if isinstance(keys, str) else keys


PublicKey = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]


class ServiceSettings(BaseSettings):
    """Settings of every service.

    ``instance`` names this replica in the consumer group, so that a restarted replica gets its partitions back. It is
    empty on the embedded broker, where a named replica joins slowly, and not at all after it was killed while another
    lives. A replica that is silent for ``session_seconds`` loses its partitions to the others.
    ``clock`` is ``driven`` in the demo only: time then stands still at ``clock_start`` until ``POST /clock`` moves it.
    ``kafka_user`` is the user on a cluster with SASL/SCRAM-SHA-512; empty for a cluster without users.
    A service that handles nothing for ``stalled_seconds`` while records wait becomes unready and restarts its consumer.
    ``most_letters_in_a_row`` and ``most_letters_share`` (0 to 1) are how many records of a partition may become dead
    letters before it stops; see ``DeadLetterLimit``.
    An HTTP connection is closed if a request's header takes longer than ``header_seconds``, its body longer than
    ``body_seconds``, or if no request follows a response within ``idle_seconds``.
    ``idempotent_producer`` is off for the embedded broker, which refuses it.

    ``prefix`` is the path below which a proxy shows this service's pages, such as ``/hoi-dong``; empty where it
    has an origin of its own.
    ``stack`` is the id that this stack's cookies carry. ``sign_in_keys`` are the Ed25519 public keys (64 hex digits,
    separated by commas) that sign them; two while one replaces the other, and without any nobody can sign in.
    ``sign_in_url`` is the whole address of intake's ``/dang-nhap`` as browsers reach it. ``pages`` are the addresses of
    the stack's pages where they have other origins; the first is where people land. ``hosts`` are the host names under
    which browsers reach the service, beside this machine's own.

    ``otlp`` is the address of an OpenTelemetry collector (OTLP over HTTP, such as ``http://collector:4318``); without
    it nothing is traced. Of the requests that come without a trace, ``trace_share`` (0 to 1) begin one.
    """

    model_config = SettingsConfigDict(env_prefix="THIDUA_", frozen=True, hide_input_in_errors=True)

    kafka: str = "localhost:9092"
    kafka_user: str = ""
    kafka_password: SecretStr = SecretStr("")
    kafka_tls: bool = False
    kafka_ca: Path | None = None
    mongo: str = "mongodb://localhost:27017/?directConnection=true"
    mongo_driver: Literal["motor", "pymongo"] = "motor"
    database_prefix: str = "thidua_"
    host: str = "127.0.0.1"
    port: int = 8000
    instance: str = "0"
    session_seconds: float = Field(6.0, ge=1)
    clock: Literal["real", "driven"] = "real"
    clock_start: AwareDatetime | None = None
    tick_seconds: float = 30.0
    stalled_seconds: float = 30.0
    batch_timeout_ms: int = 200
    max_records: int = 2000
    most_letters_in_a_row: int = Field(50, ge=0)
    most_letters_share: Decimal = Field(Decimal("0.05"), ge=0, le=1)
    idempotent_producer: bool = True
    replication_factor: int = 1
    header_seconds: float = Field(10.0, gt=0)
    body_seconds: float = Field(120.0, gt=0)
    idle_seconds: float = Field(5.0, gt=0)
    prefix: str = Field("", pattern=PREFIX_PATTERN)
    stack: str = Field("thidua", pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    sign_in_keys: Annotated[tuple[PublicKey, ...], NoDecode, BeforeValidator(_listed)] = ()
    sign_in_url: str = Field("", pattern=r"^(https?://[^\s/]+(/\S*)?/dang-nhap)?$")
    pages: Names = ()
    hosts: Names = ()
    otlp: str = Field("", pattern=r"^(https?://[^\s/]+(/\S*)?)?$")
    trace_share: Decimal = Field(Decimal("0.1"), ge=0, le=1)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _require_hosts(self) -> Self:
        if self.sign_in_keys and not (self.hosts and self.sign_in_url):
            raise ValueError("sign_in_keys needs hosts and sign_in_url: the names under which browsers reach the pages")
        return self

    @property
    def kafka_login(self) -> Login:
        """How this service signs in to Kafka."""
        return Login(self.kafka_user, self.kafka_password.get_secret_value(), self.kafka_tls, self.kafka_ca)


SECRETARY_NAME: Final = "Thư ký Hội đồng"
"""The name of the key whose digest is the setting ``THIDUA_DESK_KEY_SHA256``, where no other is used."""

OPERATOR_NAME: Final = "Người vận hành"
"""The name of the key whose digest is the setting ``THIDUA_OPERATOR_KEY_SHA256``."""


class NamedKey(StrictModel):
    """A key of a person or a system: its name in every record, its role, its SHA-256 digest (64 hex digits)."""

    name: Text
    role: Role
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class KeyedSettings(ServiceSettings):
    """Settings of a service that programs use with keys. Without a digest no key is accepted.

    ``operator_key_sha256`` is the digest of the operator's key, ``desk_key_sha256`` that of the key of the council's
    standing office, which is a secretary's. ``desk_keys`` are more keys, in the environment a JSON list.
    """

    operator_key_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    desk_key_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    desk_keys: Annotated[tuple[NamedKey, ...], NoDecode, BeforeValidator(_parsed)] = ()

    def holders(self, office: str = SECRETARY_NAME) -> list[tuple[str, Person]]:
        """The digest of each key with its holder. ``office`` is what records call the standing office's.

        An id is the beginning of the digest, from which no key can be guessed.
        """
        keys = [(key.sha256, key.name, key.role) for key in self.desk_keys]
        keys.append((self.desk_key_sha256, office, "secretary"))
        keys.append((self.operator_key_sha256, OPERATOR_NAME, "operator"))
        return [(sha256, Person(f"khoa-{sha256[:12]}", name, role)) for sha256, name, role in keys if sha256]
