"""notify's settings from the environment, in addition to those of every service."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from shared.contracts.model import Code
from shared.runtime.settings import ServiceSettings


class NotifySettings(ServiceSettings):
    """``outbox_dir`` is the folder for mails; an agency's mailbox is ``<code>@<mail_domain>``.

    ``office`` is the code, in the register of units, of the council's standing office. It sends the notices of every
    plan that names no office.
    """

    outbox_dir: Path = Path("outbox")
    mail_domain: str = Field(min_length=1, description="the domain of the agencies' mailboxes")
    office: Code = Field(description="the code of the council's standing office in the register of units")
