"""Report over Kafka and wait for the answer. Needs nothing of this project, only aiokafka 0.14.

    python report_over_kafka.py localhost:19092 so-noi-vu report.json

If the cluster requires a login, set KAFKA_USER and KAFKA_PASSWORD; over TLS, set KAFKA_CA to a file of certificates.
The file holds the number and the date of your paper ("number", "date"). The same file again is the same report, so
after an error just run it again; after a refusal, mend the file and send it under the same number.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition


def connection_options() -> Mapping[str, object]:
    """The options of the connection, from the environment."""
    user, ca = os.environ.get("KAFKA_USER"), os.environ.get("KAFKA_CA")
    options: dict[str, object] = {"security_protocol": ("SASL_" if user else "") + ("SSL" if ca else "PLAINTEXT")}
    if ca:
        options["ssl_context"] = ssl.create_default_context(cafile=ca)
    if user:
        options |= {"sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": user}
        options["sasl_plain_password"] = os.environ["KAFKA_PASSWORD"]
    return options


async def report(kafka: str, agency: str, body: Any) -> Any:
    """Send a report, wait for the answer to this event and return its receipt."""
    inbox, outbox = f"inbox.{agency}.v1", TopicPartition(f"outbox.{agency}.v1", 0)
    answers = AIOKafkaConsumer(bootstrap_servers=kafka, **connection_options())
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", **connection_options())
    await answers.start()
    try:
        answers.assign([outbox])
        await answers.seek_to_end()
        await producer.start()
        try:
            event_id = str(uuid4())  # names the answer; the report is identified by its paper
            event = {
                "id": event_id,
                "type": "report.submitted",
                "source": agency,
                "time": datetime.now(UTC).isoformat(),
                "subject": agency,
                "data": body,
            }
            await producer.send_and_wait(inbox, json.dumps(event).encode(), key=event_id.encode())
        finally:
            await producer.stop()
        async for answer in answers:
            if answer.key == event_id.encode():
                return json.loads(answer.value)["data"]
    finally:
        await answers.stop()


if __name__ == "__main__":
    bootstrap, code, path = sys.argv[1:]
    content = json.loads(Path(path).read_text())
    answered = asyncio.run(asyncio.wait_for(report(bootstrap, code, content), 60))
    if answered["status"] != "accepted":
        sentences = [f"- {problem['detail']}" for problem in answered["problems"]]
        sys.exit("\n".join(["Báo cáo chưa được tiếp nhận:", *sentences]))
    print(json.dumps(answered, ensure_ascii=False, indent=2))
