"""Which paths a service answers below the prefixes that a proxy gives it."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from shared.runtime.http.prefixes import FOR_OPERATORS, BelowPrefix, root_of


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("/hoi-dong/", "/hoi-dong"),
        ("/hoi-dong/phien/x", "/hoi-dong"),
        ("/hoi-dong/v1/sessions", "/hoi-dong"),
        ("/hoi-dongx/phien", ""),
        ("/phien", ""),
        ("/metrics", ""),
        ("/api/council/v1/sessions", "/api/council"),
        ("/api/council/openapi.json", "/api/council"),
        ("/api/council/phien", None),
        ("/api/council/metrics", None),
        ("/api/intake/v1/counts", ""),
        *((f"/hoi-dong{path}", None) for path in sorted(FOR_OPERATORS)),
        *((f"/hoi-dong{path}/", None) for path in sorted(FOR_OPERATORS)),
        ("/hoi-dong/livez/x", "/hoi-dong"),
    ],
)
def test_the_root_of_a_path(path: str, root: str | None) -> None:
    """None is a path that nobody may ask for through the proxy; an empty root is a path without a prefix."""
    assert root_of(path, "council", "/hoi-dong") == root


def test_without_a_prefix_only_the_interface_for_programs_has_one() -> None:
    assert root_of("/x/y", "scoring", "") == ""
    assert root_of("/api/scoring/v1/movements", "scoring", "") == "/api/scoring"


async def answer(path: str, **headers: str) -> httpx.Response:
    """What an app answers that says which path of which root was asked for."""

    def render(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{request.scope['root_path']} {request.path_params['name']} {request.url.scheme}")

    app = BelowPrefix(Starlette(routes=[Route("/v1/{name}", render)]), "council", "/hoi-dong")
    host = "http://thidua.tinh.example"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=host, headers=headers) as http:
        return await http.get(path)


async def test_one_route_answers_with_and_without_a_prefix() -> None:
    assert (await answer("/v1/a")).text == " a http"
    assert (await answer("/hoi-dong/v1/a")).text == "/hoi-dong a http"
    assert (await answer("/api/council/v1/a")).text == "/api/council a http"
    assert (await answer("/hoi-dong/metrics")).status_code == 404


async def test_redirects_keep_the_prefix_and_the_scheme_that_the_proxy_speaks() -> None:
    assert (await answer("/hoi-dong")).headers["location"] == "/hoi-dong/"
    behind = {"X-Forwarded-Proto": "https"}
    slash = await answer("/hoi-dong/v1/a/", **behind)
    assert slash.headers["location"] == "https://thidua.tinh.example/hoi-dong/v1/a"
