"""The HTML part of every kind of mail, as a telephone and a desktop show it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support.mails import LETTERHEAD, every_kind, html_of, line, mail, notice, text_of
from tests.support.movement import s0

NOTICES = every_kind() | {
    "dai": notice(
        "vp-tinh-uy",
        date(2023, 12, 5),
        [line(s0(), "OB03", "returned", paper=f"1/{'BC-' * 40}X", note="x" * 300, what="Tổng hợp " + "y" * 200)],
    )
}
"""A mail of every kind, and one with texts that nothing breaks."""
WIDTHS = (390, 1366)
TRIAL = replace(LETTERHEAD, environment="trial")


@pytest.mark.parametrize("width", WIDTHS)
async def test_a_mail_of_every_kind_is_readable_without_scrolling_sideways_or_loading_anything(
    browser: Browser, pictures: Path, width: int
) -> None:
    """Each paragraph of the text part is in it. The screenshots are in ``.test-pictures``."""
    page = await browser.new_page(viewport={"width": width, "height": 844})
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for name, sent in NOTICES.items():
        message = mail(sent, letterhead=TRIAL)
        await page.set_content(html_of(message))
        await page.screenshot(path=pictures / f"mail-{name}-{width}.png", full_page=True)
        assert await page.title() == message["Subject"], name
        assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), name
        shown = _words(await page.inner_text("body"))
        assert [words for words in map(_words, text_of(message).splitlines()) if words not in shown] == [], name
        links = await page.eval_on_selector_all("a", "links => links.map(link => [link.href, link.textContent])")
        assert all(target == text for target, text in links), name
    await page.close()
    assert requests == []


async def test_a_mail_prints_black_on_white_on_paper_of_a4(browser: Browser, pictures: Path) -> None:
    page = await browser.new_page()
    await page.set_content(html_of(mail(NOTICES["don-doc-hai-noi-dung"])))
    await page.emulate_media(media="print")
    await page.pdf(path=pictures / "mail-printed.pdf", format="A4")
    colours = await page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    assert colours == ["rgb(255, 255, 255)", "rgb(26, 26, 26)"]
    await page.close()


def _words(text: str) -> str:
    """A text with single spaces, without the numbers that the page sets apart."""
    return " ".join(re.sub(r"(?m)^\s*[0-9]+\.(\s|$)", " ", text).split())
