"""What every service publishes about its own audit chain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from shared.contracts.model import Code, Event, TolerantModel


class ChainHead(TolerantModel):
    """The last entry of a service's audit chain: its number (from 1), its SHA-256 in hex, its instant (UTC).

    Anyone who keeps a head can later verify that no entry up to it was altered or removed.
    """

    service: Code
    n: Annotated[int, Field(ge=1)]
    hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    at: AwareDatetime


class HeadPublished(Event):
    """The current head of a service's audit chain, published once per local day."""

    type: Literal["head.published"] = "head.published"
    data: ChainHead
