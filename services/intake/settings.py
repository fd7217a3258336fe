"""What intake can be told from its environment, beyond what every service can."""

from __future__ import annotations

from pydantic import Field

from shared.runtime.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """``operator_key_sha256`` is the digest of the key that may publish plans and units and issue agency keys."""

    province: str = "thai-binh"
    operator_key_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    body_limit_bytes: int = 256 * 1024
