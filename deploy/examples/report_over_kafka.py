"""Report over Kafka and wait for the answer. Needs nothing of this project, only aiokafka 0.14.

    python report_over_kafka.py localhost:19092 so-noi-vu 46/BC-SNV report.json

Where the cluster asks who you are, set KAFKA_USER and KAFKA_PASSWORD; over TLS, KAFKA_CA to the certificates to trust.
The number is yours: the same number and content again is the same report, so after any trouble just run it again.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition


def login() -> dict[str, Any]:
    """How to come in, from the environment."""
    user, ca = os.environ.get("KAFKA_USER"), os.environ.get("KAFKA_CA")
    given: dict[str, Any] = {"security_protocol": ("SASL_" if user else "") + ("SSL" if ca else "PLAINTEXT")}
    if ca:
        given["ssl_context"] = ssl.create_default_context(cafile=ca)
    if user:
        given |= {"sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": user}
        given["sasl_plain_password"] = os.environ["KAFKA_PASSWORD"]
    return given


async def report(kafka: str, agency: str, number: str, body: Any) -> Any:
    """Send a report under its number, and the receipt that answers it."""
    inbox, outbox = f"inbox.{agency}.v1", TopicPartition(f"outbox.{agency}.v1", 0)
    answers = AIOKafkaConsumer(bootstrap_servers=kafka, **login())
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", **login())
    await answers.start()
    try:
        # Only what is answered from now on: an answer of yesterday to the same number may be to another content.
        answers.assign([outbox])
        await answers.seek_to_end()
        await producer.start()
        try:
            event = {
                "id": number,
                "type": "report.submitted",
                "source": agency,
                "time": datetime.now(UTC).isoformat(),
                "subject": number,
                "data": body,
            }
            await producer.send_and_wait(inbox, json.dumps(event).encode(), key=number.encode())
        finally:
            await producer.stop()
        async for answer in answers:
            receipt = json.loads(answer.value)["data"]
            if receipt["report"] == number and not receipt["takes_back"]:
                return receipt
    finally:
        await answers.stop()


if __name__ == "__main__":
    to, who, called, file = sys.argv[1:]
    told = asyncio.run(asyncio.wait_for(report(to, who, called, json.loads(Path(file).read_text())), 60))
    print(json.dumps(told, ensure_ascii=False, indent=2))
    sys.exit(0 if told["status"] == "accepted" else 1)
