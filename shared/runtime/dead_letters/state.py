"""A dead letter as it is kept, pure: its ids, how it stands, what may be done with it.

Its document holds ``topic``, ``partition``, ``offset``, ``key``, ``value`` and ``headers`` as they were read,
``reason``, ``at``, and

- ``origin``: ``<log>/<topic>/<partition>``; ``mark``: a short id for people; ``digest``: of topic, key and value;
- ``counts``: whether it counts towards the limit of its partition;
- ``tries``: each time somebody had it put back: ``actor``, ``reason``, ``at`` and, where it came back, ``failed``;
- ``discarded``: who gave it up, why and when.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final, Literal

from shared.contracts.topics import MAX_MESSAGE_BYTES
from shared.runtime.kafka.records import Record

Document = dict[str, Any]

DEAD_LETTER: Final = "thidua-letter"
"""Header of a record on a dead-letter topic: the id of the letter."""
REPLAY: Final = "thidua-replay"
"""Header of a record that was put back on its topic: ``<id of the dead_letter>#<number of the try>``."""
MOST_TRIES: Final = 3
_HEADER_BYTES: Final = 1_000
"""What the header of a replay and the record's own frame may take."""

State = Literal["kept", "replay wanted", "replayed", "failed again", "discarded"]


class ActionNotAllowed(ValueError):
    """What somebody wants done with a letter cannot be done; the message says why, in Vietnamese."""


def origin(log: str, topic: str, partition: int) -> str:
    """A partition of one broker's life."""
    return f"{log}/{topic}/{partition}"


def replay_mark(place: str) -> str:
    """The short id of the letter kept from a place."""
    return hashlib.sha256(place.encode()).hexdigest()[:10]


def digest_of(record: Record) -> str:
    """The same for the same key and bytes on the same topic, wherever they were read."""
    parts = (record.topic.encode(), record.key, record.value)
    return hashlib.sha256(b"".join(b"-" if p is None else b"%d:%b" % (len(p), p) for p in parts)).hexdigest()


def kept(record: Record, reason: str, at: datetime, *, counts: bool) -> Document:
    """The document of a new letter."""
    return {
        "_id": record.place,
        "mark": replay_mark(record.place),
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
    """How a letter stands. One that is ``replayed`` has been put back and has not failed since."""
    tries = doc.get("tries", [])
    if doc.get("discarded"):
        return "discarded"
    if "replay" in doc["unsent"]:
        return "replay wanted"
    if not tries:
        return "kept"
    return "failed again" if tries[-1]["failed"] else "replayed"


def with_try(doc: Document, actor: str, reason: str, at: datetime) -> Document:
    """The letter to be put back on its topic once more. Raises ``ActionNotAllowed``."""
    tries = doc.get("tries", [])
    match state_of(doc):
        case "discarded":
            raise ActionNotAllowed("đã bị loại bỏ, không phát lại được")
        case "replay wanted":
            raise ActionNotAllowed("đang chờ phát lại")
    if len(tries) >= MOST_TRIES:
        raise ActionNotAllowed(f"đã phát lại {MOST_TRIES} lần; chỉ còn có thể loại bỏ")
    if _size(doc) + _HEADER_BYTES > MAX_MESSAGE_BYTES:
        raise ActionNotAllowed("lớn hơn mức một chủ đề nhận được")
    again = {"actor": actor, "reason": reason, "at": at, "failed": None}
    return {**doc, "tries": [*tries, again], "counts": False, "unsent": [*doc["unsent"], "replay"]}


def discarded(doc: Document, actor: str, reason: str, at: datetime) -> Document:
    """The letter given up; it is kept, and never put back. Raises ``ActionNotAllowed``."""
    match state_of(doc):
        case "discarded":
            raise ActionNotAllowed("đã bị loại bỏ trước đó")
        case "replay wanted":
            raise ActionNotAllowed("đang chờ phát lại")
    return {**doc, "discarded": {"actor": actor, "reason": reason, "at": at}, "counts": False}


def replay_in(record: Record) -> tuple[str, int] | None:
    """Which letter a record says it is, and which try; None where it does not say so."""
    dead_letter, _, number = (dict(record.headers).get(REPLAY) or b"").decode(errors="replace").rpartition("#")
    return (dead_letter, int(number)) if dead_letter and number.isdecimal() and len(number) == 1 else None


def is_replay(record: Record, number: int, doc: Document) -> bool:
    """Whether a record is that try of a letter: we did put it back, and it is the same to the byte.

    Anybody may write the header; what would be lost by believing it is kept in the letter already.
    """
    key, value = (None if doc[part] is None else bytes(doc[part]) for part in ("key", "value"))
    same = (record.topic, record.key, record.value) == (doc["topic"], key, value)
    return same and 1 <= number <= len(doc.get("tries", []))


def failed_again(doc: Document, number: int, record: Record, reason: str, at: datetime) -> Document | None:
    """The letter whose try came back; None where that is known. That it came shows that it has been said."""
    tries = [dict(each) for each in doc["tries"]]
    if tries[number - 1]["failed"]:
        return None
    tries[number - 1]["failed"] = {"place": record.place, "reason": reason, "at": at}
    unsent = [what for what in doc["unsent"] if what != "replay" or number < len(tries)]
    return {**doc, "tries": tries, "unsent": unsent}


def _size(doc: Document) -> int:
    parts = [doc["key"], doc["value"], *(value for _, value in doc["headers"])]
    return sum(len(part or b"") for part in parts) + sum(len(name) for name, _ in doc["headers"])
