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
_PASSING: Final = (408, 425, 429)

TIMESTAMP: Final = "X-Thidua-Timestamp"
SIGNATURE: Final = "X-Thidua-Signature"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """``v1=`` and the hexadecimal HMAC-SHA-256 of timestamp, a full stop and body.

    The receiver computes the same, compares in constant time, and refuses a timestamp that is minutes old.
    """
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class WebhookChannel:
    """Posts each mail to one URL. ``machine`` gives real time, because the receiver compares the timestamp with it.

    The body has ``id`` (the notice's id, also the header ``Idempotency-Key``), ``to``, ``subject`` and ``text``. 2xx is
    sent; 408, 425, 429 and 5xx are tried again; every other answer is final.
    """

    name = "webhook"

    def __init__(self, url: str, secret: str, machine: Clock, redirected_to: str | None = None) -> None:
        self._url, self._secret, self._machine, self._redirected_to = url, secret, machine, redirected_to

    async def deliver(self, mail: RenderedMail, address: str) -> Outcome:
        """Post the mail. Faults of the connection are ``RetryLater``."""
        body = json.dumps(
            {
                "id": mail.id,
                "to": self._redirected_to or address,
                "subject": str(mail.message["Subject"]),
                "text": _text(mail.message),
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
        is_passing = answer.is_server_error or answer.status_code in _PASSING
        return RetryLater(reason) if is_passing else FailedForGood(reason)


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None  # every mail has a plain part
    return str(part.get_content())
