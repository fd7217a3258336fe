"""Checks that scoring keeps the last version of each figure and the council's last judgement of each unit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from zlib import decompress

from tests.live.chaos.traffic import Report
from tests.live.chaos.verdict import Loss

_OF_COUNCIL: Final = re.compile("^(judged|decided|awarded):")
"""The subjects under which scoring keeps what the council says."""
_UNWRITTEN: Final = {"listed": True}
"""The default values that a stored figure omits."""


async def wrong_figures(scoring: Any, accepted: Iterable[tuple[Report, dict[str, Any]]]) -> list[tuple[Loss, str]]:
    """The figures that are not the last version that the agency wrote; ``accepted`` are reports with their receipts."""
    wrong: list[tuple[Loss, str]] = []
    last: dict[tuple[str, str, str], tuple[int, dict[str, Any]]] = {}
    for report, receipt in accepted:
        for row in report.rows:
            place = (f"thai-binh/{report.feed.movement}", report.feed.subject, row["unit"])
            last[place] = max(last.get(place, (0, {})), (receipt["version"], row), key=lambda pair: pair[0])
    async for doc in scoring["boards"].find({"subject": {"$not": _OF_COUNCIL}}):
        for unit, figure in json.loads(decompress(doc["rows"])).items():
            version, row = last.pop((doc["movement"], doc["subject"], unit), (0, {}))
            value = {name: figure["value"].get(name, _UNWRITTEN.get(name)) for name in row}
            if (figure["version"], value) != (version, row):
                loss: Loss = "lost" if figure["version"] < version else "mismatch"
                difference = f"kept version {figure['version']} {value}, reported version {version} {row}"
                wrong.append((loss, f"{doc['_id']} {unit}: {difference}"))
    for place, (version, row) in last.items():
        wrong.append(("lost", f"{'/'.join(place)}: nothing kept, reported version {version} {row}"))
    return wrong


async def wrong_judgements(scoring: Any, subject: str, last: Mapping[tuple[str, str], str]) -> list[tuple[Loss, str]]:
    """The judgements under a subject that are not the council's last, by movement and unit."""
    wrong: list[tuple[Loss, str]] = []
    left = dict(last)
    async for doc in scoring["boards"].find({"subject": subject}):
        for unit, figure in json.loads(decompress(doc["rows"])).items():
            judged = left.pop((doc["movement"].partition("/")[2], unit), None)
            if judged != figure["value"]["verdict"]:
                difference = f"kept {figure['value']['verdict']}, judged {judged}"
                wrong.append(("mismatch", f"{doc['_id']} {unit}: {difference}"))
    for movement, unit in left:
        wrong.append(("lost", f"{movement} {unit}: nothing kept, judged {last[movement, unit]}"))
    return wrong
