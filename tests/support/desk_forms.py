"""Forms of the desk, opened and sent as a browser does."""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx

from shared.runtime.http.sign_in.tokens import form_token
from tests.support.council_desk import Desk
from tests.support.signed_in import ORIGIN, as_browser, cookie_of

SECRETARY = cookie_of("secretary")


def browser_of(cookie: str = SECRETARY) -> dict[str, str]:
    """The headers of a browser that is signed in."""
    return as_browser(cookie, form=False) | {"Origin": ORIGIN, "Accept": "text/html"}


async def shown(desk: Desk, path: str, cookie: str = SECRETARY) -> str:
    """A page that can be read."""
    answer = await desk.http.get(path, headers=browser_of(cookie))
    assert answer.status_code == 200, answer.text
    return answer.text


async def sent(
    desk: Desk, path: str, fields: Mapping[str, str | list[str]], cookie: str = SECRETARY, to: str = ""
) -> httpx.Response:
    """The answer to a form of a page that was opened at this moment, unless the fields name another version.

    The form goes to the address of its page, unless ``to`` names another.
    """
    page = await desk.http.get(path, headers=browser_of(cookie))
    version = re.search(r'name="phien-ban" value="(\d+)"', page.text)
    form = {"csrf": form_token(cookie), "phien-ban": version[1] if version else "", **fields}
    return await desk.http.post(to or path, headers=browser_of(cookie), data=form)
