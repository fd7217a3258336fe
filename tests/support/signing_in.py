"""What a browser does to sign in at an intake of the test's own process, and what it finds in the answers."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from tests.support.intake_client import OPERATOR
from tests.support.signed_in import ORIGIN

HOST = "127.0.0.1:8101"
LOCAL = {"Host": HOST}
COOKIE = "thidua-test"
PEOPLE = (
    ("hoa", {"name": "Nguyễn Thị Hoa", "role": "secretary", "subject": "nguyen.van.a"}),
    ("chuyen-vien", {"name": "Trần Văn Bình", "role": "officer", "agency": "so-noi-vu"}),
)


async def add_people(http: httpx.AsyncClient) -> None:
    """Give two people a role: Hoa, whose account the issuer has, and an officer."""
    for person, account in PEOPLE:
        assert (await http.put(f"/v1/people/{person}", headers=OPERATOR, json=account)).status_code == 204


def given(answer: httpx.Response) -> dict[str, str]:
    """Each cookie that an answer sets, with its attributes as they are written."""
    return {line.split("=", 1)[0]: line for line in answer.headers.get_list("set-cookie")}


def value(answer: httpx.Response, name: str = COOKIE) -> str:
    return given(answer)[name].split("=", 1)[1].split(";")[0]


async def link(intake: httpx.AsyncClient, person: str) -> str:
    answer = await intake.post(f"/v1/people/{person}/links", headers=OPERATOR)
    assert answer.status_code == 201, answer.text
    return str(urlsplit(answer.json()["url"]).path)


async def use(intake: httpx.AsyncClient, path: str, host: str = HOST, **headers: str) -> httpx.Response:
    """Press the button of a link's page."""
    return await intake.post(path, headers={"Host": host, "Origin": f"http://{host}"} | headers)


async def signed_in(intake: httpx.AsyncClient, cookie: str) -> bool:
    intake.cookies.clear()
    answer = await intake.get("/dang-nhap", headers=LOCAL | {"Cookie": f"{COOKIE}={cookie}"})
    return bool(answer.headers.get("location") == f"{ORIGIN}/")
