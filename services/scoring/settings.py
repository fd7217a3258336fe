"""What scoring can be told from its environment: what every service can, and how much it reads at once."""

from __future__ import annotations

from shared.runtime.settings import ServiceSettings


class ScoringSettings(ServiceSettings):
    """A figure costs scoring microseconds and a page milliseconds, whatever is new on it, so it reads all there is."""

    max_records: int = 20_000
