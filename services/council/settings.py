"""What council can be told from its environment, beyond what every service can."""

from __future__ import annotations

from pydantic import Field

from shared.runtime.settings import ServiceSettings


class CouncilSettings(ServiceSettings):
    """``desk_key_sha256`` is the digest of the key the secretariat judges, decides and freezes with."""

    desk_key_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
