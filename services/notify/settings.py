"""notify's settings from the environment, beyond those of every service."""

from __future__ import annotations

from pathlib import Path

from shared.runtime.settings import ServiceSettings


class NotifySettings(ServiceSettings):
    """``outbox_dir`` takes the notices as ``.eml`` files; ``mail_domain`` makes an agency's mailbox from its code.

    ``office`` is the council's standing office in the register of units, from which notices come.
    """

    outbox_dir: Path = Path("outbox")
    mail_domain: str = "thai-binh.example"
    office: str = "ban-tdkt"
