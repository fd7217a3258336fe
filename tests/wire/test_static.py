"""The stylesheet and the scripts over HTTP: open to all, kept for a year, with the hash of their content as address."""

from __future__ import annotations

import httpx
from fastapi import FastAPI

from shared.runtime.http.pages.static_files import StaticFile, address_of, content_of, static_routes
from shared.runtime.http.problems import add_problem_handlers

SCRIPTS: tuple[StaticFile, ...] = ("changes.js", "reasons.js", "sums.js")


async def test_the_stylesheet_and_the_scripts_may_be_kept_and_another_releases_are_not_there() -> None:
    api = FastAPI()
    add_problem_handlers(api)
    api.include_router(static_routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=api), base_url="http://desk") as http:
        answer = await http.get(address_of("style.css"))
        assert (answer.status_code, answer.content) == (200, content_of("style.css"))
        assert answer.headers["content-type"] == "text/css; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        for name in SCRIPTS:
            script = await http.get(address_of(name))
            assert (script.status_code, script.content) == (200, content_of(name))
            assert script.headers["content-type"] == "text/javascript; charset=utf-8"
            assert script.headers["cache-control"] == answer.headers["cache-control"]
            assert len(content_of(name)) < 3000
        assert (await http.get("/static/tong-000000000000.js")).status_code == 404
        assert (await http.get("/static/trang-000000000000.css")).status_code == 404
