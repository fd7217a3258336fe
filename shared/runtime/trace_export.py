"""Sends spans to an OpenTelemetry collector: OTLP over HTTP, encoded as JSON.

The exporters of OpenTelemetry bring protobuf and an HTTP client of their own into the image; this needs only ours.
Identifiers are hexadecimal and 64-bit numbers are texts, as OTLP's JSON encoding requires.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import httpx
import msgspec
import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanContext
from opentelemetry.util.types import Attributes

from shared.contracts.json_values import JsonObject, JsonValue

log = structlog.get_logger(__name__)

_SECONDS: Final = 5.0
_JSON: Final = {"Content-Type": "application/json"}


class OtlpJsonExporter(SpanExporter):
    """Posts spans to ``<collector>/v1/traces``. Spans that the collector does not take are dropped."""

    def __init__(self, collector: str) -> None:
        self._url = f"{collector.rstrip('/')}/v1/traces"
        self._http = httpx.Client(timeout=_SECONDS)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send finished spans; called in the background by one thread."""
        try:
            self._http.post(self._url, content=request_body(spans), headers=_JSON).raise_for_status()
        except httpx.HTTPError as error:
            log.warning("traces cannot be sent", error=repr(error), spans=len(spans))
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Disconnect."""
        self._http.close()


def request_body(spans: Sequence[ReadableSpan]) -> bytes:
    """An OTLP ``ExportTraceServiceRequest`` of spans of one process, as JSON."""
    by_resource = groupby(spans, key=lambda span: span.resource)
    request: JsonObject = {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource.attributes)},
                "scopeSpans": [{"scope": {"name": "thidua"}, "spans": [_span(span) for span in of_resource]}],
            }
            for resource, of_resource in by_resource
        ]
    }
    return msgspec.json.encode(request)


def _span(span: ReadableSpan) -> JsonObject:
    context, parent = span.get_span_context(), span.parent
    assert context is not None
    fields: dict[str, JsonValue] = {
        **_named(context),
        "name": span.name,
        "kind": span.kind.value + 1,  # OTLP counts from 1, because 0 is "unspecified"
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "attributes": _attributes(span.attributes),
        "links": [_named(link.context) for link in span.links],
        "status": {"code": span.status.status_code.value},
    }
    return fields if parent is None else {**fields, "parentSpanId": f"{parent.span_id:016x}"}


def _named(context: SpanContext) -> dict[str, str]:
    return {"traceId": f"{context.trace_id:032x}", "spanId": f"{context.span_id:016x}"}


def _attributes(attributes: Attributes) -> list[JsonValue]:
    return [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": str(value)}}
        for key, value in (attributes or {}).items()
    ]
