"""The producer, on a real broker."""

from __future__ import annotations

from deploy.stack.embedded import Stack
from shared.contracts.topics import DLQ, INBOX
from shared.runtime.kafka.clients import Producer
from shared.runtime.kafka.replay import read_all
from shared.runtime.outbox import Outgoing

DEAD_LETTER_TOPIC = INBOX.of("so-noi-vu") + DLQ


async def test_a_dead_letter_without_key_and_value_is_published_with_an_empty_value(servers: Stack) -> None:
    """Of a tombstone without a key, and of a record too large for its dead-letter topic, only headers are published.

    The client library refuses a record without key and value. Its error used to end the service at every start.
    """
    producer = Producer(servers.kafka, idempotent=False)
    headers = (("thidua-kept", b"x"),)
    try:
        await producer(
            [Outgoing(DEAD_LETTER_TOPIC, None, None, headers), Outgoing(DEAD_LETTER_TOPIC, b"k", None, headers)]
        )
    finally:
        await producer.stop()
    published = [(r.key, r.value, r.headers) async for r in read_all(servers.kafka, [DEAD_LETTER_TOPIC])]
    assert published[-2:] == [(None, b"", headers), (b"k", None, headers)]
