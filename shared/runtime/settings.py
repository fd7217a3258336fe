"""What every service can be told from its environment, ``THIDUA_*``."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Settings all services share.

    ``instance`` names this replica to the consumer group, so that a restart takes its own place back.
    ``clock`` is ``driven`` in the demo only: the time then stands still at ``clock_start`` until ``POST /clock``
    moves it.
    ``idempotent_producer`` is off for the embedded broker, which refuses it.
    """

    model_config = SettingsConfigDict(env_prefix="THIDUA_", frozen=True)

    kafka: str = "localhost:9092"
    mongo: str = "mongodb://localhost:27017/?directConnection=true"
    mongo_driver: Literal["motor", "pymongo"] = "motor"
    database_prefix: str = "thidua_"
    host: str = "127.0.0.1"
    port: int = 8000
    instance: str = "0"
    clock: Literal["real", "driven"] = "real"
    clock_start: AwareDatetime | None = None
    tick_seconds: float = 30.0
    batch_timeout_ms: int = 20
    max_records: int = 2000
    idempotent_producer: bool = True
    replication_factor: int = 1
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
