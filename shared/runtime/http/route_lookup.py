"""Finds the route of a request by its path, instead of trying the patterns of all routes one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

_Key = tuple[int, str, str]
"""How many parts a path has, and its first and last part; a part that is not always the same is empty."""

_VARIABLE: Final = "{"
_SEVERAL_PARTS: Final = ":path}"


class RouteLookup(BaseRoute):
    """Stands before the routes of an app and answers by the first of them that matches; without one it matches nothing.

    The routes themselves stay in the app, which refuses what none of them answers. Trying one after the other was the
    largest single cost of a small page beside its template (0099).
    """

    def __init__(self) -> None:
        self._routes: list[APIRoute] = []
        self._places: dict[_Key, list[int]] = {}

    def add(self, routes: Iterable[BaseRoute]) -> None:
        """Add routes behind those that are there.

        Raises ``ValueError`` for a route whose path may have any number of parts.
        """
        for route in routes:
            if not isinstance(route, APIRoute) or _SEVERAL_PARTS in route.path:
                raise ValueError(f"{route!r} cannot be looked up by the parts of its path")
            self._places.setdefault(_key_of(route.path), []).append(len(self._routes))
            self._routes.append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The route of a request is the entry ``route`` of the scope that is returned."""
        if scope["type"] == "http":
            for route in self._candidates(scope["path"].removeprefix(scope.get("root_path", ""))):
                match, child_scope = route.matches(scope)
                if match is Match.FULL:
                    return match, child_scope
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the route that was found."""
        await scope["route"].handle(scope, receive, send)

    def _candidates(self, path: str) -> list[APIRoute]:
        parts = path.split("/")
        count, first, last = len(parts), parts[1] if len(parts) > 1 else "", parts[-1]
        keys = {(count, first, last), (count, first, ""), (count, "", last), (count, "", "")}
        places = sorted(place for key in keys for place in self._places.get(key, ()))
        return [self._routes[place] for place in places]


def _key_of(path: str) -> _Key:
    parts = path.split("/")
    first, last = ("" if _VARIABLE in part else part for part in (parts[1], parts[-1]))
    return len(parts), first, last
