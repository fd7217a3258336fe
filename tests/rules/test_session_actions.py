"""Whatever is done about a session, in whatever order: what has been fixed stays, and nothing is closed half done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.council.sessions import actions, lifecycle, outcomes
from services.council.sessions.actions import Actor, AwardLimits
from services.council.sessions.problem import SessionProblem
from services.council.state import StoredSession
from shared.contracts.council import Agenda, AgendaItem
from shared.contracts.council_rules import CouncilRules
from shared.contracts.model import PlanRef
from shared.contracts.sessions import (
    Attendance,
    AttendanceGiven,
    ItemAdded,
    ItemMoved,
    ItemReason,
    Member,
    OutcomeGiven,
    SessionHead,
    SessionRecorded,
    VoteGiven,
    VoteRow,
)

NOW = datetime(2023, 12, 20, 2, tzinfo=UTC)
ITEMS = tuple(AgendaItem(number=n, id=f"i{n}", kind="task", title=f"Nội dung {n}", cite="S1") for n in (1, 2))
HEAD = SessionHead(members=tuple(Member(id=f"m{n}", role="member", office=f"Chức danh {n}") for n in range(3)))
PRESENT = AttendanceGiven(members=tuple(Attendance(member=f"m{n}", state="present") for n in range(2)))
FEW = AttendanceGiven(members=(Attendance(member="m0", state="present"),))
RULES = CouncilRules()

Act = Callable[[StoredSession, Actor], StoredSession]


def outcome(item: str, kind: str) -> Act:
    given_outcome = OutcomeGiven.model_validate({"item": item, "outcome": kind, "reason": "lý do"})
    return lambda session, actor: actions.decide(session, given_outcome, AwardLimits(), actor)


def vote(item: str, agree: int) -> Act:
    cast = VoteGiven(item=item, way="hands", rows=(VoteRow(agree=agree, disagree=2 - agree, no_opinion=0),))
    return lambda session, actor: actions.vote(session, cast, RULES, AwardLimits(), actor)


ACTS: tuple[Act, ...] = (
    lambda session, actor: actions.draft(session, HEAD, actor),
    lambda session, actor: actions.set_head(session, HEAD, frozenset(), actor),
    lambda session, actor: actions.move(session, ItemMoved(item="i2", to=1), actor),
    lambda session, actor: actions.add(session, ItemAdded(title="Thêm", basis="Công văn"), actor),
    lambda session, actor: actions.remove(session, ItemReason(item="i1", reason="x"), actor),
    lambda session, actor: actions.restore(session, ItemReason(item="i1", reason="x"), actor),
    lambda session, actor: actions.freeze(session, actor),
    lambda session, actor: actions.attend(session, PRESENT, RULES, actor),
    lambda session, actor: actions.attend(session, FEW, RULES, actor),
    lambda session, actor: actions.start(session, RULES, actor),
    lambda session, actor: actions.record(session, SessionRecorded(day=NOW.date(), reason="Biên bản"), actor),
    *(vote(item, agree) for item in ("i1", "i2") for agree in (0, 2)),
    *(outcome(item, kind) for item in ("i1", "i2", "added/1") for kind in ("noted", "deferred", "proposed")),
    lambda session, actor: actions.draft_minutes(session, actor),
    lambda session, actor: actions.approve_minutes(session, actor),
    lambda session, actor: actions.close(session, actor),
    lambda session, actor: actions.reopen(session, "lý do", actor),
    lambda session, actor: actions.cancel(session, "lý do", actor),
)
FORWARD = (1, 6, 7, 9)
"""The acts that bring a session to its sitting: random orders seldom do."""


@pytest.mark.thorough
@settings(max_examples=150)
@given(st.booleans(), st.lists(st.tuples(st.integers(0, len(ACTS) - 1), st.booleans()), max_size=25))
def test_no_order_of_acts_changes_a_number_or_closes_a_session_with_an_open_item(
    to_the_sitting: bool, chosen: list[tuple[int, bool]]
) -> None:
    """A refused act changes nothing; every other one adds a step that names the actor, and a version."""
    plan = PlanRef(province="x", id="p", version=1)
    agenda = Agenda(session="P", name="Phiên", plan=plan, status="draft", version=1, items=ITEMS, phase="planned")
    session = StoredSession("x/p/P", 0, agenda, NOW)
    numbers: dict[str, int] = {}
    for act, replaces in [*((n, False) for n in FORWARD if to_the_sitting), *chosen]:
        before = session
        try:
            session = ACTS[act](session, Actor("Thư ký", "secretary", NOW, replaces))
        except SessionProblem:
            assert session is before
            continue
        assert session.meeting.version == before.meeting.version + 1
        assert session.agenda.version > before.agenda.version
        assert session.agenda.status == lifecycle.status_of(session.phase)
        assert session.meeting.steps[-1].by == "Thư ký"
        if session.agenda.numbered:
            now = {item.id: item.number for item in session.agenda.items}
            assert numbers.items() <= now.items()
            assert sorted(now.values()) == list(range(1, len(now) + 1))
            numbers = now
        assert session.agenda.numbered == (session.agenda.frozen_at is not None)
        assert {recorded.given.item for recorded in session.agenda.outcomes} <= numbers.keys()
        if session.phase in ("minutes_drafted", "approved", "closed"):
            assert outcomes.open_items(session.agenda.items, session.agenda.outcomes) == []
        if session.phase == "held" and before.phase == "frozen" and session.meeting.recorded is None:
            assert session.meeting.present * 3 >= session.meeting.members * 2 > 0
