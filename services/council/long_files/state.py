"""Where the making of a file stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

WorkState = Literal["running", "done", "failed", "interrupted", "expired"]

BEAT_SECONDS: Final = 1.0
LOST_SECONDS: Final = 15.0
"""A process that has not said for this long that it still works has ended."""

NAMED_SECONDS: Final = 3600.0
"""How long a file with persons' names is kept after it was made."""


@dataclass(frozen=True, slots=True)
class Work:
    """The making of one file of a session. ``key`` is the hash of everything that the file is made from.

    ``by`` asked first, at ``asked_at`` (UTC, the service's clock). ``done`` of ``whole`` parts are ready; ``doing`` is
    what is being done (Vietnamese). ``owner`` is the process that makes it, and ``beat`` when it last said
    so (machine's clock, Unix seconds); ``begun`` is when its turn came. ``code`` and ``problem`` say why it failed.
    ``named``: persons' names stand in the file, which is removed after ``NAMED_SECONDS``.
    """

    key: str
    session: str
    file: str
    by: str
    asked_at: datetime
    owner: str
    beat: float
    begun: float = 0
    named: bool = False
    finished: Literal["", "done", "failed", "expired"] = ""
    done: int = 0
    whole: int = 0
    doing: str = ""
    size: int = 0
    code: str = ""
    problem: str = ""
    revision: int = 0

    def state(self, seconds: float) -> WorkState:
        """Where it stands at an instant of the machine's clock (Unix seconds)."""
        if self.finished == "done" and self.named and seconds > self.beat + NAMED_SECONDS:
            return "expired"
        if self.finished:
            return self.finished
        return "interrupted" if seconds > self.beat + LOST_SECONDS else "running"
