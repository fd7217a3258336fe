"""The layout of every page, its stylesheet, and what templates may not hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import jinja2
import pytest

from shared.contracts.people import Person
from shared.runtime.http.pages.frame import Frame, Page, Place, security_headers
from shared.runtime.http.pages.rendering import render
from shared.runtime.http.pages.static_files import address_of, content_of

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    path
    for top in ("services", "shared")
    for path in (ROOT / top).rglob("*.html")
    if "frame/layout.html" in path.read_text("utf-8") or path.is_relative_to(ROOT / "shared/runtime/http/pages")
)
FRAME = Frame("Tỉnh <A>", (Place("Tổng quan", "/a/"), Place("Phiên họp", "/a/phien")), "/a/tim", prefix="/a")
PAGE = Page("Phiên <4>", Person("p", "Nguyễn Thị <Hoa>", "officer"), "Sở Y tế", place="/a/phien", token="t0ken")


def layout(frame: Frame, page: Page) -> str:
    return render("shared.runtime.http.pages", "frame/layout.html", None, frame, page)


def test_the_layout_names_the_reader_the_place_and_how_fresh_it_is() -> None:
    html = layout(FRAME, PAGE)
    assert '<html lang="vi">' in html
    assert "<title>Phiên &lt;4&gt; – Tỉnh &lt;A&gt;</title>" in html
    assert "<span>Nguyễn Thị &lt;Hoa&gt;, chuyên viên của Sở Y tế</span>" in html
    assert '<a href="/a/phien" aria-current="page">Phiên họp</a>' in html
    assert html.count("aria-current") == html.count("<h1>") == html.count("<main") == 1
    assert '<form class="find" role="search" action="/a/tim" method="get">' in html
    assert f'<link rel="stylesheet" href="{address_of("style.css", "/a")}">' in html
    assert '<input type="hidden" name="csrf" value="t0ken">' in html
    assert "cập nhật lúc" not in html
    fresh = Page("x", updated_at=datetime(2023, 12, 6, 1, 14, tzinfo=UTC))
    assert "cập nhật lúc 08:14 ngày 06/12/2023" in layout(FRAME, fresh)


def test_who_is_not_signed_in_can_sign_in_and_sees_no_form_to_sign_out() -> None:
    html = layout(FRAME, Page("x"))
    assert '<a href="/dang-nhap">Đăng nhập</a>' in html
    assert "Đăng xuất" not in html


def test_a_value_that_is_missing_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render("shared.runtime.http.pages", "templates/error.html", object(), FRAME, PAGE)


def test_nothing_comes_from_elsewhere_and_forms_go_only_where_the_frame_allows() -> None:
    policy = security_headers(FRAME)["Content-Security-Policy"]
    assert "default-src 'none'; style-src 'self';" in policy
    assert "form-action 'self';" in policy
    assert "unsafe" not in policy
    beside = Frame(search="http://127.0.0.1:8003/tim", sign_out="http://127.0.0.1:8001/dang-xuat")
    ports = "form-action 'self' http://127.0.0.1:8001 http://127.0.0.1:8003;"
    assert ports in security_headers(beside)["Content-Security-Policy"]


def test_the_stylesheet_is_small_and_loads_nothing() -> None:
    assert len(content_of("style.css")) < 25_000
    assert not re.search(rb"@import|url\(", content_of("style.css"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_has_an_inline_style_or_script(path: Path) -> None:
    """The policy of every page refuses them, so they would be dead text."""
    assert not re.search(r"""\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:""", path.read_text("utf-8"))
