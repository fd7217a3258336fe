"""Names of persons, asked of intake in the reader's name while a paper is made. Council keeps none of them (L15)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final
from urllib.parse import quote

import httpx
import structlog
from pydantic import TypeAdapter, ValidationError

from services.council.documents.naming import Persons
from shared.contracts.names import MOST_NAMES, PersonName
from shared.runtime.tracing import TRACEPARENT, current_trace

log = structlog.get_logger(__name__)

_PASSED_ON: Final = ("cookie", "authorization", "host")
"""The reader's sign-in, so that intake decides and notes who reads. The cookie's name depends on the host."""
_NAMES: Final = TypeAdapter(list[PersonName])


class PersonNames:
    """Asks intake at ``url`` for ``seconds`` at most. With an empty ``url`` nobody is asked, and there are no names."""

    def __init__(self, url: str, seconds: float) -> None:
        self._url, self._seconds = url.rstrip("/"), seconds

    @cached_property
    def _http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=self._seconds, follow_redirects=False)

    async def of(self, persons: Persons, paper: str, headers: Mapping[str, str]) -> Mapping[str, PersonName] | None:
        """The names by id; None if intake did not give them in time. ``paper`` says which paper they are for.

        ``headers`` are those of the reader's request.
        """
        if not self._url:
            return None
        passed_on = {name: headers[name] for name in _PASSED_ON if name in headers}
        passed_on["purpose"] = quote(paper)
        if trace := current_trace():
            passed_on[TRACEPARENT] = trace
        names: dict[str, PersonName] = {}
        try:
            for first in range(0, len(persons.ids), MOST_NAMES):
                query = {"person": ",".join(persons.ids[first : first + MOST_NAMES]), "kind": ",".join(persons.kinds)}
                answer = await self._http.get(f"{self._url}/v1/persons", params=query, headers=passed_on)
                answer.raise_for_status()
                names |= {name.id: name for name in _NAMES.validate_json(answer.content)}
        except httpx.HTTPStatusError as error:
            log.warning("intake did not give the names for a paper", paper=paper, status=error.response.status_code)
            return None
        except (httpx.HTTPError, httpx.InvalidURL, ValidationError) as error:
            log.warning("intake did not give the names for a paper", paper=paper, error=type(error).__name__)
            return None
        return names
