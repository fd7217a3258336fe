"""The FastAPI app of a service: what every request passes through, and the routes that all services have."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from re import Pattern
from typing import Protocol

from fastapi import FastAPI

from shared.runtime.foundation import Foundation
from shared.runtime.http.body_limit import BodyLimit
from shared.runtime.http.header_checks import HeaderChecks
from shared.runtime.http.openapi import complete_openapi
from shared.runtime.http.operations import OperableService, operations_routes
from shared.runtime.http.pages.error_pages import ErrorPages
from shared.runtime.http.pages.frame import Frame
from shared.runtime.http.pages.static_files import static_routes
from shared.runtime.http.prefixes import BelowPrefix
from shared.runtime.http.problems import add_problem_handlers
from shared.runtime.http.request_metrics import RequestMetrics
from shared.runtime.http.request_tracing import RequestTracing
from shared.runtime.http.routing import add_routes
from shared.runtime.http.sign_in.away_routes import away_routes
from shared.runtime.http.sign_in.guards import AnswerHeaders, HostCheck


class Lifespan(Protocol):
    """What runs while the app serves."""

    def __call__(self, _: FastAPI) -> AbstractAsyncContextManager[None]:
        """Entered when the app starts, left when it stops."""


def create_api(
    service: OperableService,
    base: Foundation,
    title: str,
    frame: Frame,
    lifespan: Lifespan,
    uploads: Mapping[Pattern[str], int],
) -> FastAPI:
    """The app without the service's own routes. The middleware that is added last sees a request first.

    ``uploads`` are the paths that take a file, with the number of bytes that each may receive.
    """
    settings = base.settings
    api = FastAPI(
        title=title,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        root_path_in_servers=False,
    )
    add_problem_handlers(api)
    complete_openapi(api)
    api.add_middleware(BodyLimit, uploads=uploads)
    api.add_middleware(BelowPrefix, name=base.name, prefix=settings.prefix)
    api.add_middleware(HeaderChecks)
    api.add_middleware(HostCheck, names=settings.hosts)
    api.add_middleware(ErrorPages, frame=frame)
    api.add_middleware(AnswerHeaders)
    api.add_middleware(RequestMetrics, metrics=service.metrics)
    if base.tracing.on:
        api.add_middleware(RequestTracing, tracing=base.tracing)
    add_routes(api, operations_routes(service, driven=settings.clock == "driven"), static_routes())
    if settings.sign_in_url and base.name != "intake":
        add_routes(api, away_routes(base.sign_ins, settings.sign_in_url, frame))
    return api
