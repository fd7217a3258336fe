"""A short run of the chaos suite on the embedded stack; ``make chaos`` runs it with all faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.chaos.faults import faults, schedule
from tests.live.chaos.run import run
from tests.live.chaos.traffic import Traffic

SEED = 1
EVENTS = 2_000
EMBEDDED = ("kill broker", "after-write scoring", "mongo cut", "poison")


def test_a_seed_gives_the_same_faults_and_the_same_reports_again() -> None:
    """So a finding of a run can be reproduced; another seed gives other faults."""
    assert schedule(1, 64, long=False) == schedule(1, 64, long=False) != schedule(2, 64, long=False)
    runs = [[(r.id, r.way, r.manner, r.body) for r in Traffic(seed).figures(2_000)] for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_every_kind_of_fault_comes_before_any_comes_again() -> None:
    """A run with as many faults as kinds contains every kind."""
    kinds = faults(long=True)
    assert sorted(schedule(7, len(kinds), long=True)) == sorted(kinds)


@pytest.mark.timeout(900)  # a busy machine may need that long
async def test_the_embedded_stack_keeps_the_promise(tmp_path: Path) -> None:
    """Even if the broker restarts empty, nothing is lost or counted twice, and verify finds no difference."""
    outcome = await run(
        tmp_path / "stack", "embedded", SEED, events=EVENTS, faulted=len(EMBEDDED), only=EMBEDDED, log=print
    )
    assert outcome.kept, outcome.blame()
    assert outcome.figures >= EVENTS
    assert outcome.faults.total() == len(EMBEDDED)
