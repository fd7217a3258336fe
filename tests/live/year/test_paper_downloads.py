"""The papers of the played year's last session in a browser, and an upload that is far too large."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import docx
import httpx
import pytest
from playwright.async_api import Browser, Page
from pypdf import PdfReader

from tests.support.played_year import Played

PAPERS = "/van-ban?phien=thai-binh/38-kh-hdtdkt-2023/P4"
SCAN = "/v1/sessions/thai-binh/38-kh-hdtdkt-2023/P4/papers/minutes/scan"
LARGE = 200 * 1024 * 1024
PART = 1024 * 1024


async def taken(page: Page, address: str) -> bytes:
    """The file behind a link of the page, as the browser saves it."""
    async with page.expect_download(timeout=120_000) as saving:
        await page.locator(f'a[href="{address}"]').first.evaluate("link => link.click()")
    path = await (await saving.value).path()
    return path.read_bytes()


def opened(file: str, content: bytes) -> str:
    """The text of a file; a file that is not what its name says fails to open."""
    if file.endswith(".pdf"):
        return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    if file.endswith(".docx"):
        body = docx.Document(io.BytesIO(content)).element.body
        return "".join(body.itertext())
    if file.endswith(".csv"):
        return content.decode("utf-8-sig")
    return " ".join(zipfile.ZipFile(io.BytesIO(content)).namelist())


@pytest.mark.apart
async def test_the_browser_downloads_every_paper_and_table_of_a_session_and_each_opens(
    played: Played, browser: Browser
) -> None:
    """Of each kind the first, as PDF and Word; then the bundles, which are made while the browser waits."""
    stack = played.stack
    context = await browser.new_context(
        extra_http_headers={"Authorization": f"Bearer {stack.desk_key}"}, accept_downloads=True
    )
    page = await context.new_page()
    await page.goto(stack.urls["council"] + PAPERS)
    addresses = await page.eval_on_selector_all("a", "links => links.map(link => link.getAttribute('href'))")
    files = list(dict.fromkeys(a for a in addresses if re.search(r"/(papers|tables)/[^/]+\.(pdf|docx|csv|xlsx)$", a)))
    first_of = {_kind_and_ending(file): file for file in reversed(files)}
    assert len(first_of) > 30
    for file in first_of.values():
        text = opened(file, await taken(page, file))
        assert len(text) > 40, file
        assert "None" not in text, file
    for name, part in (("bundle.pdf", "MỤC LỤC"), ("bundle.zip", "minutes.docx")):
        await page.goto(stack.urls["council"] + PAPERS)
        await page.locator(f'a[href$="/tep/{name}"]').first.click()
        if await page.locator("main form button").count():
            await page.locator("main form button").first.click()
        link = page.locator(f'a[href$="/papers/{name}"]')
        await link.wait_for(timeout=120_000)
        assert part in opened(name, await taken(page, str(await link.get_attribute("href"))))
    await context.close()


async def test_an_upload_of_200_megabytes_is_refused_while_it_comes_and_is_never_in_memory(played: Played) -> None:
    stack = played.stack
    process = stack.parts["council"].process
    assert process is not None
    before = _most_memory(process.pid)
    sent = 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(LARGE // PART):
            sent += PART
            yield b"%PDF-1.7\n".ljust(PART, b"x")

    headers = {"Authorization": f"Bearer {stack.desk_key}", "Content-Type": "application/pdf"}
    async with httpx.AsyncClient(base_url=stack.urls["council"], headers=headers, timeout=120) as http:
        answer = await http.put(SCAN, content=parts())
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        life = (await http.get(SCAN.replace("/scan", "/life"))).json()
    assert life["state"] == "draft"
    assert _most_memory(process.pid) - before < 60 * 1024 * 1024


def _kind_and_ending(address: str) -> tuple[str, str]:
    """ "ballot" and "pdf" of ``…/ballot-<movement>-<award>.pdf``."""
    name, _, ending = address.rpartition("/")[2].rpartition(".")
    return name.partition("-")[0], ending


def _most_memory(pid: int) -> int:
    """The most memory that a process has had, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    most = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert most is not None
    return int(most[1]) * 1024
