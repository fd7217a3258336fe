"""A short run of the chaos suite on a real Apache Kafka.

It is skipped with the reason if Java, Maven or Maven's repository is missing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.kafka.jars import MissingRequirement, jars
from tests.live.chaos.run import run

SEED = 1
EVENTS = 600
REAL = ("kill broker", "zombie")


@pytest.mark.timeout(900)
async def test_a_real_kafka_keeps_the_promise(tmp_path: Path) -> None:
    """Unlike the embedded broker, it keeps its data; services have passwords and idempotent producers."""
    try:
        jars()
    except MissingRequirement as missing:
        pytest.skip(f"no real Apache Kafka here: {missing}")
    outcome = await run(tmp_path / "stack", "kafka", SEED, events=EVENTS, faulted=len(REAL), only=REAL, log=print)
    assert outcome.kept, outcome.blame()
    assert outcome.figures >= EVENTS
    assert outcome.faults.total() == len(REAL)
