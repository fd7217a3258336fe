"""Killing and restarting what runs, in mid-year: nothing lost, nothing twice."""

from __future__ import annotations

from pathlib import Path

from deploy.demo import SEED
from deploy.demo.run import demo_stack, play_year
from deploy.demo.steps import Decide, Freeze, Judge, Send, Step
from tests.live.conftest import QUIET, Played, shortened_year


async def test_killing_each_service_in_mid_run_ends_in_the_same_summary(played: Played, tmp_path: Path) -> None:
    """``kill -9`` right after a step, while what it set off is on its way, for each of the four; then started again."""
    victims = {"512/BC-CAT": "scoring", "302/BC-SNV": "intake", "150/BC-SKHDT": "notify"}
    killed: list[str] = []
    async with demo_stack(tmp_path / "stack", fixed_ports=False) as stack:

        async def interrupt(step: Step) -> None:
            victim = victims.get(step.report) if isinstance(step, Send) else None
            victim = "council" if isinstance(step, Judge | Decide) else victim
            if victim is not None:
                await stack.kill(victim)
                await stack.revive(victim)
                killed.append(victim)

        outcome = await play_year(stack, shortened_year(), SEED, QUIET, interrupt)
    assert sorted(killed) == ["council", "council", "intake", "notify", "scoring"]
    assert outcome.summary() == played.outcome.summary()
    assert outcome.verified == "ok"


async def test_restarting_the_broker_with_nothing_left_in_it_loses_nothing(played: Played, tmp_path: Path) -> None:
    """All topics gone, offsets from 0, another cluster id: every service says again what it owns."""
    async with demo_stack(tmp_path / "stack", fixed_ports=False) as stack:
        first_life = stack.cluster_id

        async def interrupt(step: Step) -> None:
            if isinstance(step, Freeze) or (isinstance(step, Send) and step.report == "212/BC-VPUBND"):
                # Over HTTP the door has the report before it answers, so the broker may forget at any moment.
                await stack.kill("kafka")
                await stack.revive("kafka")

        outcome = await play_year(stack, shortened_year(), SEED, QUIET, interrupt)
        assert stack.cluster_id != first_life
    assert outcome.summary() == played.outcome.summary()
    assert outcome.verified == "ok"
