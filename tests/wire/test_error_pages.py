"""Refusals: a page in Vietnamese for a browser, the problem document for a program."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI, Request
from pydantic import BaseModel

from shared.contracts.people import Person
from shared.runtime.http.body_limit import BodyLimit
from shared.runtime.http.header_checks import HeaderChecks
from shared.runtime.http.pages.error_pages import ErrorPages
from shared.runtime.http.pages.frame import Frame, Place
from shared.runtime.http.problems import Refusal, add_problem_handlers

FRAME = Frame(
    "Thi đua - Khen thưởng tỉnh Thái Bình",
    (Place("Tổng quan", "/"),),
    sign_in="/cong/dang-nhap",
    office="Ban Thi đua - Khen thưởng",
    telephone="0227 0000 000",
)
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
FORM = {**BROWSER, "Content-Type": "application/x-www-form-urlencoded"}
TYPED = "ly_do=S%E1%BB%91+li%E1%BB%87u+%3Cch%C6%B0a%3E+kh%E1%BB%9Bp&don_vi=so-y-te&csrf=abc"


class Sent(BaseModel):
    number: int


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """An app that refuses in every way."""
    api = FastAPI()
    add_problem_handlers(api)
    api.add_middleware(BodyLimit)
    api.add_middleware(HeaderChecks)
    api.add_middleware(ErrorPages, frame=FRAME)

    @api.api_route("/refused/{status}", methods=["GET", "POST"])
    async def refused(status: int, request: Request) -> None:
        if status == 403:
            request.state.person = Person("p1", "Trần Văn Nam", "viewer")
        raise Refusal(status, "refused", "Nguyễn Thị Hoa vừa sửa nội dung này lúc 08:14.")

    @api.get("/numbers")
    async def numbers(number: int) -> int:
        return number

    @api.get("/broken")
    async def broken() -> None:
        raise RuntimeError("a bug")

    @api.get("/fine")
    async def fine() -> dict[str, str]:
        return {"so": "1"}

    transport = httpx.ASGITransport(app=api, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
        yield client


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "Chưa đăng nhập hoặc phiên làm việc đã hết. Đăng nhập để xem trang này."),
        (
            403,
            "Tài khoản Trần Văn Nam không có quyền xem trang này. Cần quyền thì liên hệ Ban Thi đua - Khen thưởng, "
            "điện thoại 0227 0000 000.",
        ),
        (404, "Không có trang hoặc nội dung này. Có thể đường dẫn đã thay đổi."),
        (409, "Nguyễn Thị Hoa vừa sửa nội dung này lúc 08:14. Mở lại trang để xem bản mới nhất"),
        (503, "Trang tạm thời chưa đọc được số liệu. Thử lại sau ít phút; không có dữ liệu nào bị mất."),
    ],
)
async def test_a_browser_that_reads_gets_a_page(http: httpx.AsyncClient, status: int, sentence: str) -> None:
    answer = await http.get(f"/refused/{status}", headers=BROWSER)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["vary"] == "accept"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert sentence in answer.text
    assert answer.text.count("<h1>") == 1
    assert "gửi lại" not in answer.text


async def test_sign_in_returns_to_the_page_that_was_asked_for(http: httpx.AsyncClient) -> None:
    answer = await http.get("/refused/401", headers=BROWSER)
    assert 'href="/cong/dang-nhap?ve=%2Frefused%2F401"' in answer.text
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/html, application/json"])
async def test_a_program_gets_the_problem_document(http: httpx.AsyncClient, accept: str) -> None:
    answer = await http.get("/refused/409", headers={"Accept": accept})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "Nguyễn Thị Hoa vừa sửa nội dung này lúc 08:14."
    assert "vary" not in answer.headers


async def test_what_was_typed_is_shown_again_and_nothing_else_of_the_form(http: httpx.AsyncClient) -> None:
    """Also where the service refuses before it reads the form."""
    for status in (401, 403, 409, 503):
        answer = await http.post(f"/refused/{status}", headers=FORM, content=TYPED)
        assert '<pre class="typed">Số liệu &lt;chưa&gt; khớp</pre>' in answer.text, status
        assert "so-y-te" not in answer.text
        assert "abc" not in answer.text


async def test_a_form_that_is_too_large_is_not_shown_again(http: httpx.AsyncClient) -> None:
    answer = await http.post("/refused/409", headers=FORM, content=f"x={'a+' * 200_000}")
    assert answer.status_code == 409
    assert "Nội dung đã nhập" not in answer.text


async def test_a_malformed_request_names_each_flaw_without_the_names_of_fields(http: httpx.AsyncClient) -> None:
    answer = await http.get("/numbers?number=x", headers=BROWSER)
    assert answer.status_code == 422
    assert "Giá trị “x” không hợp lệ; cần số nguyên" in answer.text
    assert "/query" not in answer.text


async def test_an_unknown_address_and_the_limits_before_the_routes_are_pages_too(http: httpx.AsyncClient) -> None:
    assert "Về trang Tổng quan, hoặc tìm đơn vị" in (await http.get("/nowhere", headers=BROWSER)).text
    too_large = await http.post("/fine", headers=BROWSER | {"Content-Length": "99999999"}, content=b"")
    assert (too_large.status_code, too_large.headers["content-type"][:9]) == (413, "text/html")


async def test_a_bug_is_a_page_and_still_an_error_of_the_service(http: httpx.AsyncClient) -> None:
    answer = await http.get("/broken", headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"][:9]) == (500, "text/html")
    assert "Trang gặp lỗi, chưa hiển thị được." in answer.text
    transport = httpx.ASGITransport(app=http._transport.app)  # type: ignore[attr-defined]
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as raising:
        with pytest.raises(RuntimeError):
            await raising.get("/broken", headers=BROWSER)


async def test_other_answers_pass_unchanged(http: httpx.AsyncClient) -> None:
    answer = await http.get("/fine", headers=BROWSER)
    assert answer.json() == {"so": "1"}
    assert "content-security-policy" not in answer.headers
