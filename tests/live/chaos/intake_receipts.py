"""Checks that intake keeps each acknowledged report once with its receipt, and published its figures as they are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from shared.contracts.intake import ResultsReported
from shared.contracts.model import Event
from tests.live.chaos.traffic import Report
from tests.live.chaos.verdict import Loss

Accepted = Sequence[tuple[Report, dict[str, Any]]]
"""The accepted reports, each with its receipt."""


async def wrong_receipts(intake: Any, sent: Iterable[Report]) -> tuple[Accepted, list[tuple[Loss, str]]]:
    """The accepted reports, and what is wrong with the receipts: lost, twice, unknown, or a gap in the versions."""
    kept: dict[str, list[dict[str, Any]]] = defaultdict(list)
    versions: dict[str, list[int]] = defaultdict(list)
    async for doc in intake["reports"].find({}, {"receipt": 1, "ledger": 1, "version": 1}):
        receipt = doc["receipt"]
        if [problem["code"] for problem in receipt["problems"]] == ["report_id_reused"]:
            continue
        kept[receipt["report"]].append(receipt)
        if doc.get("ledger"):
            versions[doc["ledger"]].append(doc["version"])
    wrong: list[tuple[Loss, str]] = [
        ("mismatch", f"versions of {ledger}: {sorted(numbers)}")
        for ledger, numbers in versions.items()
        if sorted(numbers) != list(range(1, len(numbers) + 1))
    ]
    accepted: list[tuple[Report, dict[str, Any]]] = []
    for report in sent:
        receipts = kept.pop(report.id, [])
        if len(receipts) > 1:
            wrong.append(("twice", f"{report.id} is in intake {len(receipts)} times"))
        if report.receipt is not None and report.receipt not in receipts:
            wrong.append(("lost", f"{report.id}: acknowledged {report.receipt}, kept {receipts}"))
        for receipt in receipts[-1:]:
            if (receipt["status"] == "accepted") == report.wrong:
                wrong.append(("mismatch", f"{report.id} was {receipt['status']}: {receipt['problems']}"))
            if receipt["status"] == "accepted":
                accepted.append((report, receipt))
    wrong += [("mismatch", f"{unknown} is in intake and nobody sent it") for unknown in kept]
    return accepted, wrong


async def wrong_results(published: AsyncIterator[Event | None], accepted: Accepted) -> list[tuple[Loss, str]]:
    """What is wrong with the results topic: it has every figure that intake has stored, and nothing else."""
    kept = {receipt["id"]: (report, receipt) for report, receipt in accepted}
    by_receipt: dict[str, dict[str, Any]] = defaultdict(dict)
    wrong: list[tuple[Loss, str]] = []
    async for event in published:
        if not isinstance(event, ResultsReported):
            continue
        data = event.data
        if data.receipt not in kept or kept[data.receipt][1]["version"] != data.version:
            wrong.append(("mismatch", f"version {data.version} of {data.report} is published and was never kept"))
            continue
        if by_receipt[data.receipt].setdefault(event.id, data) != data:
            wrong.append(("mismatch", f"{event.id} of {data.report} was published with two contents"))
    for receipt_id, (report, _) in kept.items():
        units = Counter(row.unit for data in by_receipt[receipt_id].values() for row in data.rows)
        if units != Counter(row["unit"] for row in report.rows):
            wrong.append(("lost", f"{report.id}: {len(report.rows)} figures kept, {units.total()} published"))
    return wrong
