"""Routers of a service: what every route of ours asks of a request, and how routes reach the app."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends as Dependency
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import APIRoute
from pydantic.fields import FieldInfo

from shared.runtime.http.problems import Refusal
from shared.runtime.http.query_checks import check_names, check_query, named_in
from shared.runtime.http.route_lookup import RouteLookup

_STARTING_SECONDS = 2

PageAnswer = Callable[..., Awaitable[Response]]
"""Answers with a page: its first parameter is the request, the others are parts of the path and of the query."""

Reading = Callable[[Request], Awaitable[object]]
"""Says who reads. Raises ``Refusal`` for who may not."""


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


class PageRoute(APIRoute):
    """A route that only reads: its function is called with the request, parts of the path and query parameters.

    It has no dependencies but the router's check, so that the framework need not solve any for each request (0124).
    ``reading`` refuses who may not read. The function calls it; the route does so only before it refuses a parameter,
    so that who may not read is told nothing else. Raises ``ValueError`` for a function that wants anything else.
    """

    def __init__(self, path: str, answer: PageAnswer, *, reading: Reading, **options: Any) -> None:
        self.reading = reading
        super().__init__(path, answer, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route, made when the route is added."""
        wanted, answer = self.dependant, self.endpoint
        others = [*wanted.body_params, *wanted.header_params, *wanted.cookie_params]
        own = [dependency for dependency in wanted.dependencies if dependency.call is not _check]
        if others or own or any(field.field_info.annotation is not str for field in wanted.path_params):
            raise ValueError(f"{self.path}: a page's route reads nothing but its path and its query")
        parts, names = [field.name for field in wanted.path_params], [*named_in(wanted)]
        texts = [(f.name, f.alias, f.default) for f in wanted.query_params if _is_text(f.field_info)]
        fields = [field for field in wanted.query_params if not _is_text(field.field_info)]
        needed = any(field.field_info.is_required() for field in fields)
        defaults = {} if needed else {field.name: field.default for field in fields}

        async def handle(request: Request) -> Response:
            is_asked = bool(request.scope["query_string"])
            if is_asked:
                check_names(request, names)
            _require_prepared(request)
            values: dict[str, Any] = {part: request.path_params[part] for part in parts} | defaults
            for name, alias, default in texts:
                values[name] = request.query_params.get(alias, default)
            if fields and (is_asked or needed):
                typed, errors = request_params_to_args(fields, request.query_params)
                if errors:
                    await self.reading(request)
                    raise RequestValidationError(errors)
                values |= typed
            response: Response = await answer(request, **values)
            return response

        return handle


def _is_text(parameter: FieldInfo) -> bool:
    """Whether a parameter is any text, with a default, so that there is nothing to check."""
    return parameter.annotation is str and not parameter.metadata and not parameter.is_required()


def add_page_route(router: APIRouter, path: str, answer: PageAnswer, reading: Reading, name: str = "") -> None:
    """Add a ``PageRoute``; the first parameter of ``answer`` is the request."""
    route = PageRoute(
        path,
        answer,
        reading=reading,
        methods=["GET"],
        name=name or None,
        response_class=HTMLResponse,
        include_in_schema=False,
        dependencies=router.dependencies,
    )
    router.routes.append(route)


def set_prepared(api: FastAPI, prepared: bool) -> None:
    """Say whether the service has read its stored data."""
    api.state.prepared = prepared


async def _check(request: Request) -> None:
    """Check the query, and that the service has read its stored data; before, its answers would be wrong.

    One dependency for both, because the framework takes its time for each. Raises ``Refusal``: 422, 503.
    """
    await check_query(request)
    _require_prepared(request)


def _require_prepared(request: Request) -> None:
    if not request.app.state.prepared:
        detail = "Hệ thống đang khởi động; hãy gửi lại sau ít giây."
        raise Refusal(503, "starting", detail, retry_after=_STARTING_SECONDS)
