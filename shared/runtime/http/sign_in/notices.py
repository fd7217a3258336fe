"""Short pages that say one thing about a sign-in."""

from __future__ import annotations

from typing import Final

from fastapi.responses import HTMLResponse

from shared.runtime.http.pages.error_pages import ErrorView
from shared.runtime.http.pages.frame import Frame, Page, Place
from shared.runtime.http.pages.rendering import html_answer, render

_PACKAGE: Final = "shared.runtime.http.pages"


def notice(frame: Frame, title: str, sentence: str, *, sign_in: bool = False) -> HTMLResponse:
    """A page with one sentence and, if ``sign_in``, the link to sign in."""
    view = ErrorView(sentence, next=Place("Đăng nhập", frame.sign_in) if sign_in else None)
    return html_answer(render(_PACKAGE, "templates/error.html", view, frame, Page(title)), frame)
