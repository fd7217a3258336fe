"""A short run of the chaos suite on the embedded stack; ``make chaos`` runs it with all faults."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import compress

import pytest

from shared.contracts.conferral import AwardGiven, AwardRevoked
from shared.contracts.model import Event
from tests.live.chaos.council_awards import AwardPlace, LastPaper, wrong_awards
from tests.live.chaos.deliveries import wrong_mails
from tests.live.chaos.failpoints import Failpoint
from tests.live.chaos.faults import faults, schedule
from tests.live.chaos.invitations import wrong_invitations
from tests.live.chaos.letterbox import Letterbox
from tests.live.chaos.run import run
from tests.live.chaos.sittings import Place, Sitting
from tests.live.chaos.traffic import Traffic

AT = "2023-12-01T02:00:00Z"
SEED = 1
EVENTS = 600
EMBEDDED = ("kill broker", "after-write scoring", "poison")


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


class _Collection:
    """A collection of documents that are read whole."""

    def __init__(self, *docs: dict[str, Any]) -> None:
        self._docs = docs

    async def find(self, where: object = None) -> AsyncIterator[dict[str, Any]]:
        for doc in self._docs:
            yield doc


async def test_the_oracle_finds_an_award_that_is_not_everywhere_as_the_desk_left_it() -> None:
    """council keeps and publishes that it was revoked; scoring still has it."""
    movement, given, ended = "p", LastPaper("1/QĐ-UBND", True), LastPaper("2/QĐ-UBND", False)
    row = {"movement": movement, "award": "C1", "subject": "so-a", "decision": {"number": given.number}}
    council = {"decisions": _Collection({"awards": {"C1/so-a": row | {"revocation": {"number": ended.number}}}})}
    plan = {"province": "x", "id": "p", "version": 1}
    paper = {"number": given.number, "date": "2023-11-20", "signer": "Chủ tịch"}
    data = {"movement": movement, "plan": plan, "register_version": 1, "award": "C1", "subject": "so-a"}
    data |= {"decision": paper, "by": "Thư ký", "at": AT, "version": 1}
    about = {"source": "council", "time": AT, "subject": "p"}
    later = data | {"revocation": paper | {"number": ended.number}, "version": 2}
    events = [AwardGiven.model_validate({"id": "1", "data": data, **about})]
    revoked = AwardRevoked.model_validate({"id": "2", "data": later, **about})

    async def published() -> AsyncIterator[Event]:
        for event in (revoked, *events):
            yield event

    def scoring(paper: LastPaper) -> dict[str, _Collection]:
        value = {"number": paper.number, "status": "granted" if paper.stands else "revoked"}
        rows = compress(json.dumps({"so-a": {"value": value}}).encode())
        return {"boards": _Collection({"movement": "x/p", "subject": "awarded:C1", "rows": rows})}

    last = {AwardPlace(movement, "C1", "so-a"): ended}
    assert await wrong_awards(council, scoring(ended), published(), last) == []
    assert len(await wrong_awards(council, scoring(given), published(), last)) == 1
    assert len(await wrong_awards(council, scoring(ended), published(), {})) == 1


async def test_the_oracle_finds_a_member_who_was_invited_twice_or_not_notified_of_the_last_place() -> None:
    """Two changes in a row may be told as one; a sitting that was cancelled at once may be told to nobody."""
    first, second, third = (Place("2023-12-20", "08:00", f"Phòng họp số {n}") for n in (1, 2, 3))
    sitting = Sitting("hop-1", {"tv-2": "so-noi-vu"}, [first, second, third])

    async def published(*events: Event) -> AsyncIterator[Event]:
        for event in events:
            yield event

    async def found(*messages: tuple[str, Place]) -> list[str]:
        docs = [
            {"_id": str(n), "about": sitting.key, "invitation": {
                "id": str(n), "member": "tv-2", "kind": kind, "sitting": place._asdict(), "recipient": "so-noi-vu",
                "follows": [str(before) for before in range(n)], "sent_at": AT,
            }}
            for n, (kind, place) in enumerate(messages)
        ]  # fmt: skip
        now = datetime(2023, 12, 1, tzinfo=UTC)
        wrong = await wrong_invitations({"invitations": _Collection(*docs)}, published(), [sitting], now)
        return [what for _, what in wrong if not what.endswith("is not published")]

    assert await found(("invitation", first), ("change", third)) == []
    assert "was invited 2 times" in (await found(("invitation", first), ("invitation", third)))[0]
    assert "Phòng họp số 3') is valid" in (await found(("invitation", first), ("change", second)))[0]
    assert "a change about" in (await found(("invitation", third), ("change", third)))[0]
    assert await found() == [f"{sitting.key} tv-2: was never invited"]
    sitting.cancelled = True
    assert await found() == []
    assert "was never notified that it is cancelled" in (await found(("invitation", third)))[0]
    assert await found(("invitation", second), ("cancellation", second)) == []


def test_a_mail_that_comes_again_is_a_breach_unless_notify_was_killed_meanwhile() -> None:
    """A process may die between sending a mail and noting it; no other repeat can be explained."""
    letterbox = Letterbox()
    letterbox.arrived.update({"once": 1, "again": 2})

    def found(deaths: int, **attempts: int) -> list[str]:
        return [loss for loss, _ in wrong_mails(letterbox, attempts, ["once", "again"], [], deaths)]

    assert found(1, once=1, again=2) == []
    assert found(0, once=1, again=2) == ["twice"]
    assert found(1, once=1, again=1) == ["twice"]
    assert found(1, once=1, again=2, never=1) == ["lost"]


def test_a_failpoint_is_read_as_it_is_written() -> None:
    """The process that it strikes reads it from its environment."""
    for text in ("in-handler:1:late", "after-write@papers:3:kill"):
        assert str(Failpoint.read(text)) == text
