"""However often a nomination or withdrawal comes, wherever the door dies on it: the roll is as if each came once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from deploy.stack.embedded import Stack
from services.intake.nominations.rules import NominationRequest, decide, withdraw
from services.intake.nominations.store import NominationStore
from shared.contracts.nominations import Nomination
from shared.plans.quotas import NominationContext, remaining_without
from tests.support.crashing import CrashingDatabase, Died
from tests.support.movement import register, s0
from tests.support.nominating import DISTRICT, NOW, S0, S4, SO, Kind, s4

LIMITS = {(SO, "B4"): 1, (SO, "B6"): 1, (DISTRICT, "B4"): 1, (DISTRICT, "B6"): 2}
"""S0 IV.4: what a department and a district may nominate; S4 takes from the same places."""


@dataclass(frozen=True)
class Request:
    """An agency nominates ``subject`` under its n-th key, or takes back what it nominated under that."""

    n: int
    nominator: str
    award: str
    kind: Kind
    subject: int
    takes_back: bool = False

    @property
    def id(self) -> str:
        return f"n-{self.n}"


@dataclass(frozen=True)
class Storm:
    """What happens around a request: it dies on it after so many steps of writing; old requests come once more."""

    dies_after: int | None
    again: tuple[int, ...]


_ROUTES = [
    (SO, "B4", Kind.TAP_THE),
    (SO, "B6", Kind.CAN_BO),
    (SO, "S4-TT", Kind.TAP_THE),
    (SO, "S4-CN", Kind.CAN_BO),
    (DISTRICT, "B4", Kind.TAP_THE),
    (DISTRICT, "B6", Kind.CAN_BO),
    (DISTRICT, "B6", Kind.NGUOI_DAN),
]


@st.composite
def requests(draw: st.DrawFn) -> list[Request]:
    """Nominations, each under a key of its own, and withdrawals of some."""
    made: list[Request] = []
    for route, subject, back in draw(
        st.lists(st.tuples(st.sampled_from(_ROUTES), st.integers(0, 3), st.none() | st.integers(0, 9)), max_size=9)
    ):
        made.append(Request(len(made), *route, subject))
        asked = [item for item in made if not item.takes_back]
        if back is not None and back < len(asked):
            of = asked[back]
            made.append(Request(of.n, of.nominator, of.award, of.kind, of.subject, takes_back=True))
    return made


def within_places(roll: Sequence[Nomination]) -> None:
    """No limit is exceeded, and no person nominated twice."""
    active = [item for item in roll if item.status == "accepted"]
    for (who, award), most in LIMITS.items():
        assert sum(item.nominator == who and award in (item.award, item.into) for item in active) <= most
    persons = [item.subject for item in active if item.kind.is_person]
    assert len(persons) == len(set(persons))


class ReportIntake:
    """Processes of the door over one roll in the real database."""

    def __init__(self, servers: Stack) -> None:
        self._url, self._name = servers.mongo, f"test_{uuid4().hex}"
        self._databases: list[CrashingDatabase] = []
        self.rolls: list[NominationStore] = []
        self.start()

    async def __aenter__(self) -> ReportIntake:
        await self.rolls[0].prepare()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._databases[0].drop()
        for database in self._databases:
            await database.close()

    def start(self) -> None:
        """One process more."""
        self._databases.append(CrashingDatabase(self._url, self._name))
        self.rolls.append(NominationStore(self._databases[-1], s0().province))

    async def answer(self, asked: Request, at: int = -1, dies_after: int | None = None) -> Nomination:
        """What one process answers. Every roll it decides on keeps within the places. Raises ``Died``."""
        in_s4 = asked.award.startswith("S4-")
        context = NominationContext(s4() if in_s4 else s0(), s0() if in_s4 else None, register())
        now = NOW + timedelta(minutes=asked.n)

        def decided(roll: Sequence[Nomination]) -> Nomination:
            within_places(roll)
            wanted = NominationRequest(
                id=asked.id,
                movement=S4 if in_s4 else S0,
                award=asked.award,
                nominator=asked.nominator,
                kind=asked.kind,
                subject=f"{asked.kind}-{asked.subject}",
            )
            return decide(wanted, roll, context, now)

        def taken_back(present: Nomination, roll: Sequence[Nomination]) -> Nomination:
            within_places(roll)
            return withdraw(present, now + timedelta(days=1), remaining_without(present, roll, context))

        self._databases[at].fuse.length = dies_after
        if not asked.takes_back:
            return await self.rolls[at].add(S0, asked.id, "", None, decided)
        found = await self.rolls[at].update(asked.id, asked.nominator, taken_back)
        assert found is not None
        return found

    async def roll(self) -> list[Nomination]:
        """The roll as it is kept."""
        return await self.rolls[-1].of_movement(S0)


# Explaining a failure would run a failing roll some hundred times more.
quickly = settings(
    max_examples=15, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate, Phase.shrink)
)
_storms = st.builds(
    Storm,
    dies_after=st.none() | st.integers(0, 4),
    again=st.lists(st.integers(0, 20), max_size=3).map(tuple),
)


@quickly
@given(requests(), st.lists(_storms, min_size=18, max_size=18))
async def test_retries_and_late_repetitions_leave_the_roll_as_if_each_request_came_once(
    servers: Stack, asked: list[Request], storms: list[Storm]
) -> None:
    """A decision is fixed by the request's id: a refusal stays one, also when a place is free again."""
    async with ReportIntake(servers) as stormy, ReportIntake(servers) as calm:
        for n, (each, storm) in enumerate(zip(asked, storms, strict=False)):
            expected = await calm.answer(each)
            try:
                answer = await stormy.answer(each, dies_after=storm.dies_after)
            except Died:
                stormy.start()
                answer = await stormy.answer(each)
            assert answer == expected
            for late in storm.again:
                await stormy.answer(asked[late % (n + 1)])
            now = await stormy.roll()
            within_places(now)
            assert now == await calm.roll()


@quickly
@given(requests(), st.lists(st.integers(0, 2), min_size=36, max_size=36))
async def test_all_at_once_and_twice_over_three_processes_no_place_is_given_twice(
    servers: Stack, asked: list[Request], to: list[int]
) -> None:
    """Who comes first is chance; that each request has one decision, and a full place no second taker, is not."""
    nominations = [item for item in asked if not item.takes_back]
    withdrawals = [item for item in asked if item.takes_back]
    async with ReportIntake(servers) as intake:
        intake.start()
        intake.start()
        first = await asyncio.gather(
            *(intake.answer(each, at) for each, at in zip([*nominations, *nominations], to, strict=False))
        )
        decided = {item.id: item for item in first}
        assert all(decided[item.id] == item for item in first)
        assert {item.id: item for item in await intake.roll()} == decided
        mixed = [*nominations, *withdrawals, *withdrawals]
        await asyncio.gather(*(intake.answer(each, at) for each, at in zip(mixed, to, strict=False)))
        last = await intake.roll()
        within_places(last)
        gone = {withdrawal.id for withdrawal in withdrawals}
        for item in last:
            was = decided[item.id].status
            assert item.status == ("withdrawn" if was == "accepted" and item.id in gone else was)
