"""The ledgers reported to recently, as this process last saw them, so that they are not read for every report.

Another process may have written to a ledger since. A version decided on a stale ledger is taken already: its insert
fails, and the ledger is forgotten and read again. A decision that claims no version needs a ledger that was just read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from services.intake.context import Ledger
from services.intake.reports.state import AcceptedReport, IntakeOutcome
from services.intake.reports.store import ReportStore
from shared.caching import Cache

_MAX_LEDGERS = 256


class LedgerCache:
    """A cache of ledgers by key; at most 256, least recently written first to go."""

    def __init__(self, reports: ReportStore) -> None:
        self._reports = reports
        self._ledgers = Cache[str, Ledger](_MAX_LEDGERS)

    async def get(self, ledger_ids: Iterable[str]) -> tuple[dict[str, Ledger], frozenset[str]]:
        """The ledgers by key, cached or read, and the keys of those just read."""
        wanted = dict.fromkeys(ledger_ids)
        missing = [ledger_id for ledger_id in wanted if ledger_id not in self._ledgers]
        read = dict(zip(missing, await asyncio.gather(*map(self._reports.ledger, missing)), strict=True))
        ledgers = {
            ledger_id: read[ledger_id] if ledger_id in read else self._ledgers[ledger_id] for ledger_id in wanted
        }
        return ledgers, frozenset(read)

    def record(self, outcome: IntakeOutcome) -> None:
        """Keep the ledger that includes a report which was stored."""
        ledger_id = outcome.parsed.ledger_id
        if ledger_id and isinstance(outcome.decision, AcceptedReport):
            self._ledgers.keep(ledger_id, outcome.decision.ledger)

    def forget(self, ledger_ids: Iterable[str]) -> None:
        """Drop ledgers that may be stale."""
        for ledger_id in ledger_ids:
            self._ledgers.pop(ledger_id, None)
