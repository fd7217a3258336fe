"""The council's secretariat: enters judgements, agenda items and awards until they are accepted; remembers them."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Final

from shared.contracts.model import Tier
from shared.contracts.plan import Plan
from tests.live.chaos.agencies import Agencies, Unanswered
from tests.live.chaos.arena import Arena
from tests.live.chaos.council_awards import AwardPlace, LastPaper
from tests.live.chaos.plans import movements
from tests.live.chaos.sittings import Sittings
from tests.support.movement import s1, units

_CRITERION: Final = "hoan-thanh-xuat-sac"
SUBJECT: Final = f"judged:{_CRITERION}"
"""The key under which scoring stores these judgements."""

_DAY: Final = "2023-11-20"

SESSION: Final = f"{s1().province}/{s1().id}/P4"
"""The session to whose agenda items are added."""


class Desk:
    """Judges a few departments of one movement at a time, asks two for their opinion, and adds an item to an agenda.

    It also proposes an award for one of them and records its decision, or revokes the movement's award. ``last`` is the
    verdict by movement and unit; ``titles`` are those of the items that were added; ``inquiries`` are the numbers of
    those that asked for opinions, with their movements; ``awards`` is what was decided last about each award.
    ``sittings`` are the sittings that it called.
    """

    def __init__(self, arena: Arena, agencies: Agencies, seed: int) -> None:
        self._arena, self._agencies = arena, agencies
        self._rng = random.Random(f"desk {seed}")
        self.last: dict[tuple[str, str], str] = {}
        self.titles: list[str] = []
        self.inquiries: list[tuple[str, str]] = []
        self.awards: dict[AwardPlace, LastPaper] = {}
        self.sittings = Sittings(arena, agencies, seed)
        self._papers, self._inquiry_number = 0, 0
        self._awarding, self._adding = asyncio.Lock(), asyncio.Lock()

    async def work(self) -> None:
        """Do a little of everything, and repeat it until it is accepted."""
        await asyncio.gather(self.judge(), self.sittings.work())

    async def judge(self) -> None:
        """Enter some judgements, an inquiry, an agenda item and an award, and repeat them until they are accepted."""
        async with self._adding:
            await self._add_item()
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
            headers=self._headers,
            content=json.dumps(given),
        )
        if answer.status_code != 202:
            raise Unanswered(f"judgements on {movement}: {answer.status_code} {answer.text[:300]}")
        self.last |= {(movement, unit): verdict for unit, verdict in verdicts.items()}
        await self._ask(plan.province, movement, plan.awards[0].id, list(verdicts)[:2])
        async with self._awarding:
            await self._award(plan, movement, next(iter(verdicts)))

    async def _ask(self, province: str, movement: str, award: str, agencies: list[str]) -> None:
        """Record an inquiry that asks agencies for their opinion. Sent again, it is the same inquiry."""
        self._inquiry_number += 1  # at once, because the desk may be working on another letter already
        number = f"{self._inquiry_number}/BTĐKT-NV"
        inquiry = {"agencies": agencies, "number": number, "date": _DAY, "award": award, "about": "hồ sơ"}
        answer = await self._agencies.insist(
            "POST",
            f"{self._arena.addresses['council']}/v1/{province}/{movement}/opinions",
            headers=self._headers,
            content=json.dumps(inquiry),
        )
        if answer.status_code != 202:
            raise Unanswered(f"inquiry {number}: {answer.status_code} {answer.text[:300]}")
        self.inquiries.append((movement, number))

    async def _award(self, plan: Plan, movement: str, unit: str) -> None:
        """Revoke the movement's award if one stands; otherwise propose one for a department and give it."""
        award = next(award.id for award in plan.awards if award.tier is Tier.SO)
        place = next(
            (place for place, paper in self.awards.items() if place.movement == movement and paper.stands), None
        )
        self._papers += 1
        number = f"{self._papers}/QĐ-UBND"
        paper: dict[str, object] = {"number": number, "date": _DAY, "signer": "Chủ tịch UBND tỉnh"}
        paper |= {"recorded_afterwards": True}
        if place is not None:
            paper |= {"awards": [{"award": place.award, "subject": place.unit}], "reason": "kê khai không đúng"}
            await self._record(plan.province, movement, "awards/revocations", paper)
        else:
            subject, place = {"award": award, "subject": unit}, AwardPlace(movement, award, unit)
            proposal = [{**subject, "status": "granted", "reason": f"ý kiến Hội đồng số {self._papers}"}]
            if not await self._record(plan.province, movement, "decisions", proposal):
                return
            await self._record(plan.province, movement, "awards", paper | {"awards": [subject]})
        self.awards[place] = LastPaper(number, "reason" not in paper)

    async def _record(self, province: str, movement: str, what: str, body: object) -> bool:
        """Record something about awards. False if the unit has an open case, for which the council may not propose."""
        answer = await self._agencies.insist(
            "POST",
            f"{self._arena.addresses['council']}/v1/{province}/{movement}/{what}",
            headers=self._headers,
            content=json.dumps(body),
        )
        if answer.status_code == 422 and answer.json()["code"] == "on_hold":
            return False
        if answer.status_code != 202:
            raise Unanswered(f"{what} of {movement}: {answer.status_code} {answer.text[:300]}")
        return True

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._arena.desk_key}", "Content-Type": "application/json"}

    async def _add_item(self) -> None:
        """Add an item to the agenda. Sent again, it is refused because it was added already: nobody else writes."""
        session = f"{self._arena.addresses['council']}/v1/sessions/{SESSION}"
        title = f"Nội dung thứ {len(self.titles) + 1}"
        body = json.dumps({"title": title, "basis": "Công văn"})
        while True:
            seen = await self._agencies.insist("GET", f"{session}/agenda", headers=self._headers)
            if seen.status_code != 404:
                break
            await asyncio.sleep(0.2)  # council may not have the plan yet
        if title not in [item["title"] for item in seen.json()["items"]]:
            headers = {**self._headers, "If-Match": seen.headers["ETag"]}
            answer = await self._agencies.insist("POST", f"{session}/items", headers=headers, content=body)
            if answer.status_code != 200 and answer.json()["code"] != "changed_meanwhile":
                raise Unanswered(f"item of {SESSION}: {answer.status_code} {answer.text[:300]}")
        self.titles.append(title)
