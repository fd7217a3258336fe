"""notify's settings from the environment, beyond those of every service."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from shared.contracts.model import Code
from shared.runtime.settings import ServiceSettings


class NotifySettings(ServiceSettings):
    """``outbox_dir`` takes the notices as ``.eml`` files; ``mail_domain`` makes an agency's mailbox from its code.

    ``office`` is the code of the council's standing office in the register of units, which sends the notices of every
    plan that names no office.
    """

    outbox_dir: Path = Path("outbox")
    mail_domain: str = Field(min_length=1, description="the domain of the agencies' mailboxes")
    office: Code = Field(description="the code of the council's standing office in the register of units")
