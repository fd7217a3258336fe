"""A dead letter as it is stored: its ids, its state, and what may be done with it; pure.

Its document holds ``topic``, ``partition``, ``offset``, ``key``, ``value`` and ``headers`` as they were read,
``reason``, ``at`` (UTC), and

- ``origin``: ``<log>/<topic>/<partition>``; ``mark``: a short id for people; ``digest``: of topic, key and value;
- ``counts``: whether it counts towards the limit of its partition;
- ``tries``: one entry per replay: ``actor``, ``reason``, ``at`` and ``failed``, which is set when the replay failed;
- ``discarded``: who discarded it, why and when.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final, Literal

from shared.contracts.topics import MAX_MESSAGE_BYTES
from shared.runtime.kafka.records import Record

Document = dict[str, Any]

DEAD_LETTER: Final = "thidua-letter"
"""Header of a record on a dead-letter topic: the id of the dead letter."""
REPLAY: Final = "thidua-replay"
"""Header of a record that is replayed on its topic: ``<id of the dead letter>#<number of the replay>``."""
MAX_REPLAYS: Final = 3
_HEADER_BYTES: Final = 1_000
"""Room for the replay header and the record's own frame."""

State = Literal["kept", "replay wanted", "replayed", "failed again", "discarded"]


class ActionNotAllowed(ValueError):
    """The action is not allowed on this dead letter; the message says why, in Vietnamese."""


def origin(log: str, topic: str, partition: int) -> str:
    """The id of a partition in one broker's log."""
    return f"{log}/{topic}/{partition}"


def short_id(place: str) -> str:
    """The short id, for people, of the dead letter of the record at a place: ten hex digits."""
    return hashlib.sha256(place.encode()).hexdigest()[:10]


def digest_of(record: Record) -> str:
    """A SHA-256 of topic, key and value, in hex: equal for equal records, whatever their log, partition or offset."""
    parts = (record.topic.encode(), record.key, record.value)
    return hashlib.sha256(
        b"".join(b"-" if part is None else b"%d:%b" % (len(part), part) for part in parts)
    ).hexdigest()


def new_dead_letter(record: Record, reason: str, at: datetime, *, counts: bool) -> Document:
    """The document of a new dead letter; ``counts`` says whether it counts towards the limit."""
    return {
        "_id": record.place,
        "mark": short_id(record.place),
        "origin": origin(record.log, record.topic, record.partition),
        "digest": digest_of(record),
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": record.key,
        "value": record.value,
        "headers": [[name, value] for name, value in record.headers],
        "reason": reason,
        "at": at,
        "counts": counts,
        "tries": [],
        "discarded": None,
        "unsent": ["record"],
    }


def state_of(doc: Document) -> State:
    """The state of a dead letter. ``replayed`` means that its last replay has not failed so far."""
    tries = doc.get("tries", [])
    if doc.get("discarded"):
        return "discarded"
    if "replay" in doc["unsent"]:
        return "replay wanted"
    if not tries:
        return "kept"
    return "failed again" if tries[-1]["failed"] else "replayed"


def with_replay(doc: Document, actor: str, reason: str, at: datetime) -> Document:
    """The dead letter with one more replay to be published. Raises ``ActionNotAllowed``."""
    tries = doc.get("tries", [])
    match state_of(doc):
        case "discarded":
            raise ActionNotAllowed("đã bị loại bỏ, không phát lại được")
        case "replay wanted":
            raise ActionNotAllowed("đang chờ phát lại")
    if len(tries) >= MAX_REPLAYS:
        raise ActionNotAllowed(f"đã phát lại {MAX_REPLAYS} lần; chỉ còn có thể loại bỏ")
    if _size(doc) + _HEADER_BYTES > MAX_MESSAGE_BYTES:
        raise ActionNotAllowed("lớn hơn mức một chủ đề nhận được")
    replay = {"actor": actor, "reason": reason, "at": at, "failed": None}
    return {**doc, "tries": [*tries, replay], "counts": False, "unsent": [*doc["unsent"], "replay"]}


def discarded(doc: Document, actor: str, reason: str, at: datetime) -> Document:
    """The dead letter marked as discarded: it stays stored and is never replayed. Raises ``ActionNotAllowed``."""
    match state_of(doc):
        case "discarded":
            raise ActionNotAllowed("đã bị loại bỏ trước đó")
        case "replay wanted":
            raise ActionNotAllowed("đang chờ phát lại")
    return {**doc, "discarded": {"actor": actor, "reason": reason, "at": at}, "counts": False}


def replay_header(record: Record) -> tuple[str, int] | None:
    """The dead letter's id and the number of the replay in a record's header; None without a valid header."""
    dead_letter, _, number = (dict(record.headers).get(REPLAY) or b"").decode(errors="replace").rpartition("#")
    return (dead_letter, int(number)) if dead_letter and number.isdecimal() and len(number) == 1 else None


def is_replay(record: Record, number: int, doc: Document) -> bool:
    """Whether a record is that replay of a dead letter: the replay was ordered, and topic, key and value are equal.

    Anybody can write the header. Believing it loses nothing, because the dead letter holds the same bytes.
    """
    key, value = (None if doc[part] is None else bytes(doc[part]) for part in ("key", "value"))
    same = (record.topic, record.key, record.value) == (doc["topic"], key, value)
    return same and 1 <= number <= len(doc.get("tries", []))


def failed_again(doc: Document, number: int, record: Record, reason: str, at: datetime) -> Document | None:
    """The dead letter with a replay noted as failed; None when it is noted already.

    The record came back, so the replay has been published and is no longer unsent.
    """
    tries = [dict(attempt) for attempt in doc["tries"]]
    if tries[number - 1]["failed"]:
        return None
    tries[number - 1]["failed"] = {"place": record.place, "reason": reason, "at": at}
    unsent = [part for part in doc["unsent"] if part != "replay" or number < len(tries)]
    return {**doc, "tries": tries, "unsent": unsent}


def _size(doc: Document) -> int:
    parts = [doc["key"], doc["value"], *(value for _, value in doc["headers"])]
    return sum(len(part or b"") for part in parts) + sum(len(name) for name, _ in doc["headers"])
