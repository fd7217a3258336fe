"""The routes of a service and who may use them, as they are found by trying."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import httpx
from fastapi.routing import APIRoute

from services.intake.access.key_store import digest
from shared.contracts.people import ROLE_NAMES

OPEN: Final = {
    *("/livez", "/readyz", "/metrics", "/progress", "/clock", "/static/{name}"),
    *("/dang-nhap", "/dang-xuat", "/dang-nhap/ve", "/dang-nhap/lien-ket/{secret}"),
    *("/docs", "/lich/{secret}.ics"),
}
"""Open to all: probes, the clock of a demo, sign-in, the reference of the routes, calendars at secret addresses."""

KEYS: Final = [{"name": f"Khóa {role}", "role": role, "sha256": digest(role)} for role in ROLE_NAMES]
"""The setting that gives each role a key, which is the role's name."""

_IN_PATHS: Final = {
    "province": "thai-binh",
    "movement": "khac",
    "plan": "38-kh-hdtdkt-2023",
    "session": "P9",
    "opinion": "1",
    "tier": "xa",
}


def address(path: str) -> str:
    """An address of a route, with names in its path that are in no plan but the province's."""
    return re.sub(r"\{(\w+)\}", lambda name: _IN_PATHS.get(name[1], "khong-co"), path)


def routes(of: Iterable[object]) -> Iterator[tuple[str, str]]:
    """Every route among these that is not open, by method and path."""
    for route in of:
        if isinstance(route, APIRoute) and route.path not in OPEN:
            yield from ((method, route.path) for method in route.methods or ())


async def disagreements(
    http: httpx.AsyncClient, table: Mapping[tuple[str, str], frozenset[str]], headers: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Where the service allows other than the table: ``headers`` are what the callers of each role send.

    The role ``""`` is nobody, for whom every route answers 401; a known caller without the right gets 403.
    """
    wrong: list[str] = []
    for (method, path), allowed in table.items():
        for role, sent in headers.items():
            answer = await http.request(method, address(path), headers={**sent, "Accept": "*/*"}, content=b"[")
            expected = "in" if role in allowed else "403" if role else "401"
            got = str(answer.status_code) if answer.status_code in (401, 403) else "in"
            if got != expected:
                wrong.append(f"{method} {path} as {role or 'nobody'}: {answer.status_code}, not {expected}")
    return wrong
