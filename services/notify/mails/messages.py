"""A notice as a MIME message (RFC 5322), and as a text for other channels. Pure."""

from __future__ import annotations

import re
from email.charset import Charset
from email.headerregistry import Address, HeaderRegistry, UniqueAddressHeader, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from services.notify.mails import invitations
from services.notify.mails.deadline_event import FILE_NAME, deadline_events
from services.notify.mails.invitations import SittingWording, method_of, sitting_event, sitting_wording
from services.notify.mails.letterhead import Background, Letterhead
from services.notify.mails.templates import Templates
from services.notify.mails.wordings import Wording
from services.notify.mails.writing import wording_of
from shared.contracts.invitations import Invitation
from shared.contracts.model import local
from shared.contracts.notify import Notice

_REFERENCES: Final = 20
"""The number of earlier mails that a mail refers to, the first and the latest: headers stay short."""


class _Subject(UniqueUnstructuredHeader):
    """A subject whose words keep their spaces: the standard library's folding loses one at some line breaks."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """The header's lines."""
        return policy.linesep.join([f"{self.name}: {_encoded(str(self), policy)}", ""])


class _Sender(UniqueAddressHeader):
    """A sender's name and mailbox; see ``_Subject``."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """The header's lines."""
        (sender,) = self.addresses
        name = _encoded(sender.display_name, policy)
        return policy.linesep.join([f"{self.name}: {name}", f" <{sender.addr_spec}>", ""])


def _encoded(text: str, policy: Policy) -> str:
    """A text in encoded words (RFC 2047), one a line, each of whole words with the spaces after them."""
    lines = [""]
    for word in _WORD.findall(text):
        if len(_UTF8.header_encode(lines[-1] + word)) > _ENCODED_LENGTH:
            lines.append("")
        lines[-1] += word
    return f"{policy.linesep} ".join(map(_UTF8.header_encode, lines))


_UTF8: Final = Charset("utf-8")
_ENCODED_LENGTH: Final = 66
_WORD: Final = re.compile(r"\S{1,12}\s*|\s+")
_HEADERS: Final = HeaderRegistry()
_HEADERS.map_to_type("subject", _Subject)  # type: ignore[arg-type] # the registry makes it a BaseHeader
_HEADERS.map_to_type("from", _Sender)  # type: ignore[arg-type]
_POLICY: Final = SMTP.clone(header_factory=_HEADERS)


def message(
    notice: Notice, background: Background, letterhead: Letterhead, templates: Templates, *, sender: str, to: str
) -> EmailMessage:
    """A notice as a mail from the mailbox of the standing office to a mailbox.

    It has a text and an HTML part, and the deadlines as an attachment. The same notice gives the same bytes, so that a
    repeated mail is recognised as one. Raises ``KeyError`` if ``background`` lacks the plan of a line.
    """
    wording = wording_of(notice, background, letterhead)
    mail = _mail(notice, wording, letterhead, templates, sender=sender, to=to)
    if (events := deadline_events(notice, wording, letterhead.mail_domain, sender)) is not None:
        _attach(mail, events, FILE_NAME, "PUBLISH")
    return _with_boundaries(mail, notice.id)


def sitting_message(
    invitation: Invitation,
    background: Background,
    letterhead: Letterhead,
    templates: Templates,
    *,
    sender: str,
    to: str,
) -> EmailMessage:
    """A message to a member of the council as a mail, with the sitting as an attachment. As ``message`` otherwise."""
    wording = sitting_wording(invitation, background, letterhead)
    mail = _mail(invitation, wording, letterhead, templates, sender=sender, to=to)
    event = sitting_event(invitation, wording, letterhead.mail_domain, sender)
    _attach(mail, event, invitations.FILE_NAME, method_of(invitation))
    return _with_boundaries(mail, invitation.id)


def _mail(
    sent: Notice | Invitation,
    wording: Wording | SittingWording,
    letterhead: Letterhead,
    templates: Templates,
    *,
    sender: str,
    to: str,
) -> EmailMessage:
    """The headers, the text and the HTML part of a mail."""
    rendered = templates.render(wording)
    mail = EmailMessage(policy=_POLICY)
    mail["Subject"] = wording.subject
    mail["From"] = Address(wording.office, addr_spec=sender)
    mail["To"] = to
    mail["Date"] = format_datetime(local(sent.sent_at))
    mail["Message-ID"] = _message_id(sent.id, letterhead)
    if sent.follows:
        followed = sent.follows if len(sent.follows) <= _REFERENCES else _shortened(sent.follows)
        mail["In-Reply-To"] = _message_id(sent.follows[-1], letterhead)
        mail["References"] = " ".join(_message_id(earlier, letterhead) for earlier in followed)
    mail["Auto-Submitted"] = "auto-generated"
    if letterhead.environment != "production":
        mail["X-Thidua-Environment"] = letterhead.environment
    mail.set_content(rendered.text, cte="base64")
    mail.add_alternative(rendered.html, subtype="html", cte="base64")
    return mail


def _attach(mail: EmailMessage, events: bytes, name: str, method: str) -> None:
    mail.add_attachment(events.decode(), subtype="calendar", cte="base64", filename=name, params={"method": method})


def _with_boundaries(mail: EmailMessage, sent_id: str) -> EmailMessage:
    """The mail with boundaries that follow from what it says, so that the same gives the same bytes."""
    for n, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=_{sha256(f'{sent_id} {n}'.encode()).hexdigest()[:32]}")
    return mail


def copy_text(notice: Notice, background: Background, letterhead: Letterhead, templates: Templates) -> str:
    """A notice as text alone, to be copied into another channel (Zalo) or read out: its subject and its letter."""
    wording = wording_of(notice, background, letterhead)
    return f"{wording.subject}\n\n{templates.render(wording).text}"


def _message_id(notice_id: str, letterhead: Letterhead) -> str:
    return f"<{notice_id}@{letterhead.mail_domain}>"


def _shortened(follows: tuple[str, ...]) -> tuple[str, ...]:
    return follows[:1] + follows[1 - _REFERENCES :]
