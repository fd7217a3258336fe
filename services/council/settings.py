"""council's settings from the environment, in addition to those of every service."""

from __future__ import annotations

from pydantic import Field

from shared.runtime.settings import ServiceSettings


class CouncilSettings(ServiceSettings):
    """``desk_key_sha256`` is the SHA-256 digest (64 hex digits) of the secretariat's key.

    The key is needed to judge, to decide and to freeze an agenda. Without a digest no key is accepted.
    """

    desk_key_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
