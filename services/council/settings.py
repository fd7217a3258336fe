"""council's settings from the environment, in addition to those of every service."""

from __future__ import annotations

from pydantic import Field

from shared.runtime.settings import KeyedSettings


class CouncilSettings(KeyedSettings):
    """``scoring_url`` is where scoring is asked for what supports a result, without which a page says the rest; empty:
    it is not asked. ``scoring_seconds`` is how long.
    """

    scoring_url: str = ""
    scoring_seconds: float = Field(1.0, gt=0)
