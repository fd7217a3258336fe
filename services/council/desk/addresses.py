"""The addresses of the desk's pages, below the prefix at which a proxy serves them. Pure."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlencode

CRITERIA: Final = "/tieu-chuan"
RANKING: Final = "/xep-hang"
NOMINATIONS: Final = "/de-nghi"
SEARCH: Final = "/tim"
TABLE_FORMATS: Final = {"xlsx": "Excel", "csv": "CSV"}
"""The formats of tables, by the ending of their file."""

PAPERS: Final = "/van-ban"
SESSIONS: Final = "/phien"
SESSION: Final = f"{SESSIONS}/{{province}}/{{plan}}/{{session}}"
"""The route of a session's page."""


def with_query(path: str, **parameters: str | None) -> str:
    """A path with its parameters, whose underscores become hyphens; those without a value are left out."""
    given = {name.replace("_", "-"): value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def tables(path: str, **parameters: str | None) -> tuple[tuple[str, str], ...]:
    """What the table of a page can be taken as, with the page's filter: pairs of a name and an address."""
    return tuple((name, with_query(f"{path}.{ending}", **parameters)) for ending, name in TABLE_FORMATS.items())


def why(movement: str, unit: str, award: str | None = None, criterion: str | None = None) -> str:
    """The evidence chain of a unit: of everything, of an award, or of one criterion of it.

    ``movement`` is ``<province>/<movement>``.
    """
    path = f"/vi-sao/{'/'.join(quote(part, safe='') for part in (*movement.split('/'), unit))}"
    address = with_query(path, hinh_thuc=award)
    return f"{address}#{criterion}" if criterion else address
