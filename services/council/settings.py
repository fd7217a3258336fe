"""council's settings from the environment, in addition to those of every service."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from shared.contracts.model import StrictModel, Text
from shared.contracts.people import Role
from shared.runtime.settings import ServiceSettings


class DeskKey(StrictModel):
    """A key of a person or a system: its name in every record, its role, its SHA-256 digest (64 hex digits)."""

    name: Text
    role: Role
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


def _listed(keys: object) -> object:
    """The keys in a JSON list, as the environment has them. Raises ``ValueError``."""
    return json.loads(keys or "[]") if isinstance(keys, str) else keys


class CouncilSettings(ServiceSettings):
    """``desk_keys`` are the keys of the council's desk, in the environment a JSON list.

    ``desk_key_sha256`` is the digest of one more key, the secretary's, named "Thư ký Hội đồng". A key is needed for
    everything but reading. Without a digest no key is accepted. ``scoring_url`` is where scoring is asked for what
    supports a result, without which a page says the rest; empty: it is not asked. ``scoring_seconds`` is how long.
    """

    desk_key_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    desk_keys: Annotated[tuple[DeskKey, ...], NoDecode, BeforeValidator(_listed)] = ()
    scoring_url: str = ""
    scoring_seconds: float = Field(1.0, gt=0)
