"""A service as a process, which serves the service's app until it gets a signal to stop."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from socket import socket
from typing import Any, TypeVar

import uvicorn
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.runtime.app import Service
from shared.runtime.http.server_protocol import ConnectionLimits, protocol_with
from shared.runtime.kafka.stopping import STOP_SECONDS
from shared.runtime.logs import configure_logs
from shared.runtime.secret_files import FOLDER, secrets_of
from shared.runtime.settings import ServiceSettings

_GC_THRESHOLDS = (100_000, 50, 100)
"""Plans, registers and a batch of figures live long and hold no cycles; with Python's default thresholds the collector
scans them again and again, which takes a fifth of the time of a large report."""


S = TypeVar("S", bound=ServiceSettings)


class _Server(uvicorn.Server):
    """A server that also stops when its service cannot go on."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop serving. A page's event stream would otherwise hold up the end as long as it may."""
        self._service.page_changes.stop()
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop; uvicorn calls it ten times a second."""
        return await super().on_tick(counter) or self._service.failed


def read_settings(name: str, kind: type[S]) -> S:
    """A service's settings from the environment and from the files that it names (``shared.runtime.secret_files``).

    Exits with 1 and a sentence for every one that is missing or wrong.
    """
    try:
        os.environ.update(secrets_of(os.environ))
    except OSError as error:
        sys.exit(f"{name} cannot start: {FOLDER}: {error.strerror}.")
    try:
        return kind()
    except ValidationError as error:
        problems = [_problem(details, kind) for details in error.errors(include_url=False, include_input=False)]
        sys.exit("\n".join(f"{name} cannot start: {problem}." for problem in problems))


def _problem(details: ErrorDetails, kind: type[ServiceSettings]) -> str:
    """What is wrong with one setting; never its value, which may be a password."""
    field = str(next(iter(details["loc"]), ""))
    variable = f"{kind.model_config['env_prefix']}{field.upper()}"
    if details["type"] == "missing":
        return f"set {variable}, {kind.model_fields[field].description}"
    return f"{variable}: {details['msg']}" if field else details["msg"]


def serve(name: str, kind: type[ServiceSettings], build: Callable[[Any], Service]) -> None:
    """Run a service with the settings of the environment until the process gets a signal to stop.

    Exits with 1 when the service could not go on, so that it is started again, and when a setting is missing or wrong.
    """
    settings = read_settings(name, kind)
    configure_logs(name, settings.log_level)
    service = build(settings)
    limits = ConnectionLimits(settings.header_seconds, settings.body_seconds, settings.idle_seconds)
    config = uvicorn.Config(
        service.api,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        http=protocol_with(limits),
        timeout_graceful_shutdown=int(STOP_SECONDS),
    )
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    gc.enable()
    _Server(config, service).run()
    if service.failed:
        sys.exit(1)
