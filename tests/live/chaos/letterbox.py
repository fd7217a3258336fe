"""The province's mail server: it takes every mail, and notes how often each Message-ID came, and with what content."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from email import message_from_bytes
from email.policy import default
from hashlib import sha256

from aiosmtpd.smtp import SMTP, Envelope, Session


class Letterbox:
    """``arrived`` counts the mails by the part of the Message-ID before the "@", ``contents`` has their digests."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()
        self.contents: defaultdict[str, set[str]] = defaultdict(set)
        self.port = 0
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen on a free port of the loopback interface."""
        self._server = await asyncio.get_running_loop().create_server(lambda: SMTP(self), "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail."""
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        self.arrived[name] += 1
        self.contents[name].add(sha256(envelope.content).hexdigest())
        return "250 OK"
