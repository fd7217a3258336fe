"""Back-pressure: HTTP accepts nothing new while too much work is waiting."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from fastapi import Depends

from services.intake.access.callers import Callers
from services.intake.settings import IntakeSettings
from shared.runtime.http.problems import Refusal
from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS
from shared.runtime.readiness import with_timeout

_COUNT_SECONDS = 1.0
"""How long a count is used before it is taken again."""
_RETRY_SECONDS = 5
_TIMEOUT_SECONDS = 1.0


class Backlog:
    """The work that is waiting; each count is taken once a second at most.

    ``unsent`` counts the documents with unpublished events, which hold up every agency. ``waiting`` counts the records
    in one agency's inbox, which hold up that agency only.
    """

    def __init__(
        self,
        unsent: Callable[[], Awaitable[int]],
        waiting: Callable[[str], Awaitable[int | None]],
        callers: Callers,
        settings: IntakeSettings,
    ) -> None:
        self._unsent, self._waiting, self._settings = unsent, waiting, settings
        self._counts: dict[str, tuple[int, float]] = {}

        async def require_capacity(agency: str = Depends(callers.agency)) -> str:
            await self._require_capacity(agency)
            return agency

        self.require_capacity = require_capacity
        """A FastAPI dependency for routes that accept an agency's work: the agency's code.

        Raises ``Refusal`` with 429 while too much is waiting. A route that takes the agency from here names it once;
        the framework walks through a dependency again each time it is named, even if it has its value already.
        """

    async def _require_capacity(self, agency: str) -> None:
        unsent = await self._count("", self._unsent)
        waiting = await self._count(agency, lambda: self._waiting(agency))
        if unsent >= self._settings.most_unsent or waiting >= self._settings.most_waiting:
            detail = "Hệ thống đang xử lý các báo cáo đã nhận; hãy gửi lại sau ít giây với cùng mã báo cáo."
            raise Refusal(429, "busy", detail, retry_after=_RETRY_SECONDS)

    async def _count(self, what: str, count: Callable[[], Awaitable[int | None]]) -> int:
        last, expires_at = self._counts.get(what, (0, 0.0))
        if (now := time.monotonic()) < expires_at:
            return last
        self._counts[what] = last, now + _COUNT_SECONDS  # requests in the meantime use the last count
        with suppress(*TRANSIENT_BROKER_ERRORS):  # a broker outage does not stop reporting
            new: int | None = await with_timeout(count(), _TIMEOUT_SECONDS)
            last = new or 0
        self._counts[what] = last, now + _COUNT_SECONDS
        return last
