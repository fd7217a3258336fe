"""Structured logs: one JSON object a line on standard error, in English, without personal data."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from structlog.typing import EventDict

from shared.runtime.tracing import current_trace

_REPEATED_SECONDS: Final = 10.0
_MOST_KEPT: Final = 1000
_QUIET: Final = ("aiokafka", "faststream", "httpx", "pymongo", "uvicorn.access")
_VARYING: Final = frozenset({"timestamp", "retry_in", "trace"})
"""Fields in which repetitions of one message differ."""


class RepeatFilter(logging.Filter):
    """Passes each message of a library once in ten seconds, with the number of repeats left out since.

    The same holds for the services' own warnings and errors that are the same in every field. While a broker is away,
    its client logs that a hundred times a second, and each of a service's tasks says so at every attempt.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._last_passed: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record passes; adds the number of repeats left out to its message, or to its fields."""
        own = isinstance(record.msg, dict)  # from structlog
        if own and record.levelno < logging.WARNING:
            return True
        message, now = (record.name, _identity(record.msg) if own else str(record.msg)), self._clock()
        last, left_out = self._last_passed.pop(message, (-_REPEATED_SECONDS, 0))
        if now - last < _REPEATED_SECONDS:
            self._last_passed[message] = last, left_out + 1
            return False
        if len(self._last_passed) >= _MOST_KEPT:
            del self._last_passed[next(iter(self._last_passed))]
        self._last_passed[message] = now, 0
        if left_out and own:
            record.msg = {**record.msg, "left_out": left_out}  # type: ignore[dict-item]
        elif left_out:
            record.msg += f" (and {left_out} more since)"
        return True


def _identity(fields: object) -> str:
    assert isinstance(fields, dict)
    return repr(sorted((name, repr(value)) for name, value in fields.items() if name not in _VARYING))


def add_trace(_: object, __: str, fields: EventDict) -> EventDict:
    """Name the trace in which a message is logged, so that the messages of all services about one request are found."""
    if trace := current_trace():
        fields["trace"] = trace.split("-")[1]
    return fields


def configure_logs(service: str, level: str) -> None:
    """Set up structlog and route the libraries' logging through it. Called once per process, by ``serve``."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        add_trace,
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
