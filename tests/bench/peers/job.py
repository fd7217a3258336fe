"""What the jobs of all peers share: decoding figures, writing boards, and printing the measured time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any

from pymongo import MongoClient, UpdateOne

Order = list[Any]
"""The order of a unit's figures: by the time received, then by version."""


@dataclass(frozen=True, slots=True)
class Change:
    """A figure to be written to its board."""

    board: str
    unit: str
    order: Order
    figure: dict[str, Any]


def read(value: bytes) -> list[Change]:
    """The figures in a record."""
    event = json.loads(value)
    data = event["data"]
    board = f"{event['subject']}/{data['field'] or data['kind']}/{data['tier']}/{data['page']}"
    order = [data["received_at"], data["version"]]
    return [
        Change(board, row["unit"], order, {**row, "version": data["version"], "event": event["id"]})
        for row in data["rows"]
    ]


class Boards:
    """The boards in the database. Each batch makes one write for each board."""

    def __init__(self, mongo: str, database: str) -> None:
        client: Any = MongoClient(mongo, w="majority", journal=True, tz_aware=True)
        self._boards = client[database]["boards"]

    def write(self, changes: Iterable[Change]) -> None:
        """Write the figures to their boards."""
        fresh: dict[str, dict[str, Any]] = {}
        for change in changes:
            fresh.setdefault(change.board, {})[f"rows.{change.unit}"] = change.figure
        if fresh:
            self._boards.bulk_write(
                [UpdateOne({"_id": board}, {"$set": rows}, upsert=True) for board, rows in fresh.items()]
            )


class Clock:
    """Prints the time of ``records`` from the first read to the last written, then ends the process.

    It ends the process at once, because the orderly shutdown of a peer may take long and is not measured.
    """

    def __init__(self, records: int) -> None:
        self._left = self._records = records
        self._began: tuple[float, float] | None = None

    def read(self) -> None:
        """Note the first record."""
        self._began = self._began or (perf_counter(), process_time())

    def written(self, n: int) -> None:
        """Count finished records."""
        self._left -= n
        if self._left <= 0:
            wall, cpu = self._began or (0.0, 0.0)
            result = {"seconds": perf_counter() - wall, "cpu": process_time() - cpu, "events": self._records}
            os.write(1, f"\n{json.dumps(result)}\n".encode())  # some peers redirect sys.stdout
            os._exit(0)
