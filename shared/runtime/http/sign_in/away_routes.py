"""Sign-in at a service that is not intake: its addresses are the same everywhere, and lead to intake.

Where all services have one origin, the proxy sends these paths to intake and nobody reaches these routes.
"""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlencode

import httpx
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from shared.runtime.http.pages.frame import RETURN_TO, Frame
from shared.runtime.http.problems import Refusal
from shared.runtime.http.routing import open_router
from shared.runtime.http.sign_in.addresses import safe_return
from shared.runtime.http.sign_in.notices import notice
from shared.runtime.http.sign_in.reader import FORM_HEADER, SignIns, token_of

_SECONDS: Final = 3.0


def away_routes(sign_ins: SignIns, sign_in_url: str, frame: Frame) -> APIRouter:
    """The routes. ``sign_in_url`` is the whole address of intake's ``/dang-nhap``."""
    router = open_router(include_in_schema=False)
    sign_out_url = f"{sign_in_url.removesuffix('/dang-nhap')}/dang-xuat"

    @router.get("/dang-nhap")
    async def sign_in(request: Request, to: Annotated[str, Query(alias=RETURN_TO)] = "") -> RedirectResponse:
        path = safe_return(to, (), "/")
        back = f"{request.url.scheme}://{request.headers.get('host', '')}{path}"
        return RedirectResponse(f"{sign_in_url}?{urlencode({RETURN_TO: back})}", 303)

    @router.post("/dang-xuat", response_class=HTMLResponse)
    async def sign_out(request: Request) -> Response:
        """End the sign-in at intake, with the reader's own cookie. Raises ``Refusal``: 403, 503."""
        sign_ins.require_own_page(request)
        if await sign_ins.find(request) is not None:
            headers = {name: request.headers[name] for name in ("cookie", "origin")}
            headers[FORM_HEADER] = token_of(request)
            try:
                async with httpx.AsyncClient(timeout=_SECONDS) as http:
                    (await http.post(sign_out_url, headers=headers)).raise_for_status()
            except httpx.HTTPError:
                detail = "Chưa đăng xuất được vì nơi đăng nhập không trả lời; hãy thử lại sau ít giây."
                raise Refusal(503, "unavailable", detail, retry_after=5) from None
        answer = notice(frame, "Đã đăng xuất", "Đã đăng xuất khỏi mọi trang của hệ thống.", sign_in=True)
        sign_ins.forget(request, answer)
        return answer

    return router
