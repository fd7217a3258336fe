"""Every service hears of ended sign-ins; this takes their events out of what the service's own handler applies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.contracts.model import AnyEvent
from shared.contracts.sign_ins import SignInEnded
from shared.runtime.http.sign_in.ended import EndedSignIns
from shared.runtime.kafka.records import DecodedRecord, Handler, Refused


class SignInHandler:
    """A service's handler, and before it the note of each sign-in that has ended."""

    def __init__(self, handler: Handler, ended: EndedSignIns) -> None:
        self._handler, self._ended = handler, ended

    async def refresh(self) -> None:
        """Read the reference data again."""
        await self._handler.refresh()

    def knows(self, event: AnyEvent) -> bool:
        """Whether the plan and units that the event names are loaded; an ended sign-in names none."""
        return type(event) is SignInEnded or self._handler.knows(event)

    async def apply(self, decoded: Sequence[DecodedRecord]) -> Iterable[Refused]:
        """Apply events as the service's handler does."""
        ended = [record.event.data for record in decoded if type(record.event) is SignInEnded]
        if not ended:
            return await self._handler.apply(decoded)
        await self._ended.end(ended)
        return await self._handler.apply([record for record in decoded if type(record.event) is not SignInEnded])
