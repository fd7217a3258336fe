"""What metrics and traces cost: the same work in this process with and without them, by CPU time.

The path is scoring's consumer and relay over documents in memory and a broker that takes everything; the door is
intake's whole app on a real database, called without a network. The two variants work in turns of some milliseconds, so
that other work on the machine disturbs both and a small difference shows. Traces are as with the default settings: one
request in ten is traced. A span is encoded when it ends, which costs more than in batches; it is not sent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count, islice
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from aiokafka import ConsumerRecord
from faststream.kafka import KafkaMessage

from deploy.stack.embedded import Stack as Servers
from services.scoring.handlers import Scoring
from services.scoring.publisher import renderings
from services.scoring.store import ScoringStore
from shared.runtime.app import Service
from shared.runtime.clock import SystemClock
from shared.runtime.consumer.consumer import Consumer
from shared.runtime.dead_letters.limit import DeadLetterLimit
from shared.runtime.dead_letters.limiter import DeadLetterLimiter
from shared.runtime.dead_letters.store import DeadLetters
from shared.runtime.metrics import Metrics
from shared.runtime.outbox import Outbox, Outgoing
from shared.runtime.references import References
from shared.runtime.settings import ServiceSettings
from shared.runtime.tracing import TRACEPARENT, Tracing
from tests.bench.in_turns import InTurns, Opened, Variant, without_collector
from tests.bench.load import Load
from tests.bench.memory import MemoryDatabase
from tests.bench.ratio import Ratio, Took
from tests.bench.reports import reports
from tests.bench.seeding import seed
from tests.bench.stage import Stage
from tests.support.intake_client import at_rest, intake_client, key_of

_BATCH, _BATCHES, _WARM_BATCHES = 2000, 25, 1
"""As many records as a batch has while many wait."""
_REQUESTS, _STEPS, _WARM_STEPS = 64, 12, 1
_SHARE = Decimal("0.1")
_EVERY = 10


@contextmanager
def without_metrics() -> Iterator[None]:
    """Build services whose metrics do nothing and whose requests pass through no measuring."""

    class Nothing:
        def __init__(self, *_: object, **__: object) -> None:
            """Keep nothing."""

        def labels(self, *_: object) -> Nothing:
            return self

        def inc(self, *_: object) -> None:
            """Do nothing; so do the others."""

        set = observe = set_function = inc

    class PassingOn:
        def __init__(self, app: Any, metrics: Metrics) -> None:
            self._app = app

        def __call__(self, *args: Any) -> Awaitable[None]:
            passed_on: Awaitable[None] = self._app(*args)
            return passed_on

    with pytest.MonkeyPatch.context() as patch:
        for kind in ("Counter", "Gauge", "Histogram"):
            patch.setattr(f"shared.runtime.metrics.{kind}", Nothing)
        patch.setattr("shared.runtime.api.RequestMetrics", PassingOn)
        yield


def _traced(service: str) -> Tracing:
    """Tracing whose spans are encoded as for a collector, and dropped."""
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    from shared.runtime.trace_export import request_body

    class Encoding(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            request_body(spans)
            return SpanExportResult.SUCCESS

    return Tracing.to(Encoding(), service, "1.0", _SHARE, at_once=True)


@dataclass
class _Path:
    consumer: Consumer
    outbox: Outbox
    scoring: Scoring
    batches: Iterator[KafkaMessage]
    events: int = _BATCH

    async def step(self) -> None:
        await self.consumer.handle(next(self.batches))
        await self.outbox.relay()

    def trace(self, tracing: Tracing) -> None:
        """From the next step on, trace in this way."""
        self.consumer.tracing = self.outbox._tracing = self.scoring._tracing = tracing


class TracesSwitched:
    """One path whose traces are on in every second step; each batch is handled once with and once without them.

    Two paths beside each other, as ``InTurns`` has them, differ by one or two per cent even where both do the same.
    """

    def __init__(self) -> None:
        self._left: dict[bool, Took] = {}

    async def work(self, stage: Stage) -> Took:
        """With traces. Whichever side is asked first measures both."""
        return await self._side(True, stage)

    async def base(self, stage: Stage) -> Took:
        """Without."""
        return await self._side(False, stage)

    async def _side(self, on: bool, stage: Stage) -> Took:
        if on not in self._left:
            seconds = {True: 0.0, False: 0.0}
            for first in (True, False):
                async with path(traces=True)(stage) as variant:
                    assert isinstance(variant, _Path)
                    tracings = {True: variant.consumer.tracing, False: Tracing()}
                    with without_collector():
                        for n in range(_BATCHES):
                            traced = first if n % 2 else not first
                            variant.trace(tracings[traced])
                            began = time.process_time()
                            await variant.step()
                            seconds[traced] += time.process_time() - began
            self._left = {side: Took(took, _BATCHES * _BATCH, took) for side, took in seconds.items()}
        return self._left.pop(on)


def path(*, metrics: bool = True, traces: bool = False) -> Opened:
    """Scoring's consumer and relay over figures, one a record, every tenth with a trace; verdicts are deferred."""

    @asynccontextmanager
    async def opened(_: Stage) -> AsyncIterator[Variant]:
        load = Load((_BATCHES + _WARM_BATCHES) * _BATCH)
        with nullcontext() if metrics else without_metrics():
            measured = Metrics("scoring")
        tracing = _traced("scoring") if traces else Tracing()
        database = MemoryDatabase("", uuid4().hex)
        await seed(database, load.worlds)
        references, store = References(database), ScoringStore(database, SystemClock())
        await references.prepare()
        # With this share of the time, verdicts are computed once: when depends on the wall clock.
        scoring = Scoring(store, references, measured, tracing, share=1e-9)
        await scoring.prepare()
        outbox = Outbox(renderings(store), _accept, measured, (), tracing=tracing)
        consumer = _consumer(scoring, database, measured, tracing)
        variant = _Path(consumer, outbox, scoring, iter(list(_batches(load))))
        for _n in range(_WARM_BATCHES):
            await variant.step()
        yield variant
        tracing.shut_down()
        assert variant.consumer.consumed == load.figures, "records were refused"
        assert outbox.published, "nothing was published"
        await database.drop()

    return opened


async def _accept(messages: Sequence[Outgoing]) -> None:
    """Take the messages, as a broker does."""


def _consumer(scoring: Scoring, database: MemoryDatabase, metrics: Metrics, tracing: Tracing) -> Consumer:
    dead_letters = DeadLetters(database.documents("dead_letters"), metrics)
    limit = DeadLetterLimit(50, Decimal("0.05"))
    limiter = DeadLetterLimiter(dead_letters, database.documents("letters_allowed"), limit, "scoring")

    async def no_ends(_: object) -> dict[Any, int]:
        return {}

    return Consumer(scoring, dead_letters, limiter, SystemClock(), metrics, (), lambda: None, no_ends, tracing)


def _batches(load: Load) -> Iterator[KafkaMessage]:
    """The figures as FastStream passes them, a thousand in a batch."""
    offsets, now = count(), int(datetime.now(UTC).timestamp() * 1000)
    messages = load._messages(0)
    while rows := list(islice(messages, _BATCH)):
        raw = [
            ConsumerRecord(topic, 0, offset, now, 0, key, value, None, len(key), len(value), _headers(offset))
            for (topic, key, value), offset in zip(rows, offsets, strict=False)
        ]
        yield cast(KafkaMessage, SimpleNamespace(raw_message=tuple(raw)))


def _headers(offset: int) -> tuple[tuple[str, bytes], ...]:
    return () if offset % _EVERY else ((TRACEPARENT, f"00-{offset + 1:032x}-b7ad6b7169203331-01".encode()),)


@dataclass
class _Intake:
    service: Service
    requests: Iterator[tuple[dict[str, Any], bytes]]
    events: int = _REQUESTS

    async def step(self) -> None:
        batch = islice(self.requests, _REQUESTS)
        await asyncio.gather(*(_call(self.service, scope, body) for scope, body in batch))
        await self.service.outbox.relay()


def intake(*, metrics: bool = True, traces: bool = False) -> Opened:
    """Intake's app for reports about one unit, 64 at a time, and their publication."""

    @asynccontextmanager
    async def opened(stage: Stage) -> AsyncIterator[Variant]:
        servers = cast(Servers, SimpleNamespace(mongo=await stage.mongo()))
        with ExitStack() as stack:
            if not metrics:
                stack.enter_context(without_metrics())
            if traces:
                patch = stack.enter_context(pytest.MonkeyPatch.context())
                patch.setattr("shared.runtime.foundation._tracing", _as_set)
            running = intake_client(servers, rate_per_minute=1e9, rate_burst=1_000_000, most_unsent=1_000_000)
            async with running as (service, http):
                drawn = list(islice(reports("one-figure"), (_WARM_STEPS + _STEPS) * _REQUESTS))
                keys = {agency: (await key_of(http, agency))["Authorization"] for agency, _ in drawn}
                requests = ((_scope(keys[agency], n), body) for n, (agency, body) in enumerate(drawn))
                variant = _Intake(service, requests)
                for _ in range(_WARM_STEPS):
                    await variant.step()
                await at_rest(service)
                yield variant

    return opened


def _as_set(name: str, _: ServiceSettings) -> Tracing:
    return _traced(name)


def _scope(key: str, n: int) -> dict[str, Any]:
    headers = {
        "host": "localhost",
        "authorization": key,
        "content-type": "application/json",
        "idempotency-key": f"{n}/BC",
    }
    return {
        "type": "http",
        "method": "POST",
        "path": "/v1/reports",
        "raw_path": b"/v1/reports",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 1),
        "scheme": "http",
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
    }


async def _call(service: Service, scope: dict[str, Any], body: bytes) -> None:
    """Pass a request to the app. Raises ``AssertionError`` if it is not accepted (202)."""
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        statuses.append(message.get("status", 0))

    await service.api(scope, receive, send)
    assert statuses[:1] == [202], statuses


def _ratio(name: str, description: str, sides: InTurns | TracesSwitched, *, pure: bool) -> Ratio:
    return Ratio(name, description, sides.work, sides.base, direction="<=", target=1.02, pure=pure)


RATIOS = (
    _ratio(
        "metrics-path",
        "CPU of scoring a figure, with its metrics / without",
        InTurns(path(), path(metrics=False), _BATCHES),
        pure=True,
    ),
    _ratio("traces-path", "CPU of scoring a figure, traces on / off", TracesSwitched(), pure=True),
    _ratio(
        "metrics-intake",
        "CPU of a report at the door, with metrics / without",
        InTurns(intake(), intake(metrics=False), _STEPS),
        pure=False,
    ),
    _ratio(
        "traces-intake",
        "CPU of a report at the door, traces on / off",
        InTurns(intake(traces=True), intake(), _STEPS),
        pure=False,
    ),
)
