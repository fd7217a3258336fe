"""Killing and restarting what runs, in mid-year: nothing lost, nothing twice. The chaos suite attacks harder."""

from __future__ import annotations

from pathlib import Path

from deploy.demo import SEED
from deploy.demo.run import demo_stack, play_year
from deploy.demo.steps import Decide, Freeze, Judge, Send, Step
from tests.live.conftest import QUIET, Played, shortened_year


async def test_a_year_with_every_part_killed_once_ends_in_the_same_summary(played: Played, tmp_path: Path) -> None:
    """``kill -9`` right after a step, while what it set off is on its way, for each service; and twice the broker
    comes back with nothing in it: all topics gone, offsets from 0, another cluster id.
    """
    victims = {"512/BC-CAT": "scoring", "302/BC-SNV": "intake", "150/BC-SKHDT": "notify"}
    # Over HTTP the door has the report before it answers, so the broker may forget at any moment.
    victims["212/BC-VPUBND"] = "kafka"
    killed: list[str] = []
    async with demo_stack(tmp_path / "stack", fixed_ports=False) as stack:
        first_life = stack.cluster_id

        async def interrupt(step: Step) -> None:
            victim = victims.get(step.report) if isinstance(step, Send) else None
            victim = "council" if isinstance(step, Judge | Decide) else victim
            victim = "kafka" if isinstance(step, Freeze) else victim
            if victim is not None:
                await stack.kill(victim)
                await stack.revive(victim)
                killed.append(victim)

        outcome = await play_year(stack, shortened_year(), SEED, QUIET, interrupt)
        assert stack.cluster_id != first_life
    assert sorted(killed) == ["council", "council", "intake", "kafka", "kafka", "notify", "scoring"]
    assert outcome.summary() == played.outcome.summary()
    assert outcome.verified == "ok"
