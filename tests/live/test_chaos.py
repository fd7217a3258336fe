"""The chaos suite, short: some faults on each backend, and the oracle. ``make chaos`` is the long one.

The part on a real Apache Kafka is skipped, saying why, where Java, Maven or Maven's repository is missing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.kafka.jars import MissingRequirement, jars
from tests.live.chaos.faults import faults, schedule
from tests.live.chaos.run import Outcome, run
from tests.live.chaos.traffic import Traffic

SEED = 1
EVENTS = 2_000
EMBEDDED = ("kill broker", "after-write scoring", "mongo cut", "poison")
REAL = ("kill broker", "before-answer intake", "zombie", "kill database")


def blamed(outcome: Outcome) -> str:
    return "\n".join([outcome.told(), *map(str, outcome.broken[:20])])


def test_a_seed_tells_the_same_faults_and_the_same_reports_again() -> None:
    """So that what a run found can be found again; another seed tells others."""
    assert schedule(1, 64, long=False) == schedule(1, 64, long=False) != schedule(2, 64, long=False)
    told = [[(r.id, r.way, r.manner, r.body) for r in Traffic(seed).figures(2_000)] for seed in (1, 1, 2)]
    assert told[0] == told[1] != told[2]


def test_every_kind_of_fault_comes_before_any_comes_again() -> None:
    """A run of as many faults as there are kinds has them all."""
    kinds = faults(long=True)
    assert sorted(schedule(7, len(kinds), long=True)) == sorted(kinds)


@pytest.mark.timeout(900)  # for a machine that is busy with other things
async def test_the_embedded_stack_keeps_the_promise(tmp_path: Path) -> None:
    """Also when the broker comes back with nothing in it: nothing lost, nothing twice, no difference."""
    outcome = await run(tmp_path / "stack", "embedded", SEED, events=EVENTS, faulted=len(EMBEDDED), only=EMBEDDED)
    assert outcome.kept, blamed(outcome)
    assert outcome.figures >= EVENTS
    assert outcome.faults.total() == len(EMBEDDED)


@pytest.mark.timeout(900)
async def test_a_real_kafka_keeps_the_promise(tmp_path: Path) -> None:
    """The same on Apache Kafka, which keeps its data, with a password and idempotent producers."""
    try:
        jars()
    except MissingRequirement as missing:
        pytest.skip(f"no real Apache Kafka here: {missing}")
    outcome = await run(tmp_path / "stack", "kafka", SEED, events=EVENTS, faulted=len(REAL), only=REAL)
    assert outcome.kept, blamed(outcome)
    assert outcome.figures >= EVENTS
    assert outcome.faults.total() == len(REAL)
