"""How often an agency may send requests. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

_ROUNDING = 1e-9
"""By how much of a token the sum of many pauses may fall short, or a wait that was kept would be refused again."""


@dataclass
class RateLimiter:
    """A token bucket per agency, in this process: ``burst`` requests at once, then ``per_minute`` evenly.

    ``buckets`` holds, by agency, the tokens left and the monotonic instant they were counted at, in seconds. It needs
    no clean-up: it has one entry per authenticated agency.
    """

    per_minute: float
    burst: int
    buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, agency: str, now: float) -> int | None:
        """Take one token at a monotonic instant: None, or the whole seconds to wait where no token is left."""
        left, at = self.buckets.get(agency, (float(self.burst), now))
        left = min(float(self.burst), left + max(0.0, now - at) * self.per_minute / 60)
        if left >= 1 - _ROUNDING:
            self.buckets[agency] = (max(0.0, left - 1), now)
            return None
        self.buckets[agency] = (left, now)
        return max(1, ceil((1 - left) * 60 / self.per_minute))
