"""A page's route reads its path and query as any route does, and refuses what it cannot read, without dependencies."""

from __future__ import annotations

from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from fastapi.responses import HTMLResponse

from shared.runtime.http.problems import Refusal, add_problem_handlers
from shared.runtime.http.routing import add_page_route, add_routes, service_router, set_prepared

_Number = Annotated[int | None, Query(alias="noi-dung", ge=1, le=9)]


async def show(request: Request, session: str, number: _Number = None, typed: str = "") -> HTMLResponse:
    """What the route was called with."""
    return HTMLResponse(f"{request.method} {session} {number} {typed}")


async def anybody(_: Request) -> None:
    """Who reads does not matter."""


async def nobody(_: Request) -> None:
    raise Refusal(401, "not_the_desk", "Hãy đăng nhập.")


async def as_dependencies(
    request: Request, session: str = Depends(lambda: "P4"), number: _Number = None, typed: str = ""
) -> HTMLResponse:
    """A route of the framework's own kind with the same query."""
    return await show(request, session, number, typed)


def app(prepared: bool = True) -> FastAPI:
    api, router = FastAPI(), service_router(include_in_schema=False)
    add_page_route(router, "/phien/{session}", show, anybody)
    router.add_api_route("/khac", as_dependencies)
    add_routes(api, router)
    add_problem_handlers(api)
    set_prepared(api, prepared)
    return api


async def asked(address: str, api: FastAPI | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(app=api or app())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        return await http.get(address)


@pytest.mark.parametrize(
    ("query", "text"),
    [("", "P4 None "), ("?noi-dung=3", "P4 3 "), ("?typed=%C4%91%C3%B4ng+ho%C3%A0ng", "P4 None đông hoàng")],
)
async def test_it_is_called_with_its_part_of_the_path_and_its_parameters(query: str, text: str) -> None:
    assert (await asked(f"/phien/P4{query}")).text == f"GET {text}"


@pytest.mark.parametrize("query", ["?noi-dung=0", "?noi-dung=mot", "?noi-dung=", "?khac=1", "?typed=a&typed=b"])
async def test_it_refuses_what_another_route_refuses_in_the_same_words(query: str) -> None:
    mine, other = await asked(f"/phien/P4{query}"), await asked(f"/khac{query}")
    assert mine.status_code == 422
    assert (mine.status_code, mine.json()) == (other.status_code, other.json())


async def test_who_may_not_read_is_refused_before_a_mistyped_parameter() -> None:
    api, router = app(), service_router()
    add_page_route(router, "/kin/{session}", show, nobody)
    add_routes(api, router)
    assert (await asked("/kin/P4?noi-dung=mot", api)).status_code == 401


async def test_it_waits_until_the_service_is_prepared() -> None:
    assert (await asked("/phien/P4", app(prepared=False))).status_code == 503


async def test_a_route_that_wants_more_than_its_path_and_query_is_refused_when_it_is_added() -> None:
    async def by_header(request: Request, wanted: Annotated[str, Header()]) -> HTMLResponse:
        return HTMLResponse(wanted)

    async def by_dependency(request: Request, session: str = Depends(show)) -> HTMLResponse:
        return HTMLResponse(session)

    async def by_number(request: Request, number: int) -> HTMLResponse:
        return HTMLResponse(str(number))

    for path, answer in (("/a", by_header), ("/a/{session}", by_dependency), ("/a/{number}", by_number)):
        with pytest.raises(ValueError, match="nothing but its path and its query"):
            add_page_route(APIRouter(), path, answer, anybody)


async def test_a_parameter_that_is_needed_and_missing_is_refused() -> None:
    async def needing(request: Request, number: Annotated[int, Query(alias="noi-dung", ge=1)]) -> HTMLResponse:
        return HTMLResponse(str(number))

    api, router = app(), service_router()
    add_page_route(router, "/can", needing, anybody)
    add_routes(api, router)
    assert ((await asked("/can?noi-dung=2", api)).text, (await asked("/can", api)).status_code) == ("2", 422)
