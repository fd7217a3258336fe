"""A service put together: database, consumer, outbox, clock and operations routes under one FastAPI app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from fastapi import APIRouter, Depends, FastAPI
from faststream.kafka import KafkaBroker

from shared.contracts.topics import topic_named
from shared.runtime.audit.trail import Audit
from shared.runtime.background import Background, BackgroundWork
from shared.runtime.clock import Clock, DrivenClock, SystemClock
from shared.runtime.consumer.consumer import QUIET_SECONDS, Consumer
from shared.runtime.consumer.deferred_work import DeferredWork, DeferredWorker
from shared.runtime.consumer.watchdog import ConsumerWatchdog
from shared.runtime.dead_letters.limit import DeadLetterLimit
from shared.runtime.dead_letters.limiter import DeadLetterLimiter
from shared.runtime.dead_letters.store import DeadLetters
from shared.runtime.http.body_limit import BodyLimit
from shared.runtime.http.openapi import complete
from shared.runtime.http.operations import Progress, ops_routes
from shared.runtime.http.problems import Refusal, explain_refusals
from shared.runtime.kafka.broker_identity import BrokerIdentity
from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS, Admin, EndOffsets, Producer, watch_cluster
from shared.runtime.kafka.records import Handler
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, Database, VersionConflict
from shared.runtime.outbox import Outbox, Rendering
from shared.runtime.readiness import Readiness, within
from shared.runtime.retrying import retry_transient
from shared.runtime.settings import ServiceSettings
from shared.runtime.ticker import Ticker

log = structlog.get_logger(__name__)

_TRANSIENT: tuple[type[Exception], ...] = (*TRANSIENT_BROKER_ERRORS, *TRANSIENT_DATABASE_ERRORS)
_AGAIN: tuple[type[Exception], ...] = (*_TRANSIENT, VersionConflict)
STOP_SECONDS = 5.0
_COMMITTED_SECONDS = 1.0
_STARTING_SECONDS = 2
_CATCH_UP_SECONDS = 60.0


@dataclass(frozen=True)
class Subscription:
    """What a service listens to: a list of topics, or a pattern. The group is the service's name."""

    topics: Sequence[str] = ()
    pattern: str | None = None


@dataclass(frozen=True)
class Foundation:
    """What every service stands on; made first, so that its own parts can be built upon it."""

    name: str
    settings: ServiceSettings
    clock: Clock
    metrics: Metrics
    database: Database
    audit: Audit

    @classmethod
    def lay(cls, name: str, settings: ServiceSettings) -> Foundation:
        """Make the parts; nothing connects yet."""
        clock: Clock = SystemClock()
        if settings.clock == "driven":
            clock = DrivenClock(settings.clock_start or clock.now())
        database = Database(settings.mongo, settings.database_prefix + name, settings.mongo_driver)
        return cls(name, settings, clock, Metrics(), database, Audit(database, name, clock))


class Service:
    """One running service. Its parts are given by the service's ``build``, its life is the FastAPI app's.

    ``prepare`` makes indexes and reads reference data. ``tick`` does the work that time brings, up to an
    instant, and may be called again for the same one; where there is none, time brings nothing. ``agencies``
    names those whose topics must exist. ``background`` runs beside all this and is woken when the outbox has published.
    """

    def __init__(
        self,
        base: Foundation,
        *,
        handler: Handler,
        subscription: Subscription,
        renderings: Sequence[Rendering],
        prepare: Callable[[], Awaitable[None]],
        tick: Callable[[datetime], Awaitable[None]] | None = None,
        deferred_work: DeferredWork | None = None,
        background: Sequence[BackgroundWork] = (),
        routers: Iterable[APIRouter] = (),
        agencies: Callable[[], Iterable[str]] = tuple,
        title: str,
    ) -> None:
        settings = base.settings
        self.name, self.metrics, self.clock = base.name, base.metrics, base.clock
        self._settings, self._database, self._agencies = settings, base.database, agencies
        self._prepare_parts, self._background = prepare, Background(background)
        login = settings.kafka_login
        self._admin = Admin(settings.kafka, settings.replication_factor, login)
        self._producer = Producer(settings.kafka, idempotent=settings.idempotent_producer, login=login)
        self.dead_letters, self.audit = DeadLetters(base.database.documents("dead_letters"), base.metrics), base.audit
        spoken = [*renderings, self.dead_letters.rendering, self.audit.rendering]
        self.outbox = Outbox(
            *(spoken, self._producer, base.metrics, TRANSIENT_BROKER_ERRORS),
            append_events=self.audit.append_events,
            busy=lambda: self.consumer.idle_seconds < QUIET_SECONDS,
            has_backlog=lambda: self.consumer.has_backlog,
            on_published=self._background.wake,
        )
        state = base.database.documents("state")
        self._ticker = Ticker(state, base.clock, tick)
        self.broker = KafkaBroker(
            settings.kafka,
            security=login.security(),
            logger=None,
            graceful_timeout=STOP_SECONDS,
            metadata_max_age_ms=5_000,
            allow_auto_create_topics=False,
        )
        self._ends = EndOffsets(settings.kafka, login)
        limit = DeadLetterLimit(settings.most_letters_in_a_row, settings.most_letters_share)
        gate = DeadLetterLimiter(self.dead_letters, base.database.documents("letters_allowed"), limit, base.name)
        self.consumer = Consumer(
            handler, self.dead_letters, gate, base.clock, base.metrics, _TRANSIENT, self.outbox.wake, self._ends
        )
        self.consumer.subscribe(
            self.broker,
            *subscription.topics,
            pattern=subscription.pattern,
            group_id=base.name,
            group_instance_id=f"{base.name}-{settings.instance}" if settings.instance else None,
            batch_timeout_ms=settings.batch_timeout_ms,
            max_records=settings.max_records,
        )
        event_types = {f"{name} {event}" for name in subscription.topics for event in topic_named(name).types}
        self._broker_identity = BrokerIdentity(state, event_types)
        self._deferred_worker = (
            DeferredWorker(deferred_work, self.consumer, self.metrics, _AGAIN, self.outbox.wake)
            if deferred_work
            else None
        )
        self._cluster = ""
        self._read = self._started = False
        self._readiness = Readiness(
            {"database": partial(base.database.probe, self.name), "broker": self._admin.cluster_id},
            self.consumer,
            settings.stalled_seconds,
            _TRANSIENT,
        )
        self._watchdog = ConsumerWatchdog(self.consumer, self.metrics, settings.stalled_seconds, STOP_SECONDS)
        self.failed = False
        self.on_failure: Callable[[], None] = lambda: None
        self.api = FastAPI(title=title, lifespan=self._lifespan, docs_url=None, redoc_url=None)
        explain_refusals(self.api)
        complete(self.api)
        self.api.add_middleware(BodyLimit)
        self.api.include_router(ops_routes(self, driven=settings.clock == "driven"))
        for router in routers:
            self.api.include_router(router, dependencies=[Depends(self._has_read)])

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        life = asyncio.create_task(self._live(), name=f"{self.name} life")
        life.add_done_callback(self._died)
        try:
            yield
        finally:
            life.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await life
            await self._database.close()

    def _died(self, life: asyncio.Task[None]) -> None:
        if not life.cancelled() and (error := life.exception()):
            log.critical("the service cannot go on", exc_info=error)
            self.failed = True
            self.on_failure()

    async def _live(self) -> None:
        await retry_transient(self._start, _AGAIN)
        self._started = True
        log.info("service started", cluster=self._cluster)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.outbox.run())
                tasks.create_task(watch_cluster(self._admin, self._cluster, self._broker_changed, _AGAIN))
                tasks.create_task(self._look_after_consumer())
                if self._deferred_worker is not None:
                    tasks.create_task(self._deferred_worker.run())
                self._background.start(tasks)
                if isinstance(self.clock, SystemClock):
                    tasks.create_task(self._tick_for_ever())
        finally:
            self._started = False
            for stop in (self.broker.stop, self._producer.stop, self._admin.stop, self._ends.stop):
                with suppress(Exception):
                    await asyncio.wait_for(stop(), STOP_SECONDS)

    async def _has_read(self) -> None:
        """Raises ``Refusal`` before the service has read what it keeps: it would deny what it does not know yet."""
        if not self._read:
            detail = "Hệ thống đang khởi động; hãy gửi lại sau ít giây."
            raise Refusal(503, "starting", detail, retry_after=_STARTING_SECONDS)

    async def _prepare(self) -> None:
        await self._prepare_parts()
        self._read = True

    async def _start(self) -> None:
        await self._prepare()
        await self.dead_letters.prepare()
        await self.audit.prepare()
        await self._ticker.resume()
        await self._recognise_broker(await self._admin.cluster_id())
        await self.broker.start()

    async def _recognise_broker(self, cluster: str) -> None:
        """Make the topics; on a broker that has not heard us before, have everything said again."""
        await self._admin.create_topics(self._agencies())
        self._cluster = self.consumer.log_id = cluster
        self.consumer.from_the_start = await self._broker_identity.recognise(cluster, self.outbox.republish_all)

    async def _broker_changed(self, cluster: str) -> None:
        await self._recognise_broker(cluster)
        self.consumer.reset_offsets(cluster)

    async def _note_read_through(self) -> None:
        """Once all there was is handled and committed, a restart may go on from the group's offsets.

        Noted in the database, so that a crash before it reads the broker from the start again.
        """
        if not self.consumer.from_the_start or await self.consumer.lag() != 0:
            return
        await asyncio.sleep(_COMMITTED_SECONDS)
        if await self._broker_identity.has_read_through(self._cluster):
            self.consumer.from_the_start = False

    async def make_topics(self) -> None:
        """Create topics for agencies that have come since the start."""
        await self._admin.create_topics(self._agencies())

    async def _look_after_consumer(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            with suppress(*_AGAIN):
                # First: what is tried again counts as parked no longer, until it is parked once more.
                await self._watchdog.look()
                await self.consumer.retry_waiting()
                await self._note_read_through()

    async def _tick(self) -> None:
        now = self.clock.now()
        await self._ticker.do(now)
        await self.audit.publish_head(now)
        self.outbox.wake()

    async def _tick_for_ever(self) -> None:
        # What came while the service was away is read first: nobody is reminded of what has arrived.
        with suppress(TimeoutError):
            async with asyncio.timeout(_CATCH_UP_SECONDS):  # other than wait_for, it never swallows a cancellation
                await self._caught_up()
        while True:
            await retry_transient(self._tick, _AGAIN)
            await asyncio.sleep(self._settings.tick_seconds)

    async def _caught_up(self) -> None:
        while True:
            with suppress(*_AGAIN):
                if await self.consumer.lag() == 0:
                    return
            await asyncio.sleep(0.2)

    async def drive(self, now: datetime) -> None:
        """Move the driven clock and do that instant's work. Raises ``RuntimeError`` before the service has started."""
        if not self._started or not isinstance(self.clock, DrivenClock):
            raise RuntimeError("the service has not started yet")
        self.clock.drive(now)
        await retry_transient(self._tick, _AGAIN)

    async def progress(self) -> Progress:
        """How far the service is; see ``Progress``."""
        lag: int | None = None
        if self._started:
            with suppress(*_TRANSIENT):
                lag = await within(self.consumer.lag())
                self.metrics.lag.set(lag or 0)
        if lag is not None and self._deferred_worker is not None and self._deferred_worker.has_pending:
            lag += 1  # not all that was read has been worked out
        unsent = -1
        with suppress(*_TRANSIENT):
            # In the order things move on, so that nothing is missed on its way from one to the other.
            unsent = await within(self.outbox.unsent()) + await within(self._background.backlog())
        return Progress(
            service=self.name,
            now=self.clock.now(),
            tick=self._ticker.done,
            lag=lag,
            unsent=unsent,
            moved=self.consumer.consumed + self.outbox.published,
            partitions=self._partitions(),
            cluster=self._cluster,
            parked=[f"{t}/{p}: {why.reason}" for (t, p), why in self.consumer.paused.items()],
        )

    def _partitions(self) -> int:
        consumer = self.consumer.subscriber.consumer
        return len(consumer.assignment()) if consumer is not None else 0

    async def unready(self) -> list[str]:
        """What keeps the service from doing its work; empty when it is ready. Answers within three seconds."""
        missing: list[str] = []
        if not self._started:
            missing.append("not started")
        missing += self.consumer.paused_partitions.stopped()
        if self._deferred_worker is not None and self._deferred_worker.failing:
            missing.append("what was left for later cannot be done: a bug")
        if self.consumer.waits_for_assignment():
            missing.append("no partitions assigned")
        missing += await self._readiness.missing(self._started)
        self.metrics.ready.set(not missing)
        return missing
