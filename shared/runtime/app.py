"""A service put together: database, consumer, outbox, clock and operations routes under one FastAPI app.

A few lines longer than others: it is the one place where the parts of a service meet.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from re import Pattern

import structlog
from fastapi import APIRouter, FastAPI
from faststream.kafka import KafkaBroker

from shared.contracts.topics import topic_named
from shared.runtime.api import create_api
from shared.runtime.background import Background, BackgroundWork
from shared.runtime.clock import DrivenClock, SystemClock
from shared.runtime.consumer.consumer import QUIET_SECONDS, Consumer
from shared.runtime.consumer.deferred_work import DeferredWork, DeferredWorker
from shared.runtime.consumer.watchdog import ConsumerWatchdog
from shared.runtime.dead_letters.limit import DeadLetterLimit
from shared.runtime.dead_letters.limiter import DeadLetterLimiter
from shared.runtime.dead_letters.store import DeadLetters
from shared.runtime.foundation import Foundation, Subscription, Workload
from shared.runtime.http.body_limit import NO_UPLOADS
from shared.runtime.http.operations import Progress
from shared.runtime.http.pages.frame import NO_FRAME, Frame
from shared.runtime.http.routing import add_routes, set_prepared
from shared.runtime.kafka.broker_identity import BrokerIdentity
from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS, EndOffsets, Producer, watch_cluster
from shared.runtime.kafka.records import Handler
from shared.runtime.kafka.stopping import STOP_SECONDS, stop_in_time
from shared.runtime.measuring import Measuring
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, VersionConflict
from shared.runtime.outbox import Outbox, Rendering
from shared.runtime.readiness import Readiness, with_timeout
from shared.runtime.retrying import retry_transient
from shared.runtime.sign_in_handler import SignInHandler
from shared.runtime.ticker import Ticker

log = structlog.get_logger(__name__)

_TRANSIENT: tuple[type[Exception], ...] = (*TRANSIENT_BROKER_ERRORS, *TRANSIENT_DATABASE_ERRORS)
_RETRIED: tuple[type[Exception], ...] = (*_TRANSIENT, VersionConflict)
_COMMITTED_SECONDS = 1.0
_CATCH_UP_SECONDS = 60.0


class Service:
    """One running service. Its ``build`` function creates its parts; it runs as long as its FastAPI app.

    ``prepare`` creates indexes and reads reference data. ``tick`` does the timed work due at an instant and must be
    idempotent; without ``tick`` the service has no timed work. ``routers`` creates the service's own routes.
    ``agencies`` returns the agencies whose topics must exist. ``background`` runs beside all this and is woken when the
    outbox has published. ``frame`` is that of the service's pages. ``uploads`` are the paths that take a
    file, with the number of bytes that each may receive. ``measure`` sets the service's business gauges.
    ``failed`` is set when the service cannot go on and must be restarted.
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
        routers: Callable[[Workload], Iterable[APIRouter]] = lambda _: (),
        agencies: Callable[[], Iterable[str]] = tuple,
        measure: Callable[[datetime], Awaitable[None]] | None = None,
        title: str,
        frame: Frame | None = None,
        uploads: Mapping[Pattern[str], int] = NO_UPLOADS,
    ) -> None:
        settings = base.settings
        self.name, self.metrics, self.clock = base.name, base.metrics, base.clock
        self._settings, self._database, self._agencies = settings, base.database, agencies
        self._sign_ins, self._tracing = base.sign_ins, base.tracing
        self._prepare_parts, self._background = prepare, Background([*background, base.page_changes])
        self.page_changes = base.page_changes
        login = settings.kafka_login
        self._admin = base.admin
        self._producer = Producer(settings.kafka, idempotent=settings.idempotent_producer, login=login)
        self.dead_letters, self.audit = DeadLetters(base.database.documents("dead_letters"), base.metrics), base.audit
        self.outbox = Outbox(
            [*renderings, self.dead_letters.rendering, self.audit.rendering],
            self._producer,
            base.metrics,
            TRANSIENT_BROKER_ERRORS,
            append_events=self.audit.append_events,
            busy=lambda: self.consumer.idle_seconds < QUIET_SECONDS,
            catching_up=lambda: self.consumer.is_catching_up,
            on_published=self._background.wake,
            handover=base.handover,
            tracing=base.tracing,
        )
        self._wake_outbox = base.handover.wake
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
        self._end_offsets = EndOffsets(settings.kafka, login)
        limit = DeadLetterLimit(settings.most_letters_in_a_row, settings.most_letters_share)
        limiter = DeadLetterLimiter(self.dead_letters, base.database.documents("letters_allowed"), limit, base.name)
        wake, ends = base.handover.wake, self._end_offsets
        applied = SignInHandler(handler, base.sign_ins.ended)
        self.consumer = Consumer(
            applied, self.dead_letters, limiter, base.clock, base.metrics, _TRANSIENT, wake, ends, base.tracing
        )
        self.consumer.subscribe(
            self.broker,
            *subscription.topics,
            pattern=subscription.pattern,
            group_id=base.name,
            group_instance_id=f"{base.name}-{settings.instance}" if settings.instance else None,
            batch_timeout_ms=settings.batch_timeout_ms,
            max_records=settings.max_records,
            session_seconds=settings.session_seconds,
        )
        event_types = {f"{name} {event}" for name in subscription.topics for event in topic_named(name).types}
        self._broker_identity = BrokerIdentity(state, event_types)
        self._deferred_worker = (
            DeferredWorker(deferred_work, self.consumer, self.metrics, _RETRIED, base.handover.wake)
            if deferred_work
            else None
        )
        self._cluster = ""
        self._started = False
        self._readiness = Readiness(
            {"database": partial(base.database.probe, self.name), "broker": self._admin.cluster_id},
            self.consumer,
            settings.stalled_seconds,
            _TRANSIENT,
        )
        self._watchdog = ConsumerWatchdog(self.consumer, self.metrics, settings.stalled_seconds, STOP_SECONDS)
        self._measuring = Measuring(
            base.database, base.metrics, base.clock, self.dead_letters, self.audit, measure, _TRANSIENT
        )
        self.failed = False
        shown = frame or replace(NO_FRAME, prefix=settings.prefix)
        self.api = create_api(self, base, title, shown, self._lifespan, uploads)
        workload = Workload(self.outbox.unsent, lambda topic: self.consumer.lag(topic=topic))
        set_prepared(self.api, False)
        add_routes(self.api, *routers(workload))

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        life = asyncio.create_task(self._live(), name=f"{self.name} life")
        life.add_done_callback(self._ended)
        try:
            yield
        finally:
            self.page_changes.stop()
            life.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await life
            await self._database.close()
            await asyncio.to_thread(self._tracing.shut_down)

    def _ended(self, life: asyncio.Task[None]) -> None:
        if not life.cancelled() and (error := life.exception()):
            log.critical("the service cannot go on", exc_info=error)
            self.failed = True

    async def _live(self) -> None:
        await retry_transient(self._start, _RETRIED)
        self._started = True
        log.info("service started", cluster=self._cluster)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.outbox.run())
                tasks.create_task(watch_cluster(self._admin, self._cluster, self._broker_changed, _RETRIED))
                tasks.create_task(self._look_after_consumer())
                tasks.create_task(self._measuring.watch_loop())
                if self._deferred_worker is not None:
                    tasks.create_task(self._deferred_worker.run())
                self._background.start(tasks)
                if isinstance(self.clock, SystemClock):
                    tasks.create_task(self._tick_forever())
        finally:
            self._started = False
            for stop in (self.broker.stop, self._producer.stop, self._admin.stop, self._end_offsets.stop):
                with suppress(Exception):
                    await stop_in_time(stop, STOP_SECONDS)

    async def _prepare(self) -> None:
        await self._sign_ins.ended.prepare()
        await self._prepare_parts()
        set_prepared(self.api, True)

    async def _start(self) -> None:
        await self._prepare()
        await self.dead_letters.prepare()
        await self.audit.prepare()
        await self._ticker.resume()
        await self._recognise_broker(await self._admin.cluster_id())
        await self.broker.start()

    async def _recognise_broker(self, cluster: str) -> None:
        """Create the topics; on a broker that this database does not know, republish everything."""
        await self._admin.create_topics(self._agencies())
        self._cluster = self.consumer.log_id = cluster
        from_start = await self._broker_identity.recognise(cluster, self.outbox.republish_all)
        self.consumer.offsets.reads_from_start = from_start

    async def _broker_changed(self, cluster: str) -> None:
        await self._recognise_broker(cluster)
        self.consumer.reset_offsets(cluster)

    async def _note_read_through(self) -> None:
        """Once all records are handled and committed, note that a restart may continue from the group's offsets.

        The note is in the database: after a crash before it, the broker is read from the start again.
        """
        if not self.consumer.offsets.reads_from_start or await self.consumer.lag() != 0:
            return
        await asyncio.sleep(_COMMITTED_SECONDS)
        if await self._broker_identity.note_read_through(self._cluster):
            self.consumer.offsets.reads_from_start = False

    async def _look_after_consumer(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            with suppress(*_RETRIED):
                # The watchdog first: it ignores paused partitions, and a retried one counts as unpaused for a moment.
                await self._watchdog.check()
                await self.consumer.retry_paused()
                await self._note_read_through()

    async def _tick(self) -> None:
        now = self.clock.now()
        await self._ticker.run(now)
        await self.audit.publish_head(now)
        self._wake_outbox()

    async def _tick_forever(self) -> None:
        # Records that came while the service was down are read first, so nobody is reminded of a report that is in.
        with suppress(TimeoutError):
            async with asyncio.timeout(_CATCH_UP_SECONDS):  # unlike wait_for, it never swallows a cancellation
                await self._caught_up()
        while True:
            await retry_transient(self._tick, _RETRIED)
            await asyncio.sleep(self._settings.tick_seconds)

    async def _caught_up(self) -> None:
        while True:
            with suppress(*_RETRIED):
                if await self.consumer.lag() == 0:
                    return
            await asyncio.sleep(0.2)

    async def drive(self, now: datetime) -> None:
        """Move the driven clock and do that instant's work. Raises ``RuntimeError`` before the service has started."""
        if not self._started or not isinstance(self.clock, DrivenClock):
            raise RuntimeError("the service has not started yet")
        self.clock.drive(now)
        await retry_transient(self._tick, _RETRIED)

    async def progress(self) -> Progress:
        """How far the service is; see ``Progress``."""
        lag: int | None = None
        if self._started:
            with suppress(*_TRANSIENT):
                lag = await with_timeout(self.consumer.lag())
                self.consumer.measure()
        if lag is not None and self._deferred_worker is not None and self._deferred_worker.has_pending:
            lag += 1  # the deferred work of handled records is not done yet
        unsent = -1
        with suppress(*_TRANSIENT):
            # The outbox before the background work, so that a document moving from one to the other is counted.
            unsent = await with_timeout(self.outbox.unsent()) + await with_timeout(self._background.backlog())
        return Progress(
            service=self.name,
            now=self.clock.now(),
            tick=self._ticker.done,
            lag=lag,
            unsent=unsent,
            moved=self.consumer.consumed + self.outbox.published,
            partitions=self._partitions(),
            cluster=self._cluster,
            parked=[f"{topic}/{n}: {pause.reason}" for (topic, n), pause in self.consumer.paused.items()],
        )

    def _partitions(self) -> int:
        consumer = self.consumer.subscriber.consumer
        return len(consumer.assignment()) if consumer is not None else 0

    async def measure(self) -> None:
        """Set all gauges that are not set where they change. Answers within three seconds, whatever hangs."""
        await asyncio.gather(self.progress(), self.unready(), self._measuring.refresh())

    async def unready(self) -> list[str]:
        """What keeps the service from doing its work; empty when it is ready. Answers within three seconds."""
        missing: list[str] = []
        if not self._started:
            missing.append("not started")
        missing += self.consumer.paused_partitions.blocking()
        if self._deferred_worker is not None and self._deferred_worker.failing:
            missing.append("deferred work fails: a bug")
        if self.consumer.offsets.waits_for_assignment():
            missing.append("no partitions assigned")
        missing += await self._readiness.missing(self._started)
        self.metrics.ready.set(not missing)
        return missing
