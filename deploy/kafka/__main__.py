"""``python -m deploy.kafka``: a real Apache Kafka until Ctrl-C, to try `thidua agency add` on."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from deploy.kafka.harness import ADMIN, RealKafka
from deploy.kafka.jars import MissingRequirement
from deploy.stack.folders import FolderNotOurs
from deploy.stack.part import PartDied


async def main() -> int:
    """Start Kafka, print how to reach it, and wait for a signal. Returns the exit code."""
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    try:
        async with RealKafka(Path(".thidua/kafka")) as kafka:
            print(f"export THIDUA_KAFKA_ADMIN_PASSWORD={kafka.password}")
            print(f"thidua agency add so-noi-vu --kafka {kafka.tls_address} --admin {ADMIN} --ca {kafka.certificate}")
            print("Ctrl-C …", flush=True)
            await stop.wait()
    except (MissingRequirement, FolderNotOurs, PartDied, TimeoutError) as error:
        print(f"thidua: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
