"""Who is invited to a sitting of the council, reminded of it, and notified of a change or a cancellation. Pure.

What a member has been notified is read from the messages themselves, so that nothing is notified twice. Days are local.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from shared.contracts.council import Agenda
from shared.contracts.ids import derived
from shared.contracts.invitations import Invitation, Sitting
from shared.contracts.model import VIETNAM, Id, PlanRef, TolerantModel, local
from shared.contracts.sessions import Member, Phase, SessionForm, SessionHead
from shared.plans.working_days import WorkingDays

DAYS_BEFORE: Final = 3
WORKING_DAYS_BEFORE: Final = 1
"""When members are reminded: three calendar days and one working day before the sitting."""

REMIND_AT: Final = time(8)
"""The local time of reminders where the plan sets none."""


class Session(TolerantModel):
    """What notify knows of a session: the latest that council published. ``version`` is the agenda's.

    ``reason`` is why it was cancelled.
    """

    id: Id
    plan: PlanRef
    name: str
    version: int
    phase: Phase
    form: SessionForm = "meeting"
    head: SessionHead = SessionHead()
    items: int = 0
    reason: str | None = None

    @property
    def key(self) -> str:
        """``<province>/<plan>/<session>``."""
        return f"{self.plan.province}/{self.plan.id}/{self.id}"

    @property
    def sitting(self) -> Sitting | None:
        """When and where; None while day, hour or place is open, or where there is no sitting."""
        day, at, place = self.head.day, self.head.at, self.head.place
        if self.form != "meeting" or day is None or at is None or place is None:
            return None
        return Sitting(day=day, at=at, place=place)

    def is_equal_for_members(self, other: Session) -> bool:
        """Whether nothing that members are notified differs, whatever else of the agenda has changed."""
        return self.model_copy(update={"version": other.version, "plan": other.plan}) == other


def session_of(agenda: Agenda) -> Session:
    """What a published agenda says about its session."""
    meeting = agenda.meeting
    steps = meeting.steps if meeting else ()
    cancelled = next((step.reason for step in reversed(steps) if step.verb == "cancel"), None)
    return Session(
        id=agenda.session,
        plan=agenda.plan,
        name=agenda.name,
        version=agenda.version,
        phase=agenda.phase or "planned",
        form=meeting.form if meeting else "meeting",
        head=(meeting.head if meeting else None) or SessionHead(),
        items=len(agenda.items),
        reason=cancelled,
    )


def mailbox_of(member: Member, office: str) -> str | None:
    """The unit whose mailbox a member's messages go to: the chair's stands under the standing office (``office``).

    None: the member has no unit, so that no mailbox is known.
    """
    return office if member.role == "chair" else member.unit


def members_of(session: Session) -> list[Member]:
    """The members on the day of the sitting; all of them while the day is open."""
    day = session.head.day
    return [
        member
        for member in session.head.members
        if day is None or ((member.first or date.min) <= day <= (member.last or date.max))
    ]


def reminder_days(day: date, calendar: WorkingDays) -> list[date]:
    """The days on which members are reminded of a sitting of a local day, in order.

    A third day before that is off moves to the working day before it; both days may be one.
    """
    third = calendar.on_or_before(day - timedelta(days=DAYS_BEFORE))
    return sorted({third, calendar.shift(day, -WORKING_DAYS_BEFORE)})


def due_messages(
    session: Session,
    notified: Mapping[str, Sequence[Invitation]],
    office: str,
    remind_at: time,
    calendar: WorkingDays,
    now: datetime,
) -> list[Invitation]:
    """The messages to be sent at ``now`` (aware). ``notified`` are the earlier ones by member, oldest first.

    Members are invited once the agenda is frozen and day, hour and place are recorded; who joins later is invited then.
    A change of day, hour or place, or a cancellation, is notified once. Nothing is sent once the sitting has begun.
    ``remind_at`` is the local time of reminders, ``office`` the code of the standing office.
    """
    return list(_due(session, notified, office, remind_at, calendar, now))


def _due(
    session: Session,
    notified: Mapping[str, Sequence[Invitation]],
    office: str,
    remind_at: time,
    calendar: WorkingDays,
    now: datetime,
) -> Iterator[Invitation]:
    if session.phase == "cancelled":
        for earlier in notified.values():
            last = earlier[-1]
            if last.kind != "cancellation" and not _has_begun(last.sitting, now):
                yield _after(earlier, now, kind="cancellation", reason=session.reason, before=None, nth=1, due_at=now)
        return
    sitting = session.sitting
    if session.phase != "frozen" or sitting is None or _has_begun(sitting, now):
        return
    chair = next((member.office for member in session.head.members if member.id == session.head.chair), None)
    for member in members_of(session):
        unit = mailbox_of(member, office)
        earlier = notified.get(member.id, ())
        if unit is None:
            continue
        if not earlier:
            yield _invitation(session, sitting, member, unit, chair, now)
            continue
        present = {"sitting": sitting, "chair": chair, "items": session.items, "office": member.office}
        present |= {"recipient": unit, "role": _role(member)}
        if earlier[-1].sitting != sitting:
            nth = sum(message.kind == "change" for message in earlier) + 1
            yield _after(earlier, now, kind="change", before=earlier[-1].sitting, nth=nth, due_at=now, **present)
        elif (day := _reminder_due(sitting, earlier, remind_at, calendar, now)) is not None:
            of_sitting = [message for message in earlier if message.sitting == sitting]
            nth = sum(message.kind == "reminder" for message in of_sitting) + 1
            due_at = datetime.combine(day, remind_at, VIETNAM).astimezone(UTC)
            yield _after(earlier, now, kind="reminder", before=None, nth=nth, due_at=due_at, **present)


def _has_begun(sitting: Sitting, now: datetime) -> bool:
    return now >= datetime.combine(sitting.day, sitting.at, VIETNAM)


def _reminder_due(
    sitting: Sitting, earlier: Sequence[Invitation], remind_at: time, calendar: WorkingDays, now: datetime
) -> date | None:
    """The day of the latest reminder that is due and not sent. Who was notified on that day or later needs none."""
    at = local(now)
    if not calendar.is_working_day(at.date()) or at.time() < remind_at:
        return None
    notified_on = max(local(message.sent_at).date() for message in earlier if message.sitting == sitting)
    days = [day for day in reminder_days(sitting.day, calendar) if notified_on < day <= at.date()]
    return days[-1] if days else None


def _role(member: Member) -> str:
    return "chair" if member.role == "chair" else "member"


def _invitation(
    session: Session, sitting: Sitting, member: Member, unit: str, chair: str | None, now: datetime
) -> Invitation:
    given = {
        "id": derived("invitation", session.key, member.id, "invitation", "1"),
        "plan": session.plan,
        "session": session.id,
        "name": session.name,
        "kind": "invitation",
        "member": member.id,
        "office": member.office,
        "recipient": unit,
        "role": _role(member),
        "sitting": sitting,
        "chair": chair,
        "items": session.items,
        "due_at": now,
        "sent_at": now,
    }
    return Invitation.model_validate(given)


def _after(earlier: Sequence[Invitation], now: datetime, **changes: object) -> Invitation:
    """The next message to a member. Its id follows from how many there were, so that it is written only once."""
    last = earlier[-1]
    key = f"{last.plan.province}/{last.plan.id}/{last.session}"
    fresh = {
        "id": derived("invitation", key, last.member, str(changes["kind"]), len(earlier) + 1),
        "sent_at": now,
        "follows": (*last.follows, last.id),
    }
    return last.model_copy(update={**fresh, **changes})
