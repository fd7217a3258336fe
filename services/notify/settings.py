"""notify's settings from the environment, in addition to those of every service."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import AnyHttpUrl, Field, SecretStr, field_validator, model_validator

from services.notify.smtp_server import SmtpServer
from shared.contracts.model import Code
from shared.runtime.settings import ServiceSettings


class NotifySettings(ServiceSettings):
    """``outbox_dir`` is the folder for mails; an agency's mailbox is ``<code>@<mail_domain>``.

    ``office`` is the code, in the register of units, of the council's standing office. It sends the notices of every
    plan that names no office. ``smtp_url`` is the mail server (``smtp+starttls://user:password@host:587``, ``smtps://``),
    ``smtp_ca`` a file with the certificates of its issuer; ``webhook_url`` gets every mail as JSON signed with
    ``webhook_secret``. Outside ``production`` nothing reaches a real address: every mail goes to ``trial_mailbox``.
    """

    outbox_dir: Path = Path("outbox")
    mail_domain: str = Field(min_length=1, description="the domain of the agencies' mailboxes")
    office: Code = Field(description="the code of the council's standing office in the register of units")
    environment: Literal["trial", "production"] = "trial"
    trial_mailbox: str | None = None
    smtp_url: SecretStr | None = None
    smtp_ca: Path | None = None
    webhook_url: AnyHttpUrl | None = None
    webhook_secret: SecretStr | None = None

    @property
    def smtp_server(self) -> SmtpServer | None:
        """The mail server; None without one."""
        if self.smtp_url is None:
            return None
        return SmtpServer.at(self.smtp_url.get_secret_value(), str(self.smtp_ca) if self.smtp_ca else None)

    @property
    def redirected_to(self) -> str | None:
        """The mailbox that gets every mail outside production; None in production."""
        return None if self.environment == "production" else self.trial_mailbox

    @field_validator("smtp_url")
    @classmethod
    def _is_a_server(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            SmtpServer.at(url.get_secret_value())
        return url

    @model_validator(mode="after")
    def _reaches_nobody_by_accident(self) -> Self:
        sends = self.smtp_url is not None or self.webhook_url is not None
        if sends and self.environment != "production" and self.trial_mailbox is None:
            raise ValueError("set THIDUA_TRIAL_MAILBOX, which gets every mail, or THIDUA_ENVIRONMENT=production")
        if self.webhook_url is not None and self.webhook_secret is None:
            raise ValueError("set THIDUA_WEBHOOK_SECRET, with which the mails to THIDUA_WEBHOOK_URL are signed")
        return self
