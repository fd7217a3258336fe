"""The province a stack serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.contracts.model import movement_key


@dataclass(frozen=True)
class Province:
    """The codes of a province and of its standing office, and the domain of its agencies' mailboxes.

    ``movement`` is the movement that commands show unless they are given another.
    """

    code: str
    office: str
    mail_domain: str
    movement: str

    @property
    def environment(self) -> Mapping[str, str]:
        """What the services of a stack are started with."""
        return {
            "THIDUA_PROVINCE": self.code,
            "THIDUA_OFFICE": self.office,
            "THIDUA_MAIL_DOMAIN": self.mail_domain,
        }

    @property
    def movement_key(self) -> str:
        """``<province>/<movement>``, as the services' addresses have it."""
        return movement_key(self.code, self.movement)
