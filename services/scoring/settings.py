"""What scoring can be told from its environment: what every service can."""

from __future__ import annotations

from shared.runtime.settings import ServiceSettings


class ScoringSettings(ServiceSettings):
    """Nothing of its own yet."""
