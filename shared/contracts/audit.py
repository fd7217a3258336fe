"""What every service says about its own audit chain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from shared.contracts.model import Code, Event, TolerantModel


class ChainHead(TolerantModel):
    """The last entry of a service's audit chain: its number, its SHA-256 in hex, its instant.

    Whoever keeps it can tell later that nothing up to it was altered or cut off.
    """

    service: Code
    n: Annotated[int, Field(ge=1)]
    hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    at: AwareDatetime


class HeadPublished(Event):
    """A service's audit chain as it stands, once a local day."""

    type: Literal["head.published"] = "head.published"
    data: ChainHead
