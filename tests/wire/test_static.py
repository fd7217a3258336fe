"""The stylesheet and the script over HTTP: open to all, kept for a year, with the hash of their content as address."""

from __future__ import annotations

import httpx
from fastapi import FastAPI

from shared.runtime.http.pages.stylesheet import (
    static_routes,
    stylesheet,
    stylesheet_address,
    sums_script,
    sums_script_address,
)
from shared.runtime.http.problems import add_problem_handlers


async def test_the_stylesheet_may_be_kept_and_another_releases_is_not_there() -> None:
    api = FastAPI()
    add_problem_handlers(api)
    api.include_router(static_routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=api), base_url="http://desk") as http:
        answer = await http.get(stylesheet_address())
        assert (answer.status_code, answer.content) == (200, stylesheet())
        assert answer.headers["content-type"] == "text/css; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        script = await http.get(sums_script_address())
        assert (script.status_code, script.content) == (200, sums_script())
        assert script.headers["content-type"] == "text/javascript; charset=utf-8"
        assert script.headers["cache-control"] == answer.headers["cache-control"]
        assert len(sums_script()) < 3000
        assert (await http.get("/static/tong-000000000000.js")).status_code == 404
        assert (await http.get("/static/trang-000000000000.css")).status_code == 404
