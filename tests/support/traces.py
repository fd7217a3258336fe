"""Services whose spans are kept in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.runtime.settings import ServiceSettings
from shared.runtime.tracing import Tracing


class Spans:
    """The finished spans of every service that is built while this is installed."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()

    def tracing(self, service: str, share: Decimal = Decimal(1)) -> Tracing:
        """Tracing of a service, of which a share of the requests is traced."""
        return Tracing.to(self._exporter, service, "1.0", share, at_once=True)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Trace the services that are built inside this context, as the setting ``THIDUA_OTLP`` does."""

        def traced(name: str, settings: ServiceSettings) -> Tracing:
            return self.tracing(name, settings.trace_share)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("shared.runtime.foundation._tracing", traced)
            yield

    @property
    def finished(self) -> tuple[ReadableSpan, ...]:
        """The spans in the order in which they ended."""
        return self._exporter.get_finished_spans()

    def of(self, trace_id: int) -> list[ReadableSpan]:
        """The spans of a trace in the order in which they started."""
        spans = [span for span in self.finished if span.context and span.context.trace_id == trace_id]
        return sorted(spans, key=lambda span: span.start_time or 0)

    def clear(self) -> None:
        """Forget the finished spans."""
        self._exporter.clear()


def place(span: ReadableSpan) -> str:
    """The service and the name of a span."""
    return f"{str(span.resource.attributes['service.name']).removeprefix('thidua-')} {span.name}"
