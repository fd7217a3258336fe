"""Renders what notify publishes: notices sent and withheld, contacts, invitations. Rendering has no side effects."""

from __future__ import annotations

from collections.abc import Sequence

from services.notify.notice_store import NOTED, SENT, Contacts, Notices, events_of
from services.notify.sitting_store import INVITED, Invitations, StoredInvitation
from services.notify.state import KeptNotice, StoredContact, StoredNotice
from shared.contracts.ids import derived
from shared.contracts.invitations import InvitationSent
from shared.contracts.model import Event
from shared.contracts.notify import ContactNoted, NoticeSent, NoticeWithheld, Withheld
from shared.contracts.topics import NOTICES
from shared.runtime.outbox import Outgoing, Rendering, rendering

SOURCE = "thidua/notify"


def renderings(notices: Notices, contacts: Contacts, invitations: Invitations) -> list[Rendering]:
    """How the outbox publishes them; a broker that has lost its topics gets all of them again."""
    return [
        rendering(notices.published, _render_notice, lambda stored: events_of(stored.kept)),
        rendering(contacts.published, _render_contact, lambda _: [NOTED]),
        rendering(invitations.published, _render_invitation, lambda _: [INVITED]),
    ]


async def _render_notice(stored: StoredNotice, unsent: Sequence[str]) -> list[Outgoing]:
    return [_sent(stored.kept) if name == SENT else _withheld(stored.kept) for name in unsent]


async def _render_contact(stored: StoredContact, unsent: Sequence[str]) -> list[Outgoing]:
    contact = stored.contact
    key = f"{contact.plan.province}/{contact.agency}"
    return [_outgoing(ContactNoted(id=contact.id, source=SOURCE, time=contact.at, subject=key, data=contact))]


async def _render_invitation(stored: StoredInvitation, unsent: Sequence[str]) -> list[Outgoing]:
    invitation = stored.invitation
    key = f"{invitation.plan.province}/{invitation.recipient}"
    event_id = derived("invitation sent", invitation.id)
    event = InvitationSent(id=event_id, source=SOURCE, time=invitation.sent_at, subject=key, data=invitation)
    return [_outgoing(event)]


def _sent(kept: KeptNotice) -> Outgoing:
    notice = kept.notice
    key = f"{notice.plan.province}/{notice.recipient}"
    event_id = derived("notice sent", notice.id)
    return _outgoing(NoticeSent(id=event_id, source=SOURCE, time=notice.sent_at, subject=key, data=notice))


def _withheld(kept: KeptNotice) -> Outgoing:
    notice = kept.notice
    data = Withheld.model_validate(kept.model_dump())  # a withheld notice has its person, reason and instant
    key = f"{notice.plan.province}/{notice.recipient}"
    event_id = derived("notice withheld", notice.id)
    return _outgoing(NoticeWithheld(id=event_id, source=SOURCE, time=data.at, subject=key, data=data))


def _outgoing(event: Event) -> Outgoing:
    return Outgoing(NOTICES.name, event.subject.encode(), event.encode())
