"""Traces of how one report passes through the services, in the form of W3C Trace Context and OpenTelemetry.

Off unless the setting ``THIDUA_OTLP`` names a collector. A trace begins at a request over HTTP. It is passed on in the
field ``trace`` of documents that have something to publish, and in the header ``traceparent`` of the messages that they
publish. A batch continues the trace of its first record and links to the others. Records without a trace make no span,
so a replay makes none. A span has no query, body, key of a caller or name of a person.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from contextvars import Context, copy_context
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from opentelemetry.context import Context as OtelContext
from opentelemetry.context import attach
from opentelemetry.trace import (
    INVALID_SPAN,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
    Tracer,
    get_current_span,
    set_span_in_context,
)

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

TRACEPARENT: Final = "traceparent"
MOST_LINKS: Final = 16
"""How many traces a span names at most, its parent among them. With 32, tracing cost a batch 2.3 % of its time."""

_FORM: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_UNTRACED: Final = nullcontext()
_INSTRUMENTATION: Final = "thidua"

Headers = tuple[tuple[str, bytes | None], ...]
SpanScope = AbstractContextManager[Span | None]


def current_trace() -> str:
    """The ``traceparent`` of the span at work; empty without one, or if it is not sampled."""
    context = get_current_span().get_span_context()
    if not context.trace_flags.sampled:
        return ""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def untraced() -> Context:
    """A copy of the current context without its span: for a task that works for others than who started it."""
    context = copy_context()
    context.run(attach, set_span_in_context(INVALID_SPAN))
    return context


class Tracing:
    """Makes a service's spans; without a ``tracer`` it makes none and costs nothing."""

    def __init__(
        self, tracer: Tracer | None = None, share: float = 1.0, shut_down: Callable[[], None] = lambda: None
    ) -> None:
        self._tracer, self._share, self.shut_down = tracer, share, shut_down

    @classmethod
    def to(
        cls, exporter: SpanExporter, service: str, release: str, share: Decimal, *, at_once: bool = False
    ) -> Tracing:
        """Tracing of a service; a ``share`` (0 to 1) of the requests that come without a trace begin one.

        Spans are exported in the background, or with ``at_once`` when they end.
        """
        # Here, because the SDK takes a quarter of a second to import and most processes trace nothing.
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
        from opentelemetry.sdk.trace.sampling import DEFAULT_ON

        resource = Resource({"service.name": f"thidua-{service}", "service.version": release})
        provider = TracerProvider(DEFAULT_ON, resource, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(exporter) if at_once else BatchSpanProcessor(exporter))
        return cls(provider.get_tracer(_INSTRUMENTATION, release), float(share), provider.shutdown)

    @property
    def on(self) -> bool:
        """Whether spans are made."""
        return self._tracer is not None

    def request(self, name: str, traceparent: str) -> SpanScope:
        """The span of a request, which continues the caller's trace or, for a share of the others, begins one.

        Whether it begins one is decided here: the SDK would make objects for those that it leaves out.
        """
        if self._tracer is None:
            return _UNTRACED
        caller = _parsed(traceparent)
        if caller is None and random.random() >= self._share:  # noqa: S311 - a sample, not a secret
            return _UNTRACED
        parent = set_span_in_context(NonRecordingSpan(caller) if caller else INVALID_SPAN)
        return self._started(name, parent, SpanKind.SERVER, ())

    def continuing(self, name: str, traces: Iterable[str], kind: SpanKind = SpanKind.INTERNAL) -> SpanScope:
        """The span of work that continues these traces: it belongs to the first and links to the others.

        No span if there is no trace. At most ``MOST_LINKS`` are named.
        """
        if self._tracer is None:
            return _UNTRACED
        contexts = [context for trace in _first(traces) if (context := _parsed(trace)) is not None]
        if not contexts:
            return _UNTRACED
        parent = set_span_in_context(NonRecordingSpan(contexts[0]))
        links = [Link(context) for context in contexts[1:]]
        return self._started(name, parent, kind, links)

    def _started(self, name: str, parent: OtelContext, kind: SpanKind, links: Iterable[Link]) -> SpanScope:
        """Exceptions are left out, because their texts may hold what a person wrote."""
        assert self._tracer is not None
        return self._tracer.start_as_current_span(
            name, parent, kind, links=[*links], record_exception=False, set_status_on_exception=False
        )

    def consuming(self, headers: Iterable[Headers]) -> SpanScope:
        """The span of a batch of records that have these headers."""
        if self._tracer is None:
            return _UNTRACED
        return self.continuing("consume", map(trace_of, headers), SpanKind.CONSUMER)


def trace_of(headers: Headers) -> str:
    """The ``traceparent`` among a record's headers; empty without one. It may be malformed."""
    for name, value in headers:
        if name == TRACEPARENT and value is not None:
            return value.decode("ascii", errors="replace")
    return ""


def with_trace(headers: Headers, trace: str) -> Headers:
    """The headers of a message with the trace of the document that publishes it, unless they have one already."""
    return headers if trace_of(headers) else (*headers, (TRACEPARENT, trace.encode()))


def _first(traces: Iterable[str]) -> Iterable[str]:
    """The first ``MOST_LINKS`` different traces that are not empty."""
    different: dict[str, None] = {}
    for trace in traces:
        if trace:
            different[trace] = None
            if len(different) == MOST_LINKS:
                break
    return different


def _parsed(traceparent: str) -> SpanContext | None:
    """The span that a ``traceparent`` names (W3C Trace Context, version 00); None if it is malformed."""
    match = _FORM.fullmatch(traceparent)
    if match is None:
        return None
    return SpanContext(int(match[1], 16), int(match[2], 16), is_remote=True, trace_flags=TraceFlags(int(match[3], 16)))
