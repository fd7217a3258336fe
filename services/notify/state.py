"""What notify remembers of one recipient under one plan."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, Field

from shared.contracts.model import Said
from shared.contracts.notify import Notice


class Stand(Said):
    """How a duty stands: since when its report is complete, and what became of each reminder stage.

    ``version`` is the version of the receipt last heard. An outcome is ``sent``, ``received`` (suppressed: the
    report was in) or ``overtaken`` (suppressed: a later reminder was due as well).
    """

    version: int = 0
    complete_at: AwareDatetime | None = None
    outcomes: dict[str, str] = Field(default_factory=dict)

    def heard(self, version: int, complete_at: datetime | None) -> Stand:
        """With a receipt heard; an older one changes nothing."""
        if version <= self.version:
            return self
        return self.model_copy(update={"version": version, "complete_at": complete_at})


class Account(Said):
    """A recipient's duties and the notices it was sent."""

    duties: dict[str, Stand] = Field(default_factory=dict)
    notices: dict[str, Notice] = Field(default_factory=dict)

    def stand(self, duty: str) -> Stand:
        """How a duty stands."""
        return self.duties.get(duty, Stand())

    def with_stand(self, duty: str, stand: Stand) -> Account:
        """With a duty standing so."""
        return self.model_copy(update={"duties": {**self.duties, duty: stand}})
