"""A record as it came off a topic, safe to look at whatever is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.contracts.model import Event


@dataclass(frozen=True, slots=True)
class Record:
    """Key, value and headers as bytes. ``log`` is the cluster's id: offsets mean nothing without it."""

    log: str
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]

    @property
    def place(self) -> str:
        """Where it was read: ``<log>/<topic>/<partition>/<offset>``."""
        return f"{self.log}/{self.topic}/{self.partition}/{self.offset}"

    @classmethod
    def of(cls, raw: Any, log: str) -> Record:
        """From aiokafka's ``ConsumerRecord``."""
        return cls(log, raw.topic, raw.partition, raw.offset, raw.key, raw.value, tuple(raw.headers or ()))


@dataclass(frozen=True, slots=True)
class Heard:
    """A readable record and the event in it."""

    record: Record
    event: Event


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that can never be applied, and why."""

    record: Record
    reason: str
