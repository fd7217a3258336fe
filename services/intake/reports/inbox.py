"""Reports from the agencies' inbox topics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from services.intake.reports.handlers import ReportIntake
from shared.contracts.intake import ReportReceived
from shared.contracts.model import AnyEvent
from shared.contracts.topics import agency_of
from shared.runtime.http import strict_json
from shared.runtime.kafka.records import DecodedRecord, Refused
from shared.runtime.references import References


class Inbox:
    """The handler of reports on the agencies' inbox topics; the topic identifies the sender."""

    def __init__(
        self, intake: ReportIntake, references: References, ensure_topics: Callable[[str], Awaitable[None]]
    ) -> None:
        self._intake = intake
        self._references = references
        self._ensure_topics = ensure_topics

    async def refresh(self) -> None:
        """Read plans and units again."""
        await self._references.refresh()

    def knows(self, event: AnyEvent) -> bool:
        """Always true: a report of an unknown movement does not wait, it is returned."""
        return True

    async def apply(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        """Submit every report. None is refused: each gets an answer, even to an agency that no plan names."""
        for decoded_record in decoded:
            event, record = decoded_record.event, decoded_record.record
            if isinstance(event, ReportReceived):
                agency = agency_of(record.topic)
                await self._ensure_topics(agency)
                flaws = strict_json.flaws(event.id, record.value or b"")
                body = strict_json.tidied_object(event.data)
                await self._intake.submit(agency, event.id, body, record.place, answer=True, flaws=flaws)
        return []
