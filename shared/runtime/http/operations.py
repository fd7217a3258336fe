"""The routes an operator, a probe and the demo use; the same in every service."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Protocol

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import PlainTextResponse
from pydantic import AwareDatetime, BaseModel

from shared.runtime.metrics import Metrics


class Progress(BaseModel):
    """How far a service is. ``lag`` is None before partitions are assigned.

    ``unsent`` counts documents still to be published and background work that could be done now, such as deliveries.
    ``tick`` is the last instant whose timed work is done; ``moved`` counts what it has read and said, so that
    two equal answers mean nothing happened in between.
    """

    service: str
    now: AwareDatetime
    tick: AwareDatetime | None
    lag: int | None
    unsent: int
    moved: int
    partitions: int
    cluster: str
    parked: list[str]

    @property
    def at_rest(self) -> bool:
        """Nothing to read, nothing to say, nothing parked, the present instant's work done."""
        return self.lag == 0 and not self.unsent and not self.parked and self.tick == self.now


class Tick(BaseModel):
    """Where to drive the clock."""

    now: AwareDatetime


class Operated(Protocol):
    """What the routes ask of a service."""

    metrics: Metrics

    async def progress(self) -> Progress:
        """How far it is."""

    async def unready(self) -> list[str]:
        """What keeps it from its work."""

    async def drive(self, now: datetime) -> None:
        """Move a driven clock."""


def ops_routes(service: Operated, *, driven: bool) -> APIRouter:
    """``/livez`` touches no dependency; ``/readyz`` says what is missing; ``/clock`` exists in the demo only."""
    router = APIRouter(tags=["operations"])

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz", responses={503: {"description": "Not ready", "model": dict[str, object]}})
    async def readyz(response: Response) -> dict[str, object]:
        missing = await service.unready()
        response.status_code = 503 if missing else 200
        return {"ready": not missing, "missing": missing}

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        # Gauges of what is looked up rather than counted are as fresh as the scrape.
        await asyncio.gather(service.progress(), service.unready())
        return Response(service.metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @router.get("/progress")
    async def progress() -> Progress:
        return await service.progress()

    if driven:

        @router.post("/clock")
        async def clock(tick: Tick) -> Progress:
            try:
                await service.drive(tick.now)
            except RuntimeError as error:
                raise HTTPException(503, str(error)) from error
            return await service.progress()

    return router
