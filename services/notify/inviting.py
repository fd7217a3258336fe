"""Load, decide, save: write the messages to members about sittings when they are due, and say what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Literal

from services.notify.ladder import office_of
from services.notify.ledger import Sending
from services.notify.sitting_store import Invitations, Sessions
from services.notify.sittings import REMIND_AT, Session, due_messages, mailbox_of, members_of
from services.notify.store import Deliveries
from shared.contracts.invitations import Invitation
from shared.contracts.model import TolerantModel, local
from shared.plans.working_days import WorkingDays
from shared.runtime.references import References

_Look = tuple[int, object]


class MemberLedger(TolerantModel):
    """A member of a council and the messages about one session, with how each was delivered.

    ``state`` is ``no_mailbox`` for a member whose office has no unit, so that no mailbox is known: that invitation
    has to be handed over in another way. Otherwise it says how the last message ended; ``waiting`` also before the
    first.
    """

    member: str
    office: str
    state: Literal["no_mailbox", "waiting", "sent", "failed"]
    messages: tuple[Invitation, ...]
    sendings: tuple[Sending, ...]


class SessionLedger(TolerantModel):
    """A session with what its members were notified."""

    session: Session
    members: tuple[MemberLedger, ...]


class Inviting:
    """Writes invitations. ``office`` is the code of the standing office for plans that name none."""

    def __init__(
        self,
        sessions: Sessions,
        invitations: Invitations,
        deliveries: Deliveries,
        references: References,
        calendar: WorkingDays,
        office: str,
    ) -> None:
        self._sessions, self._invitations, self._deliveries = sessions, invitations, deliveries
        self._references, self._calendar, self._office = references, calendar, office
        self._looked: dict[str, _Look] = {}

    async def invite(self, now: datetime) -> None:
        """Write the messages that are due at ``now`` (aware). Idempotent."""
        for session in await self._sessions.all():
            if not self._references.knows_plan(session.plan):
                await self._references.refresh()  # another replica may have consumed the plan
                if not self._references.knows_plan(session.plan):
                    continue
            plan = self._references.plan(session.plan)
            remind_at = plan.reminders.at if plan.reminders else REMIND_AT
            look = (session.version, _moment(now, remind_at))
            if self._looked.get(session.key) == look:
                continue
            notified, office = await self._invitations.notified(session.key), office_of(plan, self._office)
            await self._invitations.add_once(due_messages(session, notified, office, remind_at, self._calendar, now))
            self._looked[session.key] = look

    async def ledger(self) -> list[SessionLedger]:
        """The sessions that members have been notified of or will be, the latest day last."""
        deliveries: dict[str, list[Sending]] = {}
        for delivery in await self._deliveries.all():
            deliveries.setdefault(delivery.notice, []).append(Sending.of(delivery))
        ledgers: list[SessionLedger] = []
        for session in await self._sessions.all():
            notified = await self._invitations.notified(session.key)
            if notified or session.phase == "frozen":
                ledgers.append(
                    SessionLedger(session=session, members=tuple(self._members(session, notified, deliveries)))
                )
        return sorted(ledgers, key=lambda one: (str(one.session.head.day or ""), one.session.key))

    def _members(
        self,
        session: Session,
        notified: Mapping[str, Sequence[Invitation]],
        deliveries: Mapping[str, Sequence[Sending]],
    ) -> list[MemberLedger]:
        offices = {member.id: member.office for member in members_of(session)}
        units = {member.id: mailbox_of(member, self._office) for member in members_of(session)}
        of_members: list[MemberLedger] = []
        for member, messages in {**dict.fromkeys(offices, ()), **notified}.items():
            sendings = [sending for message in messages for sending in deliveries.get(message.id, ())]
            last = deliveries.get(messages[-1].id, ()) if messages else ()
            state: Literal["no_mailbox", "waiting", "sent", "failed"] = "waiting"
            if any(sending.state == "failed" for sending in last):
                state = "failed"
            elif last and all(sending.state == "sent" for sending in last):
                state = "sent"
            elif not messages and units.get(member) is None:
                state = "no_mailbox"
            of_members.append(
                MemberLedger(
                    member=member,
                    office=offices.get(member) or messages[-1].office,
                    state=state,
                    messages=tuple(messages),
                    sendings=tuple(sendings),
                )
            )
        return of_members


def _moment(now: datetime, remind_at: time) -> object:
    """What of an instant decides which reminders are due: the local day, and whether its hour has come."""
    at = local(now)
    return at.date(), at.time() >= remind_at
