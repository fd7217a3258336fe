"""Routers of a service: what every route of ours asks of a request, and how routes reach the app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.params import Depends as Dependency

from shared.runtime.http.problems import Refusal
from shared.runtime.http.query_checks import check_query
from shared.runtime.http.route_lookup import RouteLookup

_STARTING_SECONDS = 2


def service_router(*, dependencies: Sequence[Dependency] = (), **options: Any) -> APIRouter:
    """A router of a service's own routes, which know their query parameters and wait until the service is prepared.

    ``options`` are FastAPI's.
    """
    return APIRouter(dependencies=[Depends(_check), *dependencies], **options)


def open_router(**options: Any) -> APIRouter:
    """A router of routes that answer while the service is still starting. ``options`` are FastAPI's."""
    return APIRouter(dependencies=[Depends(check_query)], **options)


def add_routes(api: FastAPI, *routers: APIRouter) -> None:
    """Put the routes of routers into the app as they are, in their order.

    ``include_router`` would analyse each of them again: for each router that it passes through, and once more at the
    first request. For council that took longer than the first analysis of all its routes.
    """
    if not api.routes or not isinstance(api.routes[0], RouteLookup):
        api.routes.insert(0, RouteLookup())
    lookup = api.routes[0]
    assert isinstance(lookup, RouteLookup)
    for router in routers:
        lookup.add(router.routes)
        api.routes.extend(router.routes)


def set_prepared(api: FastAPI, prepared: bool) -> None:
    """Say whether the service has read its stored data."""
    api.state.prepared = prepared


async def _check(request: Request) -> None:
    """Check the query, and that the service has read its stored data; before, its answers would be wrong.

    One dependency for both, because the framework takes its time for each. Raises ``Refusal``: 422, 503.
    """
    await check_query(request)
    if not request.app.state.prepared:
        detail = "Hệ thống đang khởi động; hãy gửi lại sau ít giây."
        raise Refusal(503, "starting", detail, retry_after=_STARTING_SECONDS)
