"""Chromium as a reader's browser: opens a page in both sizes and on paper, and finds what is wrong with it."""

from __future__ import annotations

import asyncio
import io
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import pypdf
import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright
from starlette.types import ASGIApp

from tests.support.page_texts import Passage, TextRules
from tests.support.waiting import until

_QUIET: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
"""Nothing is asked of the network; root, as in a container, has no sandbox."""

_PICTURES: Final = Path(__file__).parents[2] / ".test-pictures"
_REFUSED_IMPACTS: Final = ("moderate", "serious", "critical")
_AXE_OPTIONS: Final = {"resultTypes": ["violations"], "elementRef": False}
_A4_POINTS: Final = [595, 842]
_PAPER_PIXELS: Final = (661, 990)
"""The width of an A4 sheet between its margins, upright and across, at 96 pixels an inch."""

_PASSAGES: Final = """
() => {
  const blocks = "tr,li,p,h1,h2,h3,dt,dd,caption,figcaption,option,summary,label,button,a,text,title,desc,pre,footer";
  const words = element => (element ? element.textContent : "");
  const groupOf = element => {
    const row = element.closest("tr"), table = element.closest("table");
    let group = "";
    for (let above = row; above; above = above.previousElementSibling)
      if (above.classList.contains("group")) { group = words(above); break; }
    if (row) for (const cell of row.querySelectorAll('[data-label^="Huyện"]')) group += " " + words(cell);
    return group + " " + (table ? words(table.caption) : "");
  };
  const found = new Map(), walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  let cell = null;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim() || node.parentElement.closest("script,style")) continue;
    const nearest = node.parentElement.closest(blocks);
    const block = nearest && nearest.tagName === "A" ? nearest.parentElement.closest(blocks) || nearest
      : nearest || node.parentElement;
    const ownCell = node.parentElement.closest("td,th");
    found.set(block, (found.get(block) || "") + (ownCell === cell ? "" : " | ") + node.data);
    cell = ownCell;
  }
  const passages = [...found].map(([block, text]) => [text, groupOf(block)]);
  for (const element of document.querySelectorAll("[title],[aria-label],[placeholder],[alt],[data-label]"))
    for (const name of ["title", "aria-label", "placeholder", "alt", "data-label"])
      if (element.hasAttribute(name)) passages.push([element.getAttribute(name), ""]);
  return passages;
}
"""
"""The texts of a page by paragraph, row and entry, also those that are folded away."""


class Size(NamedTuple):
    """A screen, in CSS pixels."""

    name: str
    width: int
    height: int


OFFICE: Final = Size("1366", 1366, 768)
PHONE: Final = Size("390", 390, 844)

SCRIPTS_OFF: Final = "Emulation.setScriptExecutionDisabled"
"""What switches the scripts of a page off and on again, unlike the setting of a context."""


@asynccontextmanager
async def chromium(*options: str) -> AsyncIterator[Browser]:
    """Debian's Chromium, which ``make test`` installs where it can; a test that needs it is skipped without it."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium on this machine (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*_QUIET, *options])
        yield browser
        await browser.close()


def pictures_folder() -> Path:
    """Where screenshots go, to be looked at after a change; git ignores it."""
    _PICTURES.mkdir(exist_ok=True)
    return _PICTURES


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """The address of an app that is served in this process, on a free port of this machine."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="error"))
    server.capture_signals = nullcontext  # type: ignore[method-assign, assignment] # they are pytest's
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


class Viewer:
    """Opens pages as their readers do and finds faults. Scripts are off, because every page works without them."""

    def __init__(self, browser: Browser, rules: TextRules | None = None, pictures: Path | None = None) -> None:
        self._browser, self._rules = browser, rules or TextRules()
        self._pictures = pictures or pictures_folder()

    async def faults(
        self,
        address: str,
        name: str,
        *,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
        status: int = 200,
        most_bytes: int = 150_000,
    ) -> list[str]:
        """What is wrong with a page in both sizes and on paper; empty if nothing is.

        ``cookies`` and ``headers`` go with every request. ``status`` is the answer that is expected, ``most_bytes`` how
        large the page may be. Screenshots are saved under ``name``.
        """
        problems: list[str] = []
        for size in (OFFICE, PHONE):
            context = await self._browser.new_context(
                viewport={"width": size.width, "height": size.height},
                extra_http_headers=dict(headers or {}),
                locale="vi-VN",
            )
            await context.add_cookies([{"name": n, "value": v, "url": address} for n, v in (cookies or {}).items()])
            try:
                problems += [
                    f"{size.name}: {fault}"
                    for fault in await self._of_size(context, address, name, size, status, most_bytes)
                ]
            finally:
                await context.close()
        return problems

    async def faults_of_open(self, page: Page, name: str, scripts: CDPSession | None = None) -> list[str]:
        """What is wrong with a page as it stands, such as a form that was refused; a screenshot is saved.

        ``scripts`` is the session that keeps the page's scripts off.
        """
        await page.screenshot(path=self._pictures / f"{name}.png", full_page=True)
        problems = [*await _layout_faults(page), *await self._text_faults(page)]
        if scripts is not None:
            await scripts.send(SCRIPTS_OFF, {"value": False})  # axe itself is a script
        problems += await axe_faults(page)
        if scripts is not None:
            await scripts.send(SCRIPTS_OFF, {"value": True})
        return problems

    async def _of_size(
        self, context: BrowserContext, address: str, name: str, size: Size, status: int, most_bytes: int
    ) -> list[str]:
        problems: list[str] = []
        own = urlsplit(address).netloc
        page = await context.new_page()
        scripts = await context.new_cdp_session(page)
        await scripts.send(SCRIPTS_OFF, {"value": True})
        page.on("request", lambda request: problems.extend(_outside(request.url, own)))
        page.on("console", lambda message: problems.extend(_complaints(message.type, message.text, status)))
        answer = await page.goto(address)
        assert answer is not None
        if answer.status != status:
            problems.append(f"answered {answer.status}")
        if (weight := len(await answer.body())) > most_bytes:
            problems.append(f"{weight} bytes of HTML, more than {most_bytes}")
        await page.screenshot(path=self._pictures / f"{name}-{size.name}.png", full_page=True)
        problems += await _layout_faults(page)
        if size is OFFICE:
            problems += await _keyboard_faults(page)
            problems += await self._text_faults(page)
        await scripts.send(SCRIPTS_OFF, {"value": False})  # axe itself is a script
        problems += await axe_faults(page)
        if size is OFFICE:
            problems += await self._paper_faults(page, name)
        return problems

    async def _text_faults(self, page: Page) -> list[str]:
        passages = [Passage(text, group) for text, group in await page.evaluate(_PASSAGES)]
        return list(dict.fromkeys(fault for passage in passages for fault in self._rules.faults(passage)))

    async def _paper_faults(self, page: Page, name: str) -> list[str]:
        """A4, upright or across, without navigation, with page numbers, and nothing that is wider than the sheet."""
        await page.emulate_media(media="print")
        pdf = await page.pdf(path=self._pictures / f"{name}.pdf", prefer_css_page_size=True)
        sheets = list(pypdf.PdfReader(io.BytesIO(pdf)).pages)
        across = any(sheet.mediabox.width > sheet.mediabox.height for sheet in sheets)
        await page.set_viewport_size({"width": _PAPER_PIXELS[across], "height": 900})
        await page.screenshot(path=self._pictures / f"{name}-print.png", full_page=True)
        problems = [f"on paper: {fault}" for fault in await _layout_faults(page)]
        for shown in await page.locator("nav, button, [role=search]").all():
            if await shown.is_visible() and await shown.inner_text():
                problems.append(f"on paper: {(await shown.inner_text())[:40]!r} is printed")
        if any(sorted(map(round, sheet.mediabox[2:])) != _A4_POINTS for sheet in sheets):
            problems.append("on paper: not A4")
        if "Trang 1/" not in sheets[0].extract_text():
            problems.append("on paper: no page number")
        return problems


def _outside(url: str, own: str) -> Sequence[str]:
    parts = urlsplit(url)
    return () if parts.scheme == "data" or parts.netloc == own else (f"asks for {url}",)


def _complaints(kind: str, text: str, status: int) -> Sequence[str]:
    """What the browser complains about, but for the answer that is expected."""
    if kind != "error" or (status >= 400 and f"status of {status}" in text):
        return ()
    return (f"the browser says: {text}",)


async def _layout_faults(page: Page) -> list[str]:
    width = await page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return [f"scrolls sideways: {width[0]} pixels in {width[1]}"] if width[0] > width[1] else []


async def axe_faults(page: Page) -> list[str]:
    """What axe-core finds on a page as it is, of moderate impact or more."""
    results = await Axe().run(page, options=_AXE_OPTIONS)
    return [
        f"axe {violation['id']}: {node['html'][:160]}"
        for violation in results.response["violations"]
        if violation["impact"] in _REFUSED_IMPACTS
        for node in violation["nodes"][:3]
    ]


async def _keyboard_faults(page: Page) -> list[str]:
    """The first key leads to the skip link, and every link and field can be reached and has one heading above it."""
    problems = []
    await page.keyboard.press("Tab")
    if not await page.evaluate('document.activeElement.matches(".skip")'):
        problems.append("the first Tab does not reach the skip link")
    if (unreachable := await page.locator('a[tabindex="-1"], button[tabindex="-1"], a:not([href])').count()) > 0:
        problems.append(f"{unreachable} links or buttons that no key reaches")
    if (headings := await page.locator("h1").count()) != 1:
        problems.append(f"{headings} headings of the first level")
    if await page.locator("html[lang=vi]").count() != 1:
        problems.append("the language is not named")
    return problems
