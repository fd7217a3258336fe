"""A person signs in by a printed link and out again, on the stack of the played year."""

from __future__ import annotations

import asyncio
import time

import httpx

from deploy.stack.links import link_lines, sign_in_links
from shared.contracts.topics import SERVICES
from shared.runtime.http.sign_in.tokens import form_token
from shared.runtime.mongo import Database
from tests.support.played_year import Played

_SECONDS = 5.0


async def test_a_printed_link_opens_the_desk_and_signing_out_there_ends_the_sign_in_at_every_service(
    played: Played,
) -> None:
    """Within five seconds; who signs out at council is signed out at intake."""
    stack = played.stack
    links = await sign_in_links(stack, "so-noi-vu")
    assert all(any(url in line for line in link_lines(links)) for url in links.values())
    async with httpx.AsyncClient(follow_redirects=True, headers={"Accept": "text/html"}) as browser:
        assert (await browser.get(links["secretary"])).status_code == 200, "opening it does not use it up"
        ours = {"Origin": stack.urls["intake"]}
        desk = await browser.post(links["secretary"], headers=ours)
        assert (desk.status_code, str(desk.url)) == (200, f"{stack.urls['council']}/")
        assert (await browser.get(links["secretary"])).status_code == 401, "a link counts once"
        ((name, cookie),) = browser.cookies.items()
        kept = {"Cookie": f"{name}={cookie}", "Accept": "text/html"}
        origin = {"Origin": stack.urls["council"]}
        answer = await browser.post(
            f"{stack.urls['council']}/dang-xuat", data={"csrf": form_token(cookie)}, headers=origin
        )
        assert (answer.status_code, dict(browser.cookies)) == (200, {})
    signed_out = time.monotonic()

    async def knows(service: str) -> bool:
        database = Database(stack.mongo, f"thidua_{service}")
        try:
            return await database.documents("ended_sign_ins").count() > 0
        finally:
            await database.close()

    while not all([await knows(service) for service in SERVICES]):
        assert time.monotonic() - signed_out < _SECONDS
        await asyncio.sleep(0.05)
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{stack.urls['council']}/", headers=kept)).status_code == 401
        again = await http.get(f"{stack.urls['intake']}/dang-nhap", headers=kept)
        assert again.status_code == 200, "intake does not know the sign-in any more, and says how to sign in"
