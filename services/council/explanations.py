"""What supports a unit's results, asked of scoring while a page is made: attendance, cases. A page does without it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final
from urllib.parse import quote

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from shared.runtime.tracing import TRACEPARENT, current_trace

log = structlog.get_logger(__name__)

_PASSED_ON: Final = ("cookie", "authorization", "host")
"""The reader's sign-in, so that scoring shows what this reader may see. The cookie's name depends on the host."""


class ExplainedSection(BaseModel):
    """A part of scoring's explanation: a field, an award, or supporting evidence."""

    title: str
    lines: tuple[str, ...]


class _Explanation(BaseModel):
    sections: tuple[ExplainedSection, ...]


class Explanations:
    """Asks scoring at ``url`` for ``seconds`` at most. With an empty ``url`` nobody is asked."""

    def __init__(self, url: str, seconds: float) -> None:
        self._url, self._seconds = url.rstrip("/"), seconds

    @cached_property
    def _http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=self._seconds, follow_redirects=False)

    async def of(self, movement: str, unit: str, headers: Mapping[str, str]) -> tuple[ExplainedSection, ...] | None:
        """The sections about a unit; None if scoring did not answer in time. ``movement`` is its key."""
        if not self._url:
            return ()
        path = "/".join(quote(part, safe="") for part in (*movement.split("/"), "explain", unit))
        passed_on = {name: headers[name] for name in _PASSED_ON if name in headers}
        if trace := current_trace():
            passed_on[TRACEPARENT] = trace
        try:
            answer = await self._http.get(f"{self._url}/v1/{path}", headers=passed_on)
            answer.raise_for_status()
            return _Explanation.model_validate_json(answer.content).sections
        except (httpx.HTTPError, httpx.InvalidURL, ValidationError) as error:
            log.warning("scoring did not explain a unit", unit=unit, error=repr(error))
            return None
