"""The council's secretariat: it enters judgements until they are accepted, and remembers the last ones."""

from __future__ import annotations

import json
import random
from typing import Final

from shared.contracts.model import Tier
from tests.live.chaos.agencies import Agencies, Unanswered
from tests.live.chaos.arena import Arena
from tests.live.chaos.plans import movements
from tests.support.movement import units

_CRITERION: Final = "hoan-thanh-xuat-sac"
SUBJECT: Final = f"judged:{_CRITERION}"
"""The key under which scoring stores these judgements."""


class Desk:
    """Judges a few departments of one movement at a time; ``last`` is the verdict by movement and unit."""

    def __init__(self, arena: Arena, agencies: Agencies, seed: int) -> None:
        self._arena, self._agencies = arena, agencies
        self._rng = random.Random(f"desk {seed}")
        self.last: dict[tuple[str, str], str] = {}

    async def judge(self) -> None:
        """Enter some judgements, and repeat them until they are accepted."""
        plan = self._rng.choice(movements())
        assert plan.movement is not None
        movement = plan.movement.id
        verdicts = {unit: self._rng.choice(("PASS", "FAIL")) for unit in self._rng.sample(units(Tier.SO), 5)}
        given = [
            {"unit": unit, "criterion": _CRITERION, "verdict": verdict, "reason": "ý kiến Hội đồng", "by": "Chủ tịch"}
            for unit, verdict in verdicts.items()
        ]
        answer = await self._agencies.insist(
            "POST",
            f"{self._arena.addresses['council']}/v1/{plan.province}/{movement}/judgements",
            headers={"Authorization": f"Bearer {self._arena.desk_key}", "Content-Type": "application/json"},
            content=json.dumps(given),
        )
        if answer.status_code != 202:
            raise Unanswered(f"judgements on {movement}: {answer.status_code} {answer.text[:300]}")
        self.last |= {(movement, unit): verdict for unit, verdict in verdicts.items()}
