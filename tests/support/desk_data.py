"""What the desk's pages are made from, in memory: the real plans and units, and sessions that a test describes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from services.council.arrivals import CompleteReport
from services.council.desk.acts_done import acts_of
from services.council.desk.overview import OverviewData
from services.council.desk.records import Records
from services.council.desk.reporting import reported
from services.council.desk.session_page import SessionData
from services.council.desk.subjects import Subjects
from services.council.state import StoredSession
from shared.contracts.council import Agenda, AgendaItem
from shared.contracts.council_rules import CouncilRules
from shared.contracts.model import local
from shared.contracts.people import Person
from shared.contracts.sessions import Attendance, CouncilMeeting, Member, SessionHead, Step
from tests.support.agendas import MOVEMENT, NOW, SESSIONS, assembled, context_of
from tests.support.movement import register, s0, s1

SECRETARY = Person("p1", "Nguyễn Thị Hoa", "secretary")
MEMBERS = tuple(
    Member(id=f"tv-{n}", role="chair" if n == 1 else "member", office=f"Chức danh thứ {n}") for n in range(1, 10)
)
HEAD = SessionHead(
    day=NOW.date() + timedelta(days=1), at=time(8), place="Phòng họp số 1", chair="tv-1", members=MEMBERS
)


def items(*award_lists: Any, session: str = "P4") -> list[AgendaItem]:
    """The items of a draft, without the reports that are not complete."""
    context = context_of(session, *award_lists)
    return [item for item in assembled(context) if item.kind != "open_report"]


def session(
    of: Sequence[AgendaItem] = (), phase: str = "drafted", name: str = "Phiên tổng kết", **changes: Any
) -> StoredSession:
    """A session of the council's plan. ``head``, ``steps``, ``attendance`` and ``present`` belong to its meeting."""
    recorded = {
        key: changes.pop(key)
        for key in ("head", "steps", "attendance", "confirmations", "present", "votes")
        if key in changes
    }
    meeting = CouncilMeeting(members=len(MEMBERS), **recorded)
    agenda = Agenda.model_validate(
        {
            **{"session": "P4", "name": name, "plan": s1().ref, "status": "draft", "version": 1, "items": tuple(of)},
            **{"phase": phase, "numbered": phase not in ("planned", "drafted"), "meeting": meeting, **changes},
        }
    )
    return StoredSession(f"thai-binh/38-kh-hdtdkt-2023/{agenda.session}", 1, agenda, NOW)


def present(count: int) -> dict[str, Any]:
    """The attendance of the first members."""
    states = ("present" if n <= count else "excused" for n in range(1, len(MEMBERS) + 1))
    entries = (Attendance.model_validate({"member": f"tv-{n}", "state": s}) for n, s in enumerate(states, 1))
    return {"attendance": tuple(entries), "present": count}


def step(verb: str, at: datetime = NOW, by: str = "Thư ký Hội đồng", **more: Any) -> Step:
    return Step(verb=verb, by=by, role="secretary", at=at.astimezone(UTC), **more)


def subjects() -> Subjects:
    return Subjects("thai-binh", register(), {MOVEMENT: {}})


def data_of(stored: StoredSession, **changes: Any) -> SessionData:
    """What a session's pages are made from."""
    records = changes.pop("records", Records(plans={MOVEMENT: s0()}))
    return SessionData(stored, subjects(), {"S0": s0().source}, records, CouncilRules(), NOW.date(), **changes)


def overview_data(
    sessions: Iterable[StoredSession] = (), complete: Iterable[CompleteReport] = (), **changes: Any
) -> OverviewData:
    """What the first page is made from."""
    extended = changes.pop("extended", {})
    fields: dict[str, Any] = {
        "person": SECRETARY,
        "now": NOW,
        "looked_at": None,
        "sessions": list(sessions),
        "windows": {f"thai-binh/38-kh-hdtdkt-2023/{key}": entry.window for key, entry in SESSIONS.items()},
        "rules": {},
        "subjects": subjects(),
        "records": Records(plans={MOVEMENT: s0()}),
        "reports": reported([s0()], register(), frozenset(complete), extended, local(changes.get("now", NOW)).date()),
        **changes,
    }
    fields["acts"] = acts_of(fields["sessions"], fields["records"], fields["subjects"])
    return OverviewData(**fields)
