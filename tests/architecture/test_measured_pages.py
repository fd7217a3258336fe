"""Every page of the council's desk is measured against a bare route that renders the same rows."""

from __future__ import annotations

import re
from typing import Final

from services.council.access import ROLES
from tests.support.desk_pages import PAGES
from tests.support.form_pages import FORM_PAGES

_NO_PAGE: Final = re.compile(r"^/v1/|/thay-doi$|\{ending\}$")
"""The API, event streams and tables as files."""


def test_every_page_has_a_ratio_in_the_bench() -> None:
    pages = [path for method, path in ROLES if method == "GET" and not _NO_PAGE.search(path)]
    measured = [page.path.partition("?")[0] for page in (*PAGES, *FORM_PAGES)]
    assert [page for page in pages if not any(re.fullmatch(_shape(page), path) for path in measured)] == []


def _shape(route: str) -> str:
    return re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(route))
