"""Query parameters that a route does not have, or that are given twice: refused, because ignoring them would mislead.

A list that is asked for with a mistyped filter would look like a filtered one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from fastapi import Request
from fastapi.dependencies.models import Dependant

from shared.runtime.http.problems import Refusal

_MAX_SHOWN = 40
_MAX_NAMED = 5


async def check_query(request: Request) -> None:
    """A FastAPI dependency for every route: its query has only parameters that the route reads, each once.

    Raises ``Refusal`` with 422 otherwise.
    """
    if request.scope["query_string"]:
        check_names(request, list(named_in(request.scope["route"].dependant)))


def check_names(request: Request, usable: Sequence[str]) -> None:
    """As ``check_query``, of a request with a query to a route that reads these parameters."""
    given = Counter(name for name, _ in request.query_params.multi_items())
    unknown = [name for name in given if name not in usable]
    repeated = [name for name, times in given.items() if times > 1 and name in usable]
    if not unknown and not repeated:
        return
    if unknown:
        code, what = "unknown_parameter", f"Địa chỉ này không có tham số {_quoted(unknown)}"
        advice = f"các tham số dùng được: {', '.join(usable)}" if usable else "địa chỉ này không nhận tham số nào"
        detail = f"{what}; {advice}."
    else:
        code, detail = "parameter_twice", f"Tham số {_quoted(repeated)} chỉ được ghi một lần."
    errors = [{"pointer": f"/query/{_shown(name)}", "message": detail} for name in (unknown or repeated)[:_MAX_NAMED]]
    raise Refusal(422, code, detail, errors=errors)


def named_in(dependant: Dependant) -> Iterator[str]:
    """The names of the query parameters of a route and its dependencies."""
    yield from (field.alias for field in dependant.query_params)
    for dependency in dependant.dependencies:
        yield from named_in(dependency)


def _quoted(names: list[str]) -> str:
    return ", ".join(f"“{_shown(name)}”" for name in names[:_MAX_NAMED])


def _shown(name: str) -> str:
    """A name that may stand in an answer: what a program sends may hold anything."""
    return name if name.isprintable() and len(name) <= _MAX_SHOWN else ascii(name)[1:-1][:_MAX_SHOWN]
