"""Mails through a real mail server that delays, refuses and hangs up, and through a real webhook."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.stack.embedded import Stack
from services.notify.channels.protocol import Channel
from services.notify.channels.smtp import SmtpChannel
from services.notify.channels.webhook import SIGNATURE, TIMESTAMP, WebhookChannel, signature
from services.notify.smtp_server import SmtpServer
from shared.runtime.clock import DrivenClock
from shared.runtime.mongo import Database
from tests.support.mailserver import mailserver
from tests.support.notifying import REAL, outcomes, process, states
from tests.support.smtp_server import PASSWORD, USER

GOOD = ("so-noi-vu", "slow-tttt", "later-gddt", "busy-thue", "cut-before-tra", "cut-after-phong")


@pytest_asyncio.fixture
async def database(servers: Stack) -> AsyncIterator[Database]:
    made = Database(servers.mongo, f"test_{uuid4().hex}")
    yield made
    await made.drop()
    await made.close()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


async def delivered(database: Database, channel: Channel, *recipients: str) -> tuple[dict[str, str], dict[str, float]]:
    """The state of each delivery and the outcomes counted, after enough attempts for every passing fault."""
    one = await process(database, channel)
    await one.notes(*recipients)
    for pause in (0, 1, 2, 4):
        one.after(pause)
        await one.deliver()
    return await states(one), outcomes(one)


async def test_every_notice_is_sent_once_or_marked_failed(database: Database, tmp_path: Path) -> None:
    """Only a connection that ends between the message and its answer makes a second copy, under one Message-ID."""
    async with mailserver(tmp_path) as server:
        channel = SmtpChannel(SmtpServer("127.0.0.1", server.port, "none"))
        ended, counted = await delivered(database, channel, *GOOD, "unknown-cong-an", "unwanted-quan-su")
        received = server.received()
    assert ended == {**dict.fromkeys(GOOD, "sent"), "unknown-cong-an": "failed", "unwanted-quan-su": "failed"}
    assert counted == {"sent": 6, "retried": 5, "failed": 2}
    copies = Counter(mail["to"].partition("@")[0] for mail in received)
    assert copies == {**dict.fromkeys(GOOD, 1), "cut-after-phong": 2}
    assert len({mail["headers"]["Message-ID"] for mail in received}) == len(GOOD)


async def test_a_mail_server_with_starttls_gets_the_login_under_encryption(database: Database, tmp_path: Path) -> None:
    """The password may have any characters. Another machine's mails never go in plain text."""
    public, private = certificate(tmp_path)
    async with mailserver(tmp_path, public, private) as server:
        url = f"smtp+starttls://{USER}:{quote(PASSWORD, safe='')}@localhost:{server.port}"
        ended, _ = await delivered(database, SmtpChannel(SmtpServer.at(url, str(public))), "so-noi-vu")
        (mail,) = server.received()
    assert ended == {"so-noi-vu": "sent"}
    assert mail["tls"]


@pytest.mark.parametrize(("password", "trusted"), [("wrong", True), (PASSWORD, False)])
async def test_wrong_settings_lose_no_mail(database: Database, tmp_path: Path, password: str, trusted: bool) -> None:
    """A refused login or an unknown certificate is tried again, until somebody has corrected the settings."""
    public, private = certificate(tmp_path)
    async with mailserver(tmp_path, public, private) as server:
        login = SmtpServer("localhost", server.port, "starttls", USER, password, str(public) if trusted else None)
        ended, counted = await delivered(database, SmtpChannel(login), "so-noi-vu")
        assert server.received() == []
    assert ended == {"so-noi-vu": "waiting"}
    assert counted == {"retried": 4}


async def test_outside_production_every_mail_goes_to_the_trial_mailbox(database: Database, tmp_path: Path) -> None:
    """Two headers say what the mail is and who would have got it."""
    async with mailserver(tmp_path) as server:
        channel = SmtpChannel(SmtpServer("127.0.0.1", server.port, "none"), "thu-nghiem@x.example")
        await delivered(database, channel, "so-noi-vu")
        (mail,) = server.received()
    assert mail["to"] == mail["headers"]["To"] == "thu-nghiem@x.example"
    assert mail["headers"]["X-Thidua-Intended-For"] == "so-noi-vu@x.example"
    assert mail["headers"]["X-Thidua-Environment"] == "trial"


@contextmanager
def gateway(*answers: int) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A web server that gives these answers in turn, its address, and what it received."""
    received: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((dict(self.headers), body))
            self.send_response(answers[len(received) - 1])
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/thong-bao", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_webhook_gets_signed_json_and_repeats_one_id(database: Database) -> None:
    """The receiver can prove who sent it, and recognise the second attempt."""
    with gateway(503, 200) as (url, received):
        ended, counted = await delivered(
            database, WebhookChannel(url, "bí mật", DrivenClock(REAL), "production"), "so-noi-vu"
        )
    assert (ended, counted) == ({"so-noi-vu": "sent"}, {"sent": 1, "retried": 1})
    (first, body), (second, again) = received
    assert body == again
    assert first["Idempotency-Key"] == second["Idempotency-Key"] == json.loads(body)["id"]
    assert first[SIGNATURE] == signature("bí mật", first[TIMESTAMP], body)
    assert json.loads(body)["to"] == "so-noi-vu@x.example"
    assert "Kính gửi" in json.loads(body)["text"]


@pytest.mark.parametrize("final", [400, 410, 413, 422])
async def test_a_webhook_that_refuses_the_mail_is_asked_no_more(database: Database, final: int) -> None:
    """429 will become better by asking again, and so will a wrong secret or URL once it is corrected."""
    with gateway(429, final) as (url, received):
        ended, _ = await delivered(database, WebhookChannel(url, "s", DrivenClock(REAL), "production"), "so-noi-vu")
    assert ended == {"so-noi-vu": "failed"}
    assert len(received) == 2


async def test_a_wrong_secret_or_url_of_a_webhook_loses_no_mail(database: Database) -> None:
    """Somebody has to correct the settings; until then the mail waits."""
    with gateway(401, 403, 404, 308) as (url, _):
        ended, counted = await delivered(
            database, WebhookChannel(url, "s", DrivenClock(REAL), "production"), "so-noi-vu"
        )
    assert (ended, counted) == ({"so-noi-vu": "waiting"}, {"retried": 4})


async def test_a_webhook_learns_the_environment_and_in_a_trial_who_would_have_got_the_mail(database: Database) -> None:
    with gateway(200, 200) as (url, received):
        for number, channel in enumerate(
            (
                WebhookChannel(url, "s", DrivenClock(REAL), "trial", "thu-nghiem@x.example"),
                WebhookChannel(url, "s", DrivenClock(REAL), "production"),
            )
        ):
            await delivered(database, channel, ("so-noi-vu", "so-tttt")[number])
    trial, production = (json.loads(body) for _, body in received[:2])
    assert (trial["environment"], trial["to"]) == ("trial", "thu-nghiem@x.example")
    assert trial["intended_for"] == "so-noi-vu@x.example"
    assert production["environment"] == "production"
    assert "intended_for" not in production
