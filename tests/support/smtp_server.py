"""A mail server as a process of its own, whose mailboxes behave as their names say.

``python -m tests.support.smtp_server FOLDER [CERTIFICATE KEY]`` listens on a free port, writes ``port`` and appends a
line to ``received.jsonl`` for each message that it takes. With a certificate it requires STARTTLS and a login.

| mailbox begins with | what happens |
|---|---|
| slow | the answer to the message takes a second |
| later | 451 for the message, the first two times |
| busy | 421 for the recipient and the end of the connection, the first time |
| unknown | 550 for the recipient |
| unwanted | 554 for the message |
| cut-before | the connection ends before the message, the first time |
| cut-after | the message is taken, and the connection ends before the answer, the first time |
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections import Counter
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "thu-cong-vu", "mat khau: /@"


class Mailboxes:
    """The handler of every connection; ``seen`` counts the tries by mailbox."""

    def __init__(self, folder: Path) -> None:
        self._received = folder / "received.jsonl"
        self.seen: Counter[str] = Counter()

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.seen[address] += 1
        first_time = self.seen[address] == 1
        if address.startswith("unknown"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("busy") and first_time:
            return "421 4.3.2 too busy"
        if address.startswith("cut-before") and first_time:
            _hang_up(server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        (address,) = envelope.rcpt_tos
        if address.startswith("later") and self.seen[address] <= 2:
            return "451 4.2.0 try again"
        if address.startswith("unwanted"):
            return "554 5.6.0 not this message"
        if address.startswith("slow"):
            await asyncio.sleep(1)
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        headers = {name: str(value) for name, value in message.items()}
        with self._received.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"to": address, "tls": session.ssl is not None, "headers": headers}) + "\n")
        if address.startswith("cut-after") and self.seen[address] == 1:
            _hang_up(server)
        return "250 OK"


def _hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


def _may_log_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
    is_known = isinstance(given, LoginPassword) and given == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_known, handled=False)


async def _serve(folder: Path, certificate: list[str]) -> None:
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
    mailboxes = Mailboxes(folder)

    def connection() -> SMTP:
        return SMTP(
            mailboxes,
            tls_context=context,
            require_starttls=context is not None,
            auth_required=context is not None,
            authenticator=_may_log_in,
        )

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    draft = folder / "port.draft"
    draft.write_text(str(server.sockets[0].getsockname()[1]))
    draft.replace(folder / "port")
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), sys.argv[2:]))
