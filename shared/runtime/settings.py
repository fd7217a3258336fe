"""What every service can be told from its environment, ``THIDUA_*``."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.runtime.kafka.login import Login


class ServiceSettings(BaseSettings):
    """Settings all services share.

    ``instance`` names this replica to the consumer group, so that a restart takes its own place back. Several replicas
    on the embedded broker have none: there a named one that was killed never comes back in while another one lives.
    ``clock`` is ``driven`` in the demo only: the time then stands still at ``clock_start`` until ``POST /clock``
    moves it.
    ``kafka_user`` is who the service is to a cluster with SASL/SCRAM-SHA-512; without it none is named.
    A service that has had something to read for ``stalled_seconds`` and handled nothing is not ready, and joins its
    group anew.
    ``most_letters_in_a_row`` and ``most_letters_share`` (0 to 1) are how many records of a partition may become dead
    letters before it stops; see ``letter_limit``.
    ``idempotent_producer`` is off for the embedded broker, which refuses it.
    """

    model_config = SettingsConfigDict(env_prefix="THIDUA_", frozen=True)

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
    clock: Literal["real", "driven"] = "real"
    clock_start: AwareDatetime | None = None
    tick_seconds: float = 30.0
    stalled_seconds: float = 30.0
    batch_timeout_ms: int = 20
    max_records: int = 2000
    most_letters_in_a_row: int = Field(50, ge=0)
    most_letters_share: Decimal = Field(Decimal("0.05"), ge=0, le=1)
    idempotent_producer: bool = True
    replication_factor: int = 1
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def kafka_login(self) -> Login:
        """How this service comes in to Kafka."""
        return Login(self.kafka_user, self.kafka_password.get_secret_value(), self.kafka_tls, self.kafka_ca)
