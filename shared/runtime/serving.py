"""A service as a process: it serves its app until it is told to stop."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import uvicorn

from shared.runtime.app import STOP_SECONDS, Service
from shared.runtime.logs import configure_logs
from shared.runtime.settings import ServiceSettings

_OBJECTS_BEFORE_LOOKING = (100_000, 50, 100)
"""Plans, registers and a batch of figures live long and hold no cycles: to go over all of them again and again for
garbage takes a fifth of a large report's time."""


def serve(service: str, settings: ServiceSettings, build: Callable[[Any], Service]) -> None:
    """Run a service until it is told to stop. Exits 1 where it could not go on, so that it is started again."""
    configure_logs(service, settings.log_level)
    built = build(settings)
    config = uvicorn.Config(
        built.api,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=int(STOP_SECONDS),
    )
    server = uvicorn.Server(config)

    def leave() -> None:
        server.should_exit = True

    built.on_failure = leave
    gc.freeze()
    gc.set_threshold(*_OBJECTS_BEFORE_LOOKING)
    server.run()
    if built.failed:
        sys.exit(1)
