"""scoring's settings: those of every service, with a larger batch."""

from __future__ import annotations

from shared.runtime.settings import KeyedSettings


class ScoringSettings(KeyedSettings):
    """A figure costs microseconds and writing a page milliseconds, however much of it changed: so batches are large."""

    max_records: int = 20_000
