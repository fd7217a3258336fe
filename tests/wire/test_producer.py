"""The producer, on a real broker."""

from __future__ import annotations

from deploy.stack.embedded import Stack
from shared.contracts.topics import DLQ, INBOX
from shared.runtime.kafka.clients import Producer
from shared.runtime.kafka.replay import read_all
from shared.runtime.outbox import Outgoing

TWIN = INBOX.of("so-noi-vu") + DLQ


async def test_a_letter_without_key_and_value_is_said_with_an_empty_value(servers: Stack) -> None:
    """Of a tombstone without key, and of a record too large for its twin, only headers are said; the client behind
    the producer sends no record that has neither, and its complaint ended the service, again at every start."""
    producer = Producer(servers.kafka, idempotent=False)
    headers = (("thidua-kept", b"x"),)
    try:
        await producer([Outgoing(TWIN, None, None, headers), Outgoing(TWIN, b"k", None, headers)])
    finally:
        await producer.stop()
    published = [(r.key, r.value, r.headers) async for r in read_all(servers.kafka, [TWIN])]
    assert published[-2:] == [(None, b"", headers), (b"k", None, headers)]
