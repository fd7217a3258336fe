"""Sign-in as browsers see it: by the issuer or a one-time link, and out again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.intake.settings import IntakeSettings
from services.intake.sign_in.openid import OpenId
from services.intake.sign_in.signing import BEGUN_SECONDS, Signer
from services.intake.sign_in.store import People
from shared.contracts.people import Person
from shared.runtime.http.pages.frame import RETURN_TO, Frame, Page, Place
from shared.runtime.http.pages.rendering import html_answer, render
from shared.runtime.http.problems import Refusal
from shared.runtime.http.routing import add_page_route, service_router
from shared.runtime.http.sign_in.addresses import safe_return
from shared.runtime.http.sign_in.notices import notice
from shared.runtime.http.sign_in.reader import SignIns, token_of

_PACKAGE: Final = "services.intake.sign_in"
_NO_ACCOUNT = "Tài khoản này chưa được cấp quyền sử dụng. Cần quyền thì liên hệ cơ quan thường trực Hội đồng."
_USED = "Liên kết này đã dùng hoặc đã hết hạn. Hãy xin liên kết mới."
_NO_ISSUER = "Mở liên kết đăng nhập đã được cấp. Mỗi liên kết dùng một lần."
_NOT_BEGUN = "Lần đăng nhập này đã quá lâu hoặc bắt đầu ở trình duyệt khác. Hãy đăng nhập lại."


class LinkView(NamedTuple):
    """Whom a link signs in, as people read it, and the CSRF token of who is signed in before, or nothing."""

    reader: str
    token: str


class Admission:
    """Lets a person in: makes the cookie, and ends the sign-in that the browser had before.

    ``signer`` is None without a key: then nobody signs in. ``seconds`` is the machine's clock in Unix seconds.
    """

    def __init__(
        self, people: People, sign_ins: SignIns, signer: Signer | None, home: str, seconds: Callable[[], float]
    ) -> None:
        self.people, self.sign_ins, self._signer, self.home = people, sign_ins, signer, home
        self._seconds = seconds

    @property
    def signer(self) -> Signer:
        """What signs. Raises ``Refusal`` with 404 where people do not sign in."""
        if self._signer is None:
            raise Refusal(404, "not_found", "Hệ thống này không có đăng nhập.")
        return self._signer

    def now(self) -> int:
        """The machine's clock, in whole Unix seconds."""
        return int(self._seconds())

    def destination(self, address: str) -> str:
        """Where a person may be sent."""
        return safe_return(address, self.sign_ins.origins, self.home)

    async def let_in(self, request: Request, person: Person, to: str) -> Response:
        """Sign a person in with a fresh id, and send the browser on."""
        before = await self.sign_ins.find(request)
        cookie = self.signer.sign_in(person, self.now())
        await self.people.began(cookie.sign_in)
        if await self.people.person(person.id) != person:  # changed meanwhile, when this sign-in was not noted yet
            await self.people.end(cookie.sign_in)
            raise Refusal(403, "no_account", _NO_ACCOUNT)
        if before is not None:
            await self.people.end(before)
        answer = RedirectResponse(self.destination(to), 303, headers={"Cache-Control": "no-store"})
        self.sign_ins.give(request, answer, cookie.value)
        return answer


def sign_in_routes(
    admission: Admission, openid: OpenId, settings: IntakeSettings, wake: Callable[[], None]
) -> APIRouter:
    """The routes of sign-in; open to everybody. ``wake`` has ended sign-ins published at once."""
    router = service_router(include_in_schema=False)
    frame = Frame(
        places=(Place("Trang đầu", admission.home),), search="", prefix=settings.prefix, leads_to=(admission.home,)
    )

    def begun_name(request: Request) -> str:
        return f"{admission.sign_ins.cookie_name(request)}-ve"

    async def everybody(_: Request) -> None:
        """Nobody is refused."""

    async def begin(request: Request, to: Annotated[str, Query(alias=RETURN_TO)] = "") -> Response:
        destination = admission.destination(to)
        if await admission.sign_ins.find(request) is not None:
            return RedirectResponse(destination, 303)
        if not settings.oidc_issuer:
            return notice(frame, "Đăng nhập", _NO_ISSUER)
        begun, cookie = admission.signer.begun(destination, admission.now())
        answer = RedirectResponse(await openid.address(begun), 303, headers={"Cache-Control": "no-store"})
        flags = admission.sign_ins.flags(request)
        answer.set_cookie(begun_name(request), cookie, max_age=BEGUN_SECONDS, **flags)
        return answer

    add_page_route(router, "/dang-nhap", begin, everybody)

    @router.get("/dang-nhap/ve", response_class=HTMLResponse)
    async def come_back(
        request: Request,
        code: str = "",
        state: str = "",
        iss: str = "",
        error: str = "",
        error_description: str = "",
        session_state: str = "",
        scope: str = "",
    ) -> Response:
        begun = admission.signer.read_begun(request.cookies.get(begun_name(request), ""), state, admission.now())
        if begun is None or not code or error or (iss and iss != settings.oidc_issuer):
            raise Refusal(401, "sign_in_failed", _NOT_BEGUN)
        person = await admission.people.person_of_subject(await openid.subject(code, begun))
        if person is None:
            raise Refusal(403, "no_account", _NO_ACCOUNT)
        answer = await admission.let_in(request, person, begun.to)
        answer.delete_cookie(begun_name(request), **admission.sign_ins.flags(request))
        return answer

    async def show_link(request: Request, secret: str) -> Response:
        """Whom a link signs in, and the button that does it: programs that look at links open them too."""
        _ = admission.signer
        if (person := await admission.people.person_of_link(secret)) is None:
            raise Refusal(401, "link_used", _USED)
        await admission.sign_ins.find(request)
        token, title = token_of(request), "Đăng nhập"
        view = LinkView(Page(title, person=person).reader, token)
        page = Page(title, person=getattr(request.state, "person", None), token=token)
        return html_answer(render(_PACKAGE, "link.html", view, frame, page), frame)

    add_page_route(router, "/dang-nhap/lien-ket/{secret}", show_link, everybody)

    @router.post("/dang-nhap/lien-ket/{secret}", response_class=HTMLResponse)
    async def by_link(request: Request, secret: str) -> Response:
        _ = admission.signer
        admission.sign_ins.require_own_page(request)
        await admission.sign_ins.find(request)  # before the link is used up: the form must be of this sign-in
        if (person := await admission.people.use_link(secret)) is None:
            raise Refusal(401, "link_used", _USED)
        return await admission.let_in(request, person, admission.home)

    @router.post("/dang-xuat", response_class=HTMLResponse)
    async def sign_out(request: Request) -> Response:
        admission.sign_ins.require_own_page(request)
        if (sign_in := await admission.sign_ins.find(request)) is not None:
            await admission.people.end(sign_in)
            wake()
        answer = notice(frame, "Đã đăng xuất", "Đã đăng xuất khỏi mọi trang của hệ thống.", sign_in=True)
        admission.sign_ins.forget(request, answer)
        return answer

    return router
