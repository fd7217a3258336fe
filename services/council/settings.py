"""council's settings from the environment, in addition to those of every service."""

from __future__ import annotations

from pydantic import Field

from shared.runtime.settings import KeyedSettings


class CouncilSettings(KeyedSettings):
    """``scoring_url`` is where scoring is asked for what supports a result, without which a page says the rest; empty:
    it is not asked. ``scoring_seconds`` is how long. ``intake_url`` is where intake is asked for the names of persons
    in papers, without which a paper says that they are missing, and ``names_seconds`` how long. ``scan_bytes`` is how
    large the scan of a signed paper may be.
    """

    scoring_url: str = ""
    scoring_seconds: float = Field(1.0, gt=0)
    intake_url: str = ""
    names_seconds: float = Field(5.0, gt=0)
    scan_bytes: int = Field(20 * 1024 * 1024, ge=1024 * 1024, le=200 * 1024 * 1024)
