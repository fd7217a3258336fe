"""Traces without a server: what a trace looks like on the wire, what it costs while it is off, how it is exported."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from shared.runtime.new_documents import new_batch, new_document, next_revision
from shared.runtime.outbox import Outgoing
from shared.runtime.request_batcher import RequestBatcher
from shared.runtime.trace_export import OtlpJsonExporter
from shared.runtime.tracing import MOST_LINKS, Tracing, current_trace, trace_of, with_trace
from tests.support.traces import Spans

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def traces(n: int) -> list[str]:
    """Different traces."""
    return [f"00-{number:032x}-b7ad6b7169203331-01" for number in range(1, n + 1)]


def test_without_a_collector_nothing_is_made_and_no_record_is_looked_at() -> None:
    """The records are not even iterated."""

    def untouched() -> Iterator[Any]:
        raise AssertionError("a record was looked at")
        yield

    off = Tracing()
    with off.consuming(untouched()), off.request("GET", CALLER), off.continuing("publish", untouched()):
        assert current_trace() == ""
        assert "trace" not in new_document({"_id": "a", "unsent": ["x"]})
    assert not off.on


def test_a_callers_trace_is_continued_and_a_malformed_one_begins_a_new_one() -> None:
    """As W3C Trace Context demands: the trace id stays, the parent is the last span; all zeros is no trace."""
    tracing = Spans().tracing("test")
    with tracing.request("GET", CALLER):
        assert current_trace().split("-")[1] == CALLER.split("-")[1]
        assert current_trace() != CALLER
    for bad in ("", "00-abc-def-01", "00-" + "0" * 32 + "-b7ad6b7169203331-01", CALLER.upper(), CALLER + "\n"):
        with tracing.request("GET", bad):
            assert current_trace().split("-")[1] not in (CALLER.split("-")[1], "0" * 32)


def test_of_the_requests_without_a_trace_only_the_given_share_begins_one() -> None:
    """What is not traced leaves no trace in documents; a caller's own trace is continued all the same."""
    tracing = Spans().tracing("test", Decimal(0))
    with tracing.request("GET", ""):
        assert current_trace() == ""
    with tracing.request("GET", CALLER):
        assert current_trace()
    with tracing.request("GET", CALLER[:-2] + "00"):
        assert current_trace() == ""


@pytest.mark.parametrize("n", [1, 2, MOST_LINKS, MOST_LINKS + 1, 2000])
def test_a_batch_belongs_to_its_first_trace_and_links_to_at_most_31_others(n: int) -> None:
    """However many records; each trace once."""
    spans = Spans()
    headers = [(("traceparent", trace.encode()),) for trace in traces(n)]
    with spans.tracing("test").consuming([*headers, *headers]):
        pass
    (span,) = spans.finished
    assert span.parent is not None
    assert span.parent.trace_id == 1
    assert [link.context.trace_id for link in span.links] == list(range(2, min(n, MOST_LINKS) + 1))


def test_records_without_a_trace_make_no_span() -> None:
    """So a replay of old records makes none; nor does a header that is malformed."""
    spans = Spans()
    with spans.tracing("test").consuming([(), (("traceparent", None),), (("traceparent", b"\xff"),)]):
        assert current_trace() == ""
    assert spans.finished == ()


def test_a_document_has_its_writers_trace_only_if_it_publishes_something() -> None:
    """One that brings its own keeps it; at its next revision the next writer's replaces it."""
    with Spans().tracing("test").request("GET", CALLER):
        assert new_document({"_id": "a", "unsent": ["x"]})["trace"] == current_trace()
        assert "trace" not in new_document({"_id": "a"})
        assert [
            doc.get("trace") for doc in new_batch([{"_id": "a", "unsent": ["x"], "trace": "own"}, {"_id": "b"}])
        ] == [
            "own",
            None,
        ]
        assert next_revision({"_id": "a", "rev": 3, "unsent": ["x"], "trace": "old"})["trace"] == current_trace()
    assert next_revision({"_id": "a", "rev": 3, "unsent": ["x"]}) == {
        "_id": "a",
        "rev": 4,
        "unsent": ["x"],
        "pending": True,
    }


def test_a_replayed_dead_letter_keeps_the_trace_of_its_first_journey() -> None:
    """Its headers are the originals; a second ``traceparent`` would make both unreadable."""
    original = (("traceparent", CALLER.encode()),)
    assert with_trace(original, traces(1)[0]) == original
    assert trace_of(with_trace((), CALLER)) == CALLER
    assert Outgoing("t", None, b"").headers == ()


async def test_a_batch_of_requests_is_worked_on_outside_the_trace_of_the_one_that_came_first() -> None:
    """Or every report of the batch would seem to belong to one request."""
    seen: list[str] = []

    async def work(batch: Sequence[str]) -> Sequence[str]:
        seen.append(current_trace())
        return batch

    batcher = RequestBatcher[str, str](work, 8, ())
    with Spans().tracing("test").request("GET", CALLER):
        await asyncio.gather(batcher("a"), batcher("b"))
        assert current_trace()
    assert seen == [""]


@contextmanager
def collector(status: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A collector that answers with a status; its address and the bodies it was sent."""
    bodies: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            assert self.headers["Content-Type"] == "application/json"
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", bodies
        server.shutdown()
        thread.join()


def test_spans_reach_a_collector_as_otlp_json() -> None:
    """Ids in hexadecimal, times as texts of nanoseconds, kinds as OTLP numbers them."""
    with collector(200) as (address, bodies):
        tracing = Tracing.to(OtlpJsonExporter(address + "/"), "intake", "1.0", Decimal(1))
        with tracing.request("POST", CALLER) as span:
            assert span is not None
            span.set_attribute("http.response.status_code", 202)
        with tracing.continuing("publish", traces(2)):
            pass
        tracing.shut_down()
    (of_resource,) = bodies[0]["resourceSpans"]
    attributes = {row["key"]: row["value"] for row in of_resource["resource"]["attributes"]}
    assert attributes == {"service.name": {"stringValue": "thidua-intake"}, "service.version": {"stringValue": "1.0"}}
    first, second = of_resource["scopeSpans"][0]["spans"]
    assert (first["traceId"], first["parentSpanId"]) == tuple(CALLER.split("-")[1:3])
    assert (first["name"], first["kind"]) == ("POST", 2)
    assert first["attributes"] == [{"key": "http.response.status_code", "value": {"intValue": "202"}}]
    assert int(first["endTimeUnixNano"]) >= int(first["startTimeUnixNano"]) > 10**18
    assert second["links"] == [{"traceId": f"{2:032x}", "spanId": "b7ad6b7169203331"}]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", None])
def test_a_collector_that_is_away_or_refuses_costs_the_spans_and_nothing_else(address: str | None) -> None:
    """No exception reaches the service."""
    with collector(503) as (refusing, _):
        tracing = Tracing.to(OtlpJsonExporter(address or refusing), "intake", "1.0", Decimal(1))
        with tracing.request("POST", CALLER):
            pass
        tracing.shut_down()
