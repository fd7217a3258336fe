"""notify's settings from the environment, in addition to those of every service."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import AnyHttpUrl, Field, SecretStr, field_validator, model_validator

from services.notify.smtp_server import LOOPBACK, SmtpServer
from shared.contracts.model import Code, Text
from shared.runtime.settings import KeyedSettings

_MAY_BE_EMPTY: Final = (
    *("environment", "trial_mailbox", "smtp_url", "smtp_ca", "webhook_url", "webhook_secret"),
    *("public_url", "council_url", "contact_name", "contact_title", "contact_phone", "mail_templates"),
)
_SECRET_LENGTH: Final = 16
_MAILBOX: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+", re.ASCII)


class NotifySettings(KeyedSettings):
    """``outbox_dir`` is the folder for mails; an agency's mailbox is ``<code>@<mail_domain>``.

    ``office`` is the code, in the register of units, of the council's standing office. It sends the notices of every
    plan that names no office, and records call the holder of its key by it.
    ``smtp_url`` is the mail server (``smtp+starttls://user:password@host:587``, ``smtps://``),
    ``smtp_ca`` a file with the certificates of its issuer; ``webhook_url`` gets every mail as JSON signed with
    ``webhook_secret`` (16 characters or more), over TLS unless it is on this machine. Outside ``production`` nothing
    reaches a real address: every mail goes to ``trial_mailbox``.
    ``public_url`` is where people open the system in a browser: with it mails and calendars have links to what is owed.
    ``council_url`` is where members open the council's pages: with it invitations have links to the papers.
    ``contact_name``, ``contact_title`` and ``contact_phone`` are the person of the office whom agencies may call.
    ``mail_templates`` is a folder with templates to use instead of those of the release.
    An empty value of the settings from ``environment`` on is as good as none.
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
    public_url: AnyHttpUrl | None = None
    council_url: AnyHttpUrl | None = None
    contact_name: Text | None = None
    contact_title: Text | None = None
    contact_phone: Text | None = None
    mail_templates: Path | None = None

    @property
    def office_name(self) -> str:
        """What records call the holder of the office's key: the office and the beginning of the key's digest."""
        return f"{self.office} {self.desk_key_sha256[:12]}"

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

    @model_validator(mode="before")
    @classmethod
    def _without_what_is_empty(cls, given: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in given.items() if value != "" or name not in _MAY_BE_EMPTY}

    @field_validator("trial_mailbox")
    @classmethod
    def _is_one_address(cls, mailbox: str | None) -> str | None:
        if mailbox is not None and not _MAILBOX.fullmatch(mailbox):
            raise ValueError("expected one address, such as thu-nghiem@tinh.example")
        return mailbox

    @field_validator("smtp_url")
    @classmethod
    def _is_a_server(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            SmtpServer.at(url.get_secret_value())
        return url

    @field_validator("webhook_url")
    @classmethod
    def _is_encrypted(cls, url: AnyHttpUrl | None) -> AnyHttpUrl | None:
        if url is not None and url.scheme != "https" and (url.host or "").strip("[]") not in LOOPBACK:
            raise ValueError("http:// is only for this machine: use https://")
        return url

    @field_validator("webhook_secret")
    @classmethod
    def _is_not_guessed(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value().strip()) < _SECRET_LENGTH:
            raise ValueError(f"expected at least {_SECRET_LENGTH} characters")
        return secret

    @model_validator(mode="after")
    def _reaches_nobody_by_accident(self) -> Self:
        sends = self.smtp_url is not None or self.webhook_url is not None
        if sends and self.environment != "production" and self.trial_mailbox is None:
            raise ValueError("set THIDUA_TRIAL_MAILBOX, which gets every mail, or THIDUA_ENVIRONMENT=production")
        if self.webhook_url is not None and self.webhook_secret is None:
            raise ValueError("set THIDUA_WEBHOOK_SECRET, with which the mails to THIDUA_WEBHOOK_URL are signed")
        return self

    @model_validator(mode="after")
    def _names_whom_to_call(self) -> Self:
        if self.contact_name is None and (self.contact_title or self.contact_phone):
            raise ValueError("set THIDUA_CONTACT_NAME too, or none of THIDUA_CONTACT_TITLE and THIDUA_CONTACT_PHONE")
        return self
