"""The routes for operators, probes and the demo; the same in every service."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from fastapi import APIRouter, Depends, HTTPException, Response
from fastapi.responses import PlainTextResponse
from pydantic import AwareDatetime, BaseModel

from shared.contracts.model import StrictModel
from shared.runtime.http.forms import Form
from shared.runtime.http.problems import problem_answers
from shared.runtime.http.routing import open_router
from shared.runtime.metrics import Metrics


class Progress(BaseModel):
    """How far a service is. ``lag`` is None before partitions are assigned.

    ``unsent`` counts documents still to be published and background work that could be done now, such as deliveries.
    What another process of the service has just written may be counted two seconds late (``Outbox.unsent``).
    ``tick`` is the last instant whose timed work is done; ``moved`` counts records consumed and messages
    published, so two equal answers mean that nothing happened in between.
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
        """Whether nothing is left to consume or publish, nothing is paused, and the current instant's work is done."""
        return self.lag == 0 and not self.unsent and not self.parked and self.tick == self.now


class Tick(StrictModel):
    """The instant to which a driven clock is moved."""

    now: AwareDatetime


_TICK = Form[Tick](Tick, "Thời điểm")


class OperableService(Protocol):
    """What the routes need of a service."""

    metrics: Metrics

    async def progress(self) -> Progress:
        """How far the service is."""

    async def unready(self) -> list[str]:
        """What keeps the service from doing its work."""

    async def measure(self) -> None:
        """Set all gauges that are not set where they change."""

    async def drive(self, now: datetime) -> None:
        """Move the driven clock and do that instant's work. Raises ``RuntimeError`` before the service has started."""


def operations_routes(service: OperableService, *, driven: bool) -> APIRouter:
    """``/livez``, ``/readyz``, ``/metrics``, ``/progress``, and ``/clock`` when the clock is ``driven``.

    ``/livez`` uses no dependency; ``/readyz`` says what is missing.
    """
    router = open_router(tags=["operations"])

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
        await service.measure()
        return Response(service.metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @router.get("/progress")
    async def progress() -> Progress:
        return await service.progress()

    if driven:

        @router.post("/clock", openapi_extra=_TICK.openapi, responses=problem_answers(400, 413, 415, 422))
        async def clock(tick: Tick = Depends(_TICK.body)) -> Progress:
            try:
                await service.drive(tick.now)
            except RuntimeError as error:
                raise HTTPException(503, str(error)) from error
            return await service.progress()

    return router
