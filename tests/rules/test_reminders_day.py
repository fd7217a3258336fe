"""The day of `GET /v1/reminders` lies within the years that a plan may name."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.intake.access.key_store import digest
from services.notify.access import ROLES
from services.notify.api import routes
from shared.contracts.people import Person
from shared.runtime.http.routing import add_routes, set_prepared
from shared.runtime.http.sign_in.roles import Access

KEY = {"Authorization": "Bearer desk"}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2023-02-30"])
async def test_a_day_at_the_ends_of_the_calendar_is_refused(day: str) -> None:
    """It is refused before anything is read, so no store is needed."""
    unused: Any = None
    app = FastAPI()
    access = Access(unused, [(digest("desk"), Person("x", "X", "secretary"))], ROLES)
    set_prepared(app, True)
    add_routes(app, routes(unused, unused, unused, access))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notify") as http:
        assert (await http.get("/v1/reminders", params={"day": day}, headers=KEY)).status_code == 422
