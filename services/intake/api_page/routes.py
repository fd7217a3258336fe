"""The page over HTTP: for everybody who reaches intake, without a key, because it holds nothing of an agency."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.intake.api_page.page import render
from shared.runtime.http.routing import service_router

_ALLOWED = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def page_routes() -> APIRouter:
    """The route of the page, which is rendered when it is first asked for."""
    router = service_router()
    rendered: list[str] = []

    @router.get("/docs", response_class=HTMLResponse, include_in_schema=False)
    async def page(request: Request) -> HTMLResponse:
        if not rendered:
            rendered.append(render(request.app.openapi()))
        return HTMLResponse(rendered[0], headers={"Content-Security-Policy": _ALLOWED})

    return router
