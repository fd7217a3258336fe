"""When reports came: the instant at which each became complete, as intake's receipts state it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from shared.contracts.model import local
from shared.contracts.receipts import Receipt

CompleteReport = tuple[str, str, str]
"""(movement, duty, account) of a complete report."""


class ReportArrival(NamedTuple):
    """When a report became complete (an aware instant), and the last local day on which it was in time.

    ``last_day`` has the extension in it that was granted in time; None where the receipt has no last day.
    """

    at: datetime
    last_day: date | None

    def days_late(self, planned: date) -> int:
        """By how many calendar days it came late; 0 if in time. ``planned`` counts where ``last_day`` is None."""
        return max((local(self.at).date() - (self.last_day or planned)).days, 0)


Arrivals = Mapping[CompleteReport, ReportArrival]


def arrival_fields(receipt: Receipt) -> dict[str, str | None]:
    """What is stored of a receipt beside whether its report is complete."""
    last_day = receipt.last_day.isoformat() if receipt.last_day else None
    at = receipt.complete_at.isoformat() if receipt.complete_at else None
    return {"complete_at": at, "last_day": last_day}


def arrivals_in(movement: str, rows: Iterable[Mapping[str, str | None]]) -> Arrivals:
    """The complete reports among a movement's stored receipts. A row that an earlier release stored has no instant."""
    return {
        (movement, row["duty"] or "", row["account"] or ""): _arrival(at, row["last_day"])
        for row in rows
        if (at := row.get("complete_at"))
    }


def pack_arrivals(arrivals: Arrivals) -> str:
    """The arrivals as JSON text, in the order of their keys."""
    rows = [
        [*key, arrival.at.isoformat(), arrival.last_day.isoformat() if arrival.last_day else None]
        for key, arrival in sorted(arrivals.items())
    ]
    return json.dumps(rows, ensure_ascii=False)


def unpack_arrivals(text: str) -> dict[CompleteReport, ReportArrival]:
    """The arrivals in a text of ``pack_arrivals``."""
    return {(movement, duty, account): _arrival(*given) for movement, duty, account, *given in json.loads(text)}


def _arrival(at: str, last_day: str | None) -> ReportArrival:
    return ReportArrival(datetime.fromisoformat(at), date.fromisoformat(last_day) if last_day else None)
