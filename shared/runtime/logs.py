"""Structured logs: one JSON object a line on standard error, in English, without personal data."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Any

import structlog

_REPEATED_SECONDS = 10.0
_QUIET = ("aiokafka", "faststream", "httpx", "pymongo", "uvicorn.access")


class RepeatFilter(logging.Filter):
    """Passes each message of a library once in ten seconds, with the number of repeats left out since.

    While a broker is away, its client logs that a hundred times a second. The services' own messages all pass.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._last_passed: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record passes; adds the number of repeats left out to its message."""
        if not isinstance(record.msg, str):
            return True  # from structlog: a mapping
        message, now = (record.name, record.msg), self._clock()
        last, left_out = self._last_passed.get(message, (-_REPEATED_SECONDS, 0))
        if now - last < _REPEATED_SECONDS:
            self._last_passed[message] = last, left_out + 1
            return False
        self._last_passed[message] = now, 0
        if left_out:
            record.msg += f" (and {left_out} more since)"
        return True


def configure_logs(service: str, level: str) -> None:
    """Set up structlog and route the libraries' logging through it. Called once per process, by ``serve``."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    handler.addFilter(RepeatFilter())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    structlog.contextvars.bind_contextvars(service=service)
