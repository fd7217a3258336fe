"""Run a service and record when it reads and writes: ``python -m tests.bench.entry SERVICE --stamps FILE [OPTION…]``.

The service runs through its own ``__main__``. The notebook observes the client libraries, whatever the service does
inside: it records when records of figures are read, when boards are written and when offsets are committed.
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
    """Writes one line for each moment that it records; see ``watched.Stamp``."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.seen = self.documents = self.commands = 0
        self._ends: dict[Any, int] = {}
        self._read = False
        self._writing: dict[int, str] = {}

    def note(self, what: str, seen: int | None = None, **more: float) -> None:
        """Record the current moment."""
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
        """Count a write of the in-memory database, and record it if it is of boards."""
        self.documents += documents
        self.commands += 1
        if collection == _BOARDS:
            self.note("written")

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Count the documents that a command writes."""
        if (rows := _WRITES.get(event.command_name)) and event.command_name in event.command:
            collection = event.command[event.command_name]
            if collection == "probes":
                return
            self.documents += len(event.command.get(rows, ()))
            self.commands += 1
            self._writing[event.request_id] = collection

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Record the moment if the command wrote boards."""
        if self._writing.pop(event.request_id, None) == _BOARDS:
            self.note("written")

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Forget the command: it wrote nothing."""
        self._writing.pop(event.request_id, None)

    def watch(self, hold: Path | None, before: int) -> None:
        """Observe the Kafka client, the database driver and the service.

        With ``hold``, the service reads exactly ``before`` records of figures and no more until the file exists.
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
    """Attach the notebook and run the service."""
    parser = argparse.ArgumentParser()
    parser.add_argument("service")
    parser.add_argument("--stamps", type=Path, required=True)
    parser.add_argument("--memory", action="store_true", help="keep documents in this process instead of a database")
    parser.add_argument("--seed", type=Path, help="a file of units and plans to put into the in-memory database")
    parser.add_argument("--bare", action="store_true", help="consume in a plain loop instead of FastStream")
    parser.add_argument("--hold", type=Path, help="read nothing until this file exists")
    parser.add_argument("--before", type=int, default=0, help="records of figures to read before the hold")
    parser.add_argument("--trace", action="store_true", help="count the bytes in use with tracemalloc")
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
