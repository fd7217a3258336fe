"""The command: ``python -m tests.live.chaos [--backend …] [--seed N] [--faults N] [--events N] [--long]``."""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import time
from pathlib import Path
from typing import get_args

import structlog

from deploy.kafka.jars import MissingRequirement, jars
from tests.live.chaos import disk
from tests.live.chaos.arena import Backend
from tests.live.chaos.faults import faults
from tests.live.chaos.run import run

FOLDER = Path(".thidua/chaos")


def main() -> int:
    """Run the suite on each backend. Returns the exit code: 1 if the promise was broken."""
    parser = argparse.ArgumentParser(prog="chaos", description="Attack the promise and check that it is kept.")
    parser.add_argument("--backend", choices=[*get_args(Backend), "both"], default="both")
    parser.add_argument("--seed", type=int, help="repeats a run's load and schedule of faults")
    parser.add_argument("--faults", type=int, help="the number of faults (64; 200 with --long)")
    parser.add_argument("--events", type=int, default=100_000, help="the number of figures to be acknowledged")
    parser.add_argument("--long", action="store_true", help="200 faults, among them a broker stopped for a minute")
    parser.add_argument("--only", action="append", help="a kind of fault to choose from; may be given again")
    parser.add_argument("--kinds", action="store_true", help="list the kinds of fault and stop")
    given = parser.parse_args()
    quiet()
    if given.kinds:
        print("\n".join(faults(long=True)))
        return 0
    if not disk.can_be_full():
        print("disk full: skipped, no file system can be mounted here (Linux, as root)", flush=True)
    backends: list[Backend] = ["embedded", "kafka"] if given.backend == "both" else [given.backend]
    return max(_one(backend, given) for backend in backends)


def quiet() -> None:
    """Silence the clients' logs, because brokers are often down in these runs."""
    for name in ("aiokafka", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _one(backend: Backend, given: argparse.Namespace) -> int:
    seed = random.randrange(1_000_000) if given.seed is None else given.seed
    if backend == "kafka":
        try:
            jars()
        except MissingRequirement as missing:
            print(f"kafka: skipped, no real Apache Kafka here: {missing}", flush=True)
            return 0
    print(f"backend {backend}, seed {seed}", flush=True)
    outcome = asyncio.run(
        run(
            FOLDER / backend,
            backend,
            seed,
            events=given.events,
            faulted=given.faults or (200 if given.long else 64),
            long=given.long,
            only=given.only,
            log=lambda what: print(time.strftime("%H:%M:%S"), what, flush=True),
        )
    )
    print(outcome.summary(), flush=True)
    for broken in outcome.broken[:20]:
        print(f"  {broken}"[:2000], flush=True)
    return 0 if outcome.kept else 1
