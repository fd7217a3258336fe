"""The webhook channel: each mail goes as signed JSON to a gateway, for example one for Zalo or SMS."""

from __future__ import annotations

import hashlib
import hmac
import json
from email.message import EmailMessage
from typing import Final

import httpx

from services.notify.channels.protocol import RenderedMail
from services.notify.state import FailedForGood, Outcome, RetryLater, Sent
from shared.runtime.clock import Clock

_SECONDS: Final = 15.0
_FINAL: Final = (400, 410, 413, 422)
"""The refusals of one mail. Every other one, such as 401 or 404, may be about the settings."""

TIMESTAMP: Final = "X-Thidua-Timestamp"
SIGNATURE: Final = "X-Thidua-Signature"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """``v1=`` and the hexadecimal HMAC-SHA-256 of timestamp, a full stop and body.

    The receiver computes the same, compares in constant time, and refuses a timestamp that is minutes old.
    """
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class WebhookChannel:
    """Posts each mail to one URL. ``machine`` gives real time, because the receiver compares the timestamp with it.

    The body has ``id`` (the notice's id, also the header ``Idempotency-Key``), ``to``, ``subject``, ``text``,
    ``environment`` and, if the mail goes to a trial mailbox, its recipient as ``intended_for``. 2xx is sent; 400, 410,
    413 and 422 are final; every other answer is tried again, so that a wrong secret or URL loses no mail.
    """

    name = "webhook"

    def __init__(
        self, url: str, secret: str, machine: Clock, environment: str, redirected_to: str | None = None
    ) -> None:
        self._url, self._secret, self._machine = url, secret, machine
        self._environment, self._redirected_to = environment, redirected_to

    async def deliver(self, mail: RenderedMail, address: str) -> Outcome:
        """Post the mail. Faults of the connection are ``RetryLater``."""
        body = json.dumps(
            {
                "id": mail.id,
                "to": self._redirected_to or address,
                "subject": str(mail.message["Subject"]),
                "text": _text(mail.message),
                "environment": self._environment,
                **({"intended_for": address} if self._redirected_to else {}),
            },
            ensure_ascii=False,
        ).encode()
        timestamp = str(int(self._machine.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": mail.id,
            TIMESTAMP: timestamp,
            SIGNATURE: signature(self._secret, timestamp, body),
        }
        try:
            async with httpx.AsyncClient(timeout=_SECONDS) as client:
                answer = await client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            return RetryLater(repr(error))
        if answer.is_success:
            return Sent()
        reason = f"{answer.status_code} {answer.text[:200]}"
        return FailedForGood(reason) if answer.status_code in _FINAL else RetryLater(reason)


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None  # every mail has a plain part
    return str(part.get_content())
