"""Repeated nominations and withdrawals, and crashes at any write, leave the store as if each request came once."""

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
from tests.support.nominating import DISTRICT, NOW, S0, S4, SO, Kind, identity, s4

LIMITS = {(SO, "B4"): 1, (SO, "B6"): 1, (DISTRICT, "B4"): 1, (DISTRICT, "B6"): 2}
"""What a department and a district may nominate under S0 IV.4; nominations under S4 use the same places."""


@dataclass(frozen=True)
class Request:
    """An agency nominates ``subject`` under its n-th key, or withdraws the nomination of that key."""

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
    """Faults around a request: a crash after ``dies_after`` writes, and old requests that are repeated."""

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
    """Nominations, each under its own key, and withdrawals of some of them."""
    made: list[Request] = []
    for route, subject, back in draw(
        st.lists(st.tuples(st.sampled_from(_ROUTES), st.integers(0, 3), st.none() | st.integers(0, 9)), max_size=9)
    ):
        made.append(Request(len(made), *route, subject))
        nominations = [request for request in made if not request.takes_back]
        if back is not None and back < len(nominations):
            earlier = nominations[back]
            made.append(
                Request(earlier.n, earlier.nominator, earlier.award, earlier.kind, earlier.subject, takes_back=True)
            )
    return made


def within_quotas(nominations: Sequence[Nomination]) -> None:
    """Assert that no limit is exceeded and no person is nominated twice."""
    active = [nomination for nomination in nominations if nomination.status == "accepted"]
    for (nominator, award), limit in LIMITS.items():
        assert sum(n.nominator == nominator and award in (n.award, n.into) for n in active) <= limit
    persons = [nomination.subject for nomination in active if nomination.kind.is_person]
    assert len(persons) == len(set(persons))


class NominationProcesses:
    """Intake processes over one nomination store in the real database."""

    def __init__(self, servers: Stack) -> None:
        self._url, self._name = servers.mongo, f"test_{uuid4().hex}"
        self._databases: list[CrashingDatabase] = []
        self.stores: list[NominationStore] = []
        self.start()

    async def __aenter__(self) -> NominationProcesses:
        await self.stores[0].prepare()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._databases[0].drop()
        for database in self._databases:
            await database.close()

    def start(self) -> None:
        """Start one more process."""
        self._databases.append(CrashingDatabase(self._url, self._name))
        self.stores.append(NominationStore(self._databases[-1], s0().province))

    async def answer(self, request: Request, at: int = -1, dies_after: int | None = None) -> Nomination:
        """The answer of one process. Checks the quotas before each decision. Raises ``Died``."""
        in_s4 = request.award.startswith("S4-")
        context = NominationContext(s4() if in_s4 else s0(), s0() if in_s4 else None, register())
        now = NOW + timedelta(minutes=request.n)

        wanted = NominationRequest(
            id=request.id,
            movement=S4 if in_s4 else S0,
            award=request.award,
            nominator=request.nominator,
            kind=request.kind,
            subject=f"{request.kind}-{request.subject}",
        )

        def decided(_: str, nominations: Sequence[Nomination]) -> Nomination:
            within_quotas(nominations)
            return decide(wanted, nominations, context, now)

        def taken_back(present: Nomination, nominations: Sequence[Nomination]) -> Nomination:
            within_quotas(nominations)
            return withdraw(present, now + timedelta(days=1), remaining_without(present, nominations, context))

        self._databases[at].fuse.length = dies_after
        if not request.takes_back:
            return await self.stores[at].add(S0, identity(wanted), None, decided)
        withdrawn = await self.stores[at].update(request.id, request.nominator, taken_back)
        assert withdrawn is not None
        return withdrawn

    async def nominations(self) -> list[Nomination]:
        """The stored nominations."""
        return await self.stores[-1].of_movement(S0)


# The explain phase would repeat a failing run some hundred times.
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
async def test_retries_and_late_repetitions_leave_the_nominations_as_if_each_request_came_once(
    servers: Stack, sequence: list[Request], storms: list[Storm]
) -> None:
    """The request's id fixes the decision: a refusal stays a refusal, even when a place becomes free."""
    async with NominationProcesses(servers) as stormy, NominationProcesses(servers) as calm:
        for n, (request, storm) in enumerate(zip(sequence, storms, strict=False)):
            expected = await calm.answer(request)
            try:
                answer = await stormy.answer(request, dies_after=storm.dies_after)
            except Died:
                stormy.start()
                answer = await stormy.answer(request)
            assert answer == expected
            for late in storm.again:
                await stormy.answer(sequence[late % (n + 1)])
            now = await stormy.nominations()
            within_quotas(now)
            assert now == await calm.nominations()


@quickly
@given(requests(), st.lists(st.integers(0, 2), min_size=36, max_size=36))
async def test_no_place_is_given_twice_by_three_processes_with_every_request_sent_twice(
    servers: Stack, drawn: list[Request], to: list[int]
) -> None:
    """The order is chance, but each request gets one decision and no quota is exceeded."""
    nominations = [request for request in drawn if not request.takes_back]
    withdrawals = [request for request in drawn if request.takes_back]
    async with NominationProcesses(servers) as intake:
        intake.start()
        intake.start()
        first = await asyncio.gather(
            *(intake.answer(request, at) for request, at in zip([*nominations, *nominations], to, strict=False))
        )
        decided = {nomination.id: nomination for nomination in first}
        assert all(decided[nomination.id] == nomination for nomination in first)
        assert {nomination.id: nomination for nomination in await intake.nominations()} == decided
        mixed = [*nominations, *withdrawals, *withdrawals]
        await asyncio.gather(*(intake.answer(request, at) for request, at in zip(mixed, to, strict=False)))
        last = await intake.nominations()
        within_quotas(last)
        gone = {withdrawal.id for withdrawal in withdrawals}
        for nomination in last:
            was = decided[nomination.id].status
            assert nomination.status == ("withdrawn" if was == "accepted" and nomination.id in gone else was)
