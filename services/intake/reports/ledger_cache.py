"""What stands last in each ledger, as this process knows it, so that it is not read anew for every report.

Another process may have gone on meanwhile. Who writes the next version on what is known here finds it taken then,
forgets and reads; so what is known may be old, but nothing is ever written on it. What is not written as a version
has to be decided on what was just read.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable

from services.intake.context import IntakeOutcome, Ledger, Taken
from services.intake.reports.store import Reports

_MOST = 256


class LedgerCache:
    """The ledgers reported to lately."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports
        self._known: OrderedDict[str, Ledger] = OrderedDict()

    async def of(self, ledger_ids: Iterable[str]) -> tuple[dict[str, Ledger], frozenset[str]]:
        """Each ledger as far as it is known, and which of them were just read."""
        wanted = dict.fromkeys(ledger_ids)
        unknown = [each for each in wanted if each not in self._known]
        read = dict(zip(unknown, await asyncio.gather(*map(self._reports.ledger, unknown)), strict=True))
        return {each: read[each] if each in read else self._known[each] for each in wanted}, frozenset(read)

    def stands(self, decided: IntakeOutcome) -> None:
        """A report was written."""
        if decided.draft.ledger and isinstance(decided.outcome, Taken):
            self._known[decided.draft.ledger] = decided.outcome.ledger
            self._known.move_to_end(decided.draft.ledger)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)

    def forget(self, ledger_ids: Iterable[str]) -> None:
        """What may be otherwise by now."""
        for each in ledger_ids:
            self._known.pop(each, None)
