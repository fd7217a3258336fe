"""Where notify's mails go: the settings of the mail server, the webhook and the trial mailbox."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from services.notify.settings import NotifySettings
from services.notify.smtp_server import SmtpServer

SMTP = "smtp+starttls://thu%40tinh:m%2Ft@mail.tinh.example"


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
