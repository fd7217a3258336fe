"""The SMTP channel: each mail goes to the province's mail server."""

from __future__ import annotations

import ssl
from copy import copy
from typing import Final

import aiosmtplib

from services.notify.channels.protocol import RenderedMail
from services.notify.smtp_server import SmtpServer
from services.notify.state import FailedForGood, Outcome, RetryLater, Sent

_SECONDS: Final = 15.0
"""The time limit of one step (connect, a command, the message); an attempt as a whole has a limit of its own."""
_PERMANENT: Final = 500


class SmtpChannel:
    """Hands each mail to a mail server, one connection for each mail.

    A mail server that answers 4xx, or not at all, may accept the mail later. So may one that refuses the login or the
    sender: then the settings are wrong, and no mail is lost until they are corrected. A 5xx about the recipient or the
    message is final. If the connection ends after the message and before the answer, the mail is sent again with the
    same Message-ID.
    """

    name = "smtp"

    def __init__(self, server: SmtpServer, redirected_to: str | None = None) -> None:
        """``redirected_to`` is the mailbox that gets every mail instead of its recipient, outside production."""
        self._server, self._redirected_to = server, redirected_to

    async def deliver(self, mail: RenderedMail, address: str) -> Outcome:
        """Send the mail. Raises ``OSError`` if the server cannot be reached, and ``TimeoutError``."""
        message = copy(mail.message)
        if self._redirected_to is not None:
            message["X-Thidua-Intended-For"] = address
            del message["To"]
            message["To"] = address = self._redirected_to
        try:
            async with self._client() as client:
                await client.send_message(message, sender=message["From"].addresses[0].addr_spec, recipients=[address])
        except aiosmtplib.SMTPRecipientsRefused as refused:
            return _refusal(refused.recipients[0].code, refused.recipients[0].message)
        except aiosmtplib.SMTPDataError as refused:
            return _refusal(refused.code, refused.message)
        except aiosmtplib.SMTPException as error:
            return RetryLater(repr(error))
        return Sent()

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=None if server.security == "none" else self._tls(),
            timeout=_SECONDS,
        )

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._server.ca is not None:
            context.load_verify_locations(self._server.ca)
        return context


def _refusal(code: int, text: str) -> Outcome:
    reason = f"{code} {text}"
    return FailedForGood(reason) if code >= _PERMANENT else RetryLater(reason)
