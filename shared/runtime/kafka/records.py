"""A record as it was read from a topic, safe to handle whatever its bytes are, and the handler that applies it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from msgspec import Struct

from shared.contracts.model import AnyEvent
from shared.contracts.topics import UnknownEventType, UnreadableRecord, topic_named

_EVENT_ID: Final = re.compile(rb'\{"specversion":"1\.0","id":"([^"\\ ]+)"')


def event_id_of(value: bytes | None) -> str | None:
    """The id of an event that one of our services published, read from its bytes; None of anything else."""
    match = _EVENT_ID.match(value or b"")
    return match[1].decode() if match else None


class Record(Struct, frozen=True, gc=False):
    """Key, value and headers as bytes. ``log`` is the cluster's id, without which an offset means nothing."""

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

    def bad_headers(self) -> int:
        """How many of its headers are null or not UTF-8."""
        return sum(not _is_text(value) for _, value in self.headers)

    @classmethod
    def of(cls, raw: Any, log: str) -> Record:
        """The record of aiokafka's ``ConsumerRecord``."""
        return cls(log, raw.topic, raw.partition, raw.offset, raw.key, raw.value, raw.headers or ())


class DecodedRecord(Struct, frozen=True, gc=False):
    """A readable record and the event in it."""

    record: Record
    event: AnyEvent


class Refused(Struct, frozen=True, gc=False):
    """A record that cannot be read or must never be applied, and why."""

    record: Record
    reason: str


@dataclass
class Batch:
    """Records, each parsed alone: ``decoded``, ``refused`` as unreadable, or of a type only a newer release knows."""

    records: list[Record] = field(default_factory=list)
    decoded: list[DecodedRecord] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    unknown_types: list[Record] = field(default_factory=list)

    def read(self, records: Sequence[Record]) -> None:
        """Parse further records."""
        self.records += records
        name, topic, fast = "", None, None
        for record in records:
            if topic is None or record.topic != name:
                name, topic = record.topic, topic_named(record.topic)
                fast = topic.fast.decode if topic.fast else None
            if fast is not None and record.value and (event := fast(record.value)) is not None:
                self.decoded.append(DecodedRecord(record, event))
                continue
            try:
                self.decoded.append(DecodedRecord(record, topic.parse(record.value)))
            except UnknownEventType:
                self.unknown_types.append(record)
            except UnreadableRecord as error:
                self.refused.append(Refused(record, str(error)))


def _is_text(value: bytes | None) -> bool:
    try:
        return value is not None and value.decode() is not None
    except UnicodeDecodeError:
        return False


class Handler(Protocol):
    """How a service applies the events it consumes."""

    async def refresh(self) -> None:
        """Read the reference data again."""

    def knows(self, event: AnyEvent) -> bool:
        """Whether the plan and units that the event names are loaded."""

    async def apply(self, decoded: Sequence[DecodedRecord]) -> Iterable[Refused]:
        """Apply events, in order per partition; returns those that must never be applied. Idempotent."""
