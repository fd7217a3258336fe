"""Where the making of a file stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

WorkState = Literal["running", "done", "failed", "interrupted"]

BEAT_SECONDS: Final = 1.0
LOST_SECONDS: Final = 15.0
"""A process that has not said for this long that it still works has ended."""


@dataclass(frozen=True, slots=True)
class Work:
    """The making of one file of a session. ``key`` is the hash of everything that the file is made from.

    ``by`` asked first, at ``asked_at`` (UTC, the service's clock). ``done`` of ``whole`` parts are ready; ``doing`` is
    what is being done (Vietnamese). ``owner`` is the process that makes it, and ``beat`` when it last said
    so (machine's clock, Unix seconds). ``code`` and ``problem`` say why it failed.
    """

    key: str
    session: str
    file: str
    by: str
    asked_at: datetime
    owner: str
    beat: float
    finished: Literal["", "done", "failed"] = ""
    done: int = 0
    whole: int = 0
    doing: str = ""
    size: int = 0
    code: str = ""
    problem: str = ""
    revision: int = 0

    def state(self, seconds: float) -> WorkState:
        """Where it stands at an instant of the machine's clock (Unix seconds)."""
        if self.finished:
            return self.finished
        return "interrupted" if seconds > self.beat + LOST_SECONDS else "running"
