"""Where notify's mails go: the settings of the mail server, the webhook and the trial mailbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.notify.app import build
from services.notify.settings import NotifySettings
from services.notify.smtp_server import SmtpServer

SMTP = "smtp+starttls://thu%40tinh:m%2Ft@mail.tinh.example"
SECRET = "0123456789abcdef"


def settings(**more: Any) -> NotifySettings:
    return NotifySettings(mail_domain="x.example", office="ban-tdkt", **more)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (SMTP, SmtpServer("mail.tinh.example", 587, "starttls", "thu@tinh", "m/t")),
        ("smtps://mail.tinh.example:4650", SmtpServer("mail.tinh.example", 4650, "tls")),
        ("smtp://127.0.0.1:1025", SmtpServer("127.0.0.1", 1025, "none")),
    ],
)
def test_a_url_names_the_server_its_security_and_the_login(url: str, server: SmtpServer) -> None:
    """Special characters of a login are escaped as in every URL."""
    assert SmtpServer.at(url) == server


@pytest.mark.parametrize(
    "url", ["smtp://mail.tinh.example", "http://mail.tinh.example", "mail.tinh.example:25", "smtps://"]
)
def test_plain_text_to_another_machine_and_what_is_no_server_are_refused(url: str) -> None:
    """The message never contains the URL, which may hold a password."""
    with pytest.raises(ValidationError) as refused:
        settings(smtp_url=url, environment="production")
    assert "mail.tinh" not in refused.value.errors()[0]["msg"]


def test_outside_production_a_mailbox_for_all_mails_is_needed() -> None:
    """Without it, a stack set up for a trial would write to real agencies."""
    with pytest.raises(ValidationError, match="THIDUA_TRIAL_MAILBOX"):
        settings(smtp_url=SMTP)
    assert settings(smtp_url=SMTP, trial_mailbox="thu@x.example").redirected_to == "thu@x.example"
    assert settings(smtp_url=SMTP, environment="production", trial_mailbox="thu@x.example").redirected_to is None


def test_a_webhook_needs_a_secret() -> None:
    """Unsigned messages could come from anybody."""
    with pytest.raises(ValidationError, match="THIDUA_WEBHOOK_SECRET"):
        settings(webhook_url="https://cong.example/zalo", environment="production")


def test_an_empty_setting_is_as_good_as_none() -> None:
    """docker-compose.yml hands every variable on, and one that nobody set is empty."""
    names = ("environment", "trial_mailbox", "smtp_url", "smtp_ca", "webhook_url", "webhook_secret")
    assert settings(**dict.fromkeys(names, "")) == settings()
    assert settings(environment="").environment == "trial"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("smtps://thu:S3cret/x@host.example", "expected a port"),
        ("smtps://thu:S3cret#x@host.example", "expected a port"),
        ("smtps://thu:S3cret?x@host.example", "expected a port"),
        ("smtps://thu:1/S3cret@host.example", "path"),
        ("smtps://thu:1#S3cret@host.example", "path"),
        ("smtps://thu:1?S3cret@host.example", "path"),
        ("smtps://host.example/S3cret", "path"),
        ("smtps://host.example:0", "expected a port"),
        ("smtps://host.example:70000", "expected a port"),
        ("smtps://thu:[S3cret]@host.example", "expected smtp"),
        ("smtps://thu:S3cret\u2100@host.example", "expected smtp"),
    ],
)
def test_a_login_that_is_not_escaped_is_refused_without_a_part_of_it(url: str, reason: str) -> None:
    """A "/" or "#" in a password ends the host, so the password's beginning would be taken for a port."""
    with pytest.raises(ValidationError, match=reason) as refused:
        settings(smtp_url=url, environment="production")
    assert "S3cret" not in str(refused.value)
    assert "host.example" not in str(refused.value)


def test_no_setting_is_printed_with_its_value() -> None:
    """Each may hold a password."""
    with pytest.raises(ValidationError) as refused:
        settings(webhook_url="S3cret", webhook_secret="S3cret", port="S3cret")
    assert "S3cret" not in str(refused.value)


@pytest.mark.parametrize("secret", ["", "too short", " " * 20])
def test_a_short_webhook_secret_is_refused(secret: str) -> None:
    """A secret that can be guessed signs nothing."""
    with pytest.raises(ValidationError, match=r"THIDUA_WEBHOOK_SECRET|16 characters"):
        settings(webhook_url="https://cong.example/zalo", webhook_secret=secret, environment="production")


def test_a_webhook_on_another_machine_needs_tls() -> None:
    """Mails name persons; only a gateway on this machine may get them in plain text."""
    with pytest.raises(ValidationError, match="https") as refused:
        settings(webhook_url="http://cong.example/zalo", webhook_secret=SECRET, environment="production")
    assert "cong.example" not in refused.value.errors()[0]["msg"]
    for url in ("https://cong.example/zalo", "http://localhost:8080/", "http://127.0.0.1:8080/", "http://[::1]:8080/"):
        assert settings(webhook_url=url, webhook_secret=SECRET, environment="production").webhook_url is not None


@pytest.mark.parametrize(
    "mailbox", ["bad\naddr", "a@x\n", "a@x.example, b@x.example", "a", "@x", "Thử <a@x.example>", "a@b@c"]
)
def test_the_trial_mailbox_is_one_address(mailbox: str) -> None:
    with pytest.raises(ValidationError, match="one address"):
        settings(smtp_url=SMTP, trial_mailbox=mailbox)


def test_whom_to_call_needs_a_name() -> None:
    """A telephone number alone would stand in every mail without saying whose it is."""
    with pytest.raises(ValidationError, match="THIDUA_CONTACT_NAME"):
        settings(contact_phone="0227 3 000 000")
    assert settings(contact_name="Trần Thị Mai").contact_phone is None
    assert settings(contact_name="", contact_title="", contact_phone="", public_url="", mail_templates="") == settings()


def test_a_broken_template_stops_the_service_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "reminder.j2").write_text("{{ mail.agenci }}", "utf-8")
    broken = settings(
        kafka="127.0.0.1:1", mongo="mongodb://127.0.0.1:1", outbox_dir=tmp_path / "mails", mail_templates=tmp_path
    )
    with pytest.raises(
        SystemExit, match=r"^notify cannot start: a template of mails is broken: reminder\.j2: .*agenci"
    ):
        build(broken)
