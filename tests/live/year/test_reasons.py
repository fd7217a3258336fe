"""Every figure of the council's pages leads to its reason, and the reason opens."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from typing import Final

import httpx
import pytest

from tests.support.desk_pages import PAGES
from tests.support.played_year import Played

_REASON: Final = re.compile(r'href="(/vi-sao/[^"#]+)')


@pytest.mark.apart
async def test_every_reason_that_a_page_leads_to_opens(played: Played) -> None:
    headers = {"Authorization": f"Bearer {played.stack.desk_key}", "Accept": "text/html"}
    async with httpx.AsyncClient(base_url=played.stack.urls["council"], headers=headers, timeout=30) as http:
        pages = [await http.get(page.path) for page in PAGES]
        reasons = sorted({unescape(link) for page in pages for link in _REASON.findall(page.text)})
        assert len(reasons) > 100
        for start in range(0, len(reasons), 8):
            group = reasons[start : start + 8]
            answers = await asyncio.gather(*(http.get(reason) for reason in group))
            assert [(answer.url.path, answer.status_code) for answer in answers if answer.status_code != 200] == []
            assert all("<h1>Vì sao?" in answer.text for answer in answers)
