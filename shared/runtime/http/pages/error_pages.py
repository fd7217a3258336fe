"""Refusals as pages for people: what happened, what to do next, and nothing lost of what was typed.

Programs, which do not ask for ``text/html``, get the problem documents unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.contracts.json_values import JsonObject
from shared.contracts.people import Person
from shared.runtime.http.pages.frame import RETURN_TO, Frame, Page, Place, security_headers
from shared.runtime.http.pages.rendering import render
from shared.runtime.http.problems import PROBLEM_MEDIA_TYPE

_PACKAGE: Final = "shared.runtime.http.pages"
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_TYPED: Final = 256 * 1024
_MOST_FIELDS: Final = 20_000
_READING: Final = ("GET", "HEAD")
_KEPT_HEADERS: Final = (b"retry-after", b"www-authenticate", b"allow", b"set-cookie")
_HEADINGS: Final = {
    401: "Cần đăng nhập",
    403: "Không có quyền",
    404: "Không có trang này",
    409: "Nội dung đã được sửa",
    422: "Nội dung chưa đúng",
    503: "Tạm thời chưa đọc được số liệu",
}


@dataclass(frozen=True, slots=True)
class ErrorView:
    """What an error page shows. ``problems`` are further sentences, ``typed`` the texts that the reader had typed.

    ``resend`` is the whole form, to be sent again to ``address`` after signing in.
    """

    sentence: str
    problems: Sequence[str] = ()
    next: Place | None = None
    typed: Sequence[str] = ()
    resend: Sequence[tuple[str, str]] = ()
    address: str = ""


def wants_html(headers: Headers) -> bool:
    """Whether the caller is a browser: it asks for HTML by name. A program asks for JSON, for anything, or nothing."""
    accepted = [part.split(";")[0].strip().lower() for part in headers.get("accept", "").split(",")]
    return "text/html" in accepted and "application/json" not in accepted and PROBLEM_MEDIA_TYPE not in accepted


def error_view(problem: JsonObject, method: str, path: str, frame: Frame, person: Person | None) -> ErrorView:
    """What happened and what to do next, after a problem document. ``path`` is where sign-in returns to."""
    status, reads = problem.get("status"), method in _READING
    detail = str(problem.get("detail", ""))
    match status:
        case 401:
            back = f"?{urlencode({RETURN_TO: path})}" if reads else ""
            sentence = (
                "Chưa đăng nhập hoặc phiên làm việc đã hết. Đăng nhập để xem trang này."
                if reads
                else "Phiên làm việc đã hết. Đăng nhập lại; nội dung đang soạn vẫn được giữ."
            )
            return ErrorView(sentence, next=Place("Đăng nhập", frame.sign_in + back))
        case 403 if problem.get("code") == "form_expired":
            return ErrorView(detail)
        case 403:
            account = f"Tài khoản {person.name}" if person else "Tài khoản này"
            telephone = f", điện thoại {frame.telephone}" if frame.telephone else ""
            what = "xem trang này" if reads else "thực hiện việc này"
            return ErrorView(f"{account} không có quyền {what}. Cần quyền thì liên hệ {frame.office}{telephone}.")
        case 404:
            sentence = "Không có trang hoặc nội dung này. Có thể đường dẫn đã thay đổi."
            return ErrorView(sentence, next=_home(frame))
        case 409:
            advice = "Mở lại trang để xem bản mới nhất; nội dung đã nhập ghi dưới đây."
            return ErrorView(f"{detail} {advice}", next=Place("Mở lại trang", path))
        case 422 if errors := problem.get("errors"):
            flaws = errors if isinstance(errors, list) else []
            messages = [str(flaw["message"]) for flaw in flaws if isinstance(flaw, dict) and "message" in flaw]
            return ErrorView("Có chỗ chưa đúng mẫu; sửa rồi gửi lại.", [f"{message}." for message in messages])
        case 503 if reads:
            sentence = "Trang tạm thời chưa đọc được số liệu. Thử lại sau ít phút; không có dữ liệu nào bị mất."
            return ErrorView(sentence, next=Place("Thử lại", path))
        case 503:
            return ErrorView("Chưa rõ nội dung đã được ghi hay chưa. Mở lại trang để xem trước khi gửi lại.")
        case 500:
            return ErrorView(f"Trang gặp lỗi, chưa hiển thị được. Thử lại sau ít phút hoặc liên hệ {frame.office}.")
        case _:
            return ErrorView(detail)


def _home(frame: Frame) -> Place | None:
    """Where to go from a page that is not there; None in a service without places."""
    if not frame.places:
        return None
    search = ", hoặc tìm đơn vị ở đầu trang" if frame.search else ""
    return Place(f"Về trang {frame.home.name}{search}", frame.home.address)


def typed_texts(body: bytes) -> list[str]:
    """The texts of a form that a person typed: those of several words. Codes, choices and tokens are left out."""
    pairs = parse_qsl(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    return [value.strip() for _, value in pairs if " " in value.strip()]


def fields_again(body: bytes) -> list[tuple[str, str]]:
    """The fields of a form but for its token, which belongs to the sign-in that has ended."""
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    return [(name, value) for name, value in pairs if name != "csrf"]


def _may_be_sent_again(problem: JsonObject, headers: Headers) -> bool:
    """Whether only the sign-in has ended, and the form came from a page of this service: no other site fills it in."""
    ended = problem.get("status") == 401 or problem.get("code") == "form_expired"
    host = headers.get("host", "").lower()
    return ended and headers.get("origin", "").lower() in (f"http://{host}", f"https://{host}")


class ErrorPages:
    """Answers browsers with pages where programs get problem documents; all other answers pass unchanged.

    Who is signed in is read from ``request.state.person`` (a ``Person``), which the sign-in room sets.
    """

    def __init__(self, app: ASGIApp, frame: Frame) -> None:
        self._app, self._frame = app, frame

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and turn a problem document into a page."""
        if scope["type"] != "http" or not wants_html(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        body = _Body(scope, receive)
        start: Message | None = None
        passed = False
        problem = bytearray()

        async def replacing(message: Message) -> None:
            nonlocal start, passed
            if message["type"] == "http.response.start":
                if Headers(raw=message["headers"]).get("content-type") != PROBLEM_MEDIA_TYPE:
                    passed = True
                    await send(message)
                else:
                    start = message
            elif start is None:
                await send(message)
            else:
                problem.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    await self._send_page(scope, json.loads(problem), start["headers"], body, send)

        try:
            await self._app(scope, body.receive, replacing)
        except Exception:
            if not passed and start is None:
                await self._send_page(scope, {"status": 500}, (), body, send)
            raise

    async def _send_page(
        self,
        scope: Scope,
        problem: JsonObject,
        headers: Sequence[tuple[bytes, bytes]],
        body: _Body,
        send: Send,
    ) -> None:
        status = problem["status"]
        assert isinstance(status, int)
        person = scope.get("state", {}).get("person")
        query = scope["query_string"].decode("latin-1")
        path = scope["path"] + (f"?{query}" if query else "")
        view = error_view(problem, scope["method"], path, self._frame, person)
        form = await body.form()
        view = replace(view, typed=typed_texts(form))
        if _may_be_sent_again(problem, Headers(scope=scope)):
            view = replace(view, resend=fields_again(form), address=path)
        title = _HEADINGS.get(status) or str(problem.get("title", "Chưa thực hiện được"))
        page = Page(title, person, token=scope.get("state", {}).get("form_token", ""))
        html = render(_PACKAGE, "templates/error.html", view, self._frame, page).encode()
        kept = [header for header in headers if header[0].lower() in _KEPT_HEADERS]
        kept += [(name.lower().encode(), value.encode()) for name, value in security_headers(self._frame).items()]
        kept += [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(html)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": [*kept, (b"vary", b"accept")]})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else html})


class _Body:
    """The body of a request as the service reads it, of which a small form is kept to be shown again."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._is_form = Headers(scope=scope).get("content-type", "").split(";")[0].strip() == _FORM
        self._kept = bytearray()
        self._ended = False

    async def receive(self) -> Message:
        """The next part."""
        message = await self._receive()
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        if self._is_form and len(self._kept) <= _MOST_TYPED:
            self._kept += message.get("body", b"")
        return message

    async def form(self) -> bytes:
        """What was sent as a form; empty if that is too much to show. Reads what the service has not read."""
        while self._is_form and not self._ended and len(self._kept) <= _MOST_TYPED:
            await self.receive()
        return bytes(self._kept) if len(self._kept) <= _MOST_TYPED else b""
