"""A service as it is, with a notebook: ``python -m tests.bench.entry SERVICE --stamps FILE [--memory] [--bare]``.

It is started by its own ``__main__``. What is noted is seen at the client libraries' surface, so that it holds whatever
the service does inside: when records of figures came, when writes were done, when offsets were committed.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import runpy
import time
import tracemalloc
from functools import wraps
from pathlib import Path
from typing import Any, TextIO

from aiokafka import AIOKafkaConsumer
from pymongo import monitoring

from shared.contracts.topics import RESULTS
from shared.runtime.app import Service

_BOARDS = "boards"
_WRITES = {"insert": "documents", "update": "updates", "delete": "deletes"}


class Notebook(monitoring.CommandListener):
    """Writes a line a moment; see ``watched.Stamp``."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.seen = self.documents = self.commands = 0
        self._ends: dict[Any, int] = {}
        self._read = False
        self._writing: dict[int, str] = {}

    def note(self, what: str, seen: int | None = None, **more: float) -> None:
        """Note the current moment."""
        self._out.write(
            json.dumps(
                {
                    "what": what,
                    "at": time.monotonic(),
                    "cpu": time.process_time(),
                    "seen": self.seen if seen is None else seen,
                    "documents": self.documents,
                    "commands": self.commands,
                    **more,
                }
            )
            + "\n"
        )
        self._out.flush()

    def wrote(self, documents: int, collection: str) -> None:
        """Count a write."""
        self.documents += documents
        self.commands += 1
        if collection == _BOARDS:
            self.note("written")

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Count what a command writes."""
        if (rows := _WRITES.get(event.command_name)) and event.command_name in event.command:
            collection = event.command[event.command_name]
            if collection == "probes":
                return
            self.documents += len(event.command.get(rows, ()))
            self.commands += 1
            self._writing[event.request_id] = collection

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Note the write of a board."""
        if self._writing.pop(event.request_id, None) == _BOARDS:
            self.note("written")

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing was."""
        self._writing.pop(event.request_id, None)

    def watch(self, hold: Path | None, before: int) -> None:
        """Observe the client and the service.

        After ``before`` records of figures, and not one more, nothing is read until the file ``hold`` is there.
        """
        pending_hold = hold
        monitoring.register(self)
        getmany, commit, progress = AIOKafkaConsumer.getmany, AIOKafkaConsumer.commit, Service.progress

        @wraps(getmany)
        async def noted_getmany(consumer: AIOKafkaConsumer, *args: Any, **options: Any) -> Any:
            nonlocal pending_hold
            if pending_hold is not None and self.seen >= before:
                if not pending_hold.exists():
                    await asyncio.sleep(options.get("timeout_ms", 0) / 1000)
                    return {}
                pending_hold, self._read = None, False
            elif pending_hold is not None:
                options["max_records"] = min(options.get("max_records") or before, before - self.seen)
            batches = await getmany(consumer, *args, **options)
            if ends := {
                p: records[-1].offset + 1 for p, records in batches.items() if p.topic == RESULTS.name and records
            }:
                if not self._read:
                    self._read = True
                    self.note("read")
                self._ends |= ends
                self.seen = sum(self._ends.values())
            return batches

        @wraps(commit)
        async def noted_commit(consumer: AIOKafkaConsumer, *args: Any, **options: Any) -> Any:
            seen = self.seen
            done = await commit(consumer, *args, **options)
            if seen:
                self.note("committed", seen)
            return done

        @wraps(progress)
        async def noted_progress(service: Service) -> Any:
            answer = await progress(service)
            if tracemalloc.is_tracing():
                gc.collect()
                self.note("asked", memory=tracemalloc.get_traced_memory()[0])
            else:
                self.note("asked")
            return answer

        AIOKafkaConsumer.getmany = noted_getmany
        AIOKafkaConsumer.commit = noted_commit
        Service.progress = noted_progress  # type: ignore[method-assign,assignment]


def main() -> None:
    """Install the notebook and run the service."""
    parser = argparse.ArgumentParser()
    parser.add_argument("service")
    parser.add_argument("--stamps", type=Path, required=True)
    parser.add_argument("--memory", action="store_true", help="documents are kept in this process")
    parser.add_argument("--seed", type=Path, help="units and plans that are in its database beforehand")
    parser.add_argument("--bare", action="store_true", help="a loop around the client in place of FastStream")
    parser.add_argument("--hold", type=Path, help="read no further before this file is there")
    parser.add_argument("--before", type=int, default=0, help="records of figures that are read all the same")
    parser.add_argument("--trace", action="store_true", help="count the bytes that are held")
    args = parser.parse_args()
    with args.stamps.open("w") as out:
        notebook = Notebook(out)
        notebook.watch(args.hold, args.before)
        if args.memory:
            from tests.bench.memory import keep_in_memory

            keep_in_memory(notebook.wrote)
        if args.seed:
            from tests.bench.seeding import seed_memory

            seed_memory(args.service, args.seed)
        if args.bare:
            from tests.bench.bare import drive_bare

            drive_bare()
        if args.trace:
            tracemalloc.start()
        runpy.run_module(f"services.{args.service}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
