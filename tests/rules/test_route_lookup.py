"""The route that is looked up is the one that would be found by trying all of them in their order."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match

from shared.runtime.http.route_lookup import RouteLookup
from shared.runtime.http.routing import add_routes

PATHS = (
    *("/", "/phien", "/phien/trieu-tap", "/phien/{p}/{k}/{s}", "/phien/{p}/{k}/{s}/soan", "/phien/{p}/{k}/{s}/chot"),
    *("/de-nghi", "/de-nghi.{ending}", "/{any}", "/v1/sessions/{p}/{k}/{s}/papers/{file}", "/{a}/chot", "/v1/{a}/chot"),
)
ASKED = (
    *("/", "/phien", "/phien/trieu-tap", "/phien/a/b/c", "/phien/a/b/c/soan", "/phien/a/b/c/chot", "/phien/a/b/c/khac"),
    *("/de-nghi", "/de-nghi.csv", "/khac", "/phien/", "/a/chot", "/v1/chot", "/v1/a/chot", "/v1/a/b/chot", "//", ""),
    "/v1/sessions/a/b/c/papers/x.pdf",
)


async def page() -> None:
    """Never called."""


def routes() -> list[APIRoute]:
    return [APIRoute(path, page, methods=[method]) for path in PATHS for method in ("GET", "POST")]


def first_of(routes: Sequence[BaseRoute], scope: dict[str, object]) -> BaseRoute | None:
    return next((route for route in routes if route.matches(scope)[0] is Match.FULL), None)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("root", ["", "/hoi-dong"])
def test_a_request_gets_the_first_route_that_matches_in_whatever_order_they_stand(method: str, root: str) -> None:
    for ordered in (routes(), routes()[::-1]):
        lookup = RouteLookup()
        lookup.add(ordered)
        for path in ASKED:
            scope: dict[str, object] = {"type": "http", "method": method, "path": root + path, "root_path": root}
            expected = first_of(ordered, scope)
            match, child_scope = lookup.matches(scope)
            assert (match is Match.FULL, child_scope.get("route")) == (expected is not None, expected), path


def test_a_path_of_any_number_of_parts_cannot_be_looked_up() -> None:
    with pytest.raises(ValueError, match="cannot be looked up"):
        RouteLookup().add([APIRoute("/tep/{name:path}", page)])


def test_the_routes_stay_in_the_app_behind_one_lookup() -> None:
    """So the app's document names them, and a method that a path does not have is refused as always."""
    api, one, other = FastAPI(openapi_url=None, docs_url=None, redoc_url=None), APIRouter(), APIRouter()
    one.add_api_route("/a", page)
    other.add_api_route("/b", page)
    add_routes(api, one)
    add_routes(api, other)
    assert [type(route) for route in api.routes] == [RouteLookup, APIRoute, APIRoute]
