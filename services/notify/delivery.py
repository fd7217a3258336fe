"""The delivery worker: sends each notice or invitation once its event is in the audit chain and published.

A worker leases a delivery by compare-and-set, attempts it, and stores the outcome. When a lease has expired, another
worker may take the delivery over. A process runs at most four deliveries at once, and at most one per mailbox, so a
slow or failing mailbox delays no other mailbox.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, assert_never
from uuid import uuid4

import structlog

from services.notify import delivery_rules as rules
from services.notify import notice_store
from services.notify.channels.protocol import Channel, RenderedMail
from services.notify.mail_sources import AnyItem, MailSource
from services.notify.state import Delivery, FailedForGood, NotNeeded, Outcome, RetryLater, Sent
from services.notify.store import Deliveries
from shared.runtime.clock import Clock, SystemClock
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS, VersionConflict
from shared.runtime.retrying import Backoff, retry_transient

log = structlog.get_logger(__name__)

AT_ONCE: Final = 4
_DUE_AT_ONCE: Final = 256
"""Deliveries read at once; the database sorts all due ones for each read, however few it gives."""
ATTEMPT_SECONDS: Final = 20.0
"""The time limit of an attempt. It is shorter than the lease, so that the outcome can be stored in time."""
_LOOK_SECONDS: Final = 1.0
_TAKE_OVER_SECONDS: Final = 30.0
"""How often notices are looked for that a process of an earlier release has left; that reads every account."""
_FINISH_SECONDS: Final = 3.0
_PASSING: tuple[type[Exception], ...] = (OSError, *TRANSIENT_DATABASE_ERRORS)
"""External faults, after which a later attempt may succeed; every other exception is a bug."""


class DeliveryWorker:
    """Creates a delivery document for each published notice or invitation and channel, and carries the deliveries out.

    ``sources`` are the kinds of what is delivered.
    ``clock`` is the service's clock; it sets ``sent_at``. ``machine`` gives real time, which leases and retry pauses
    use even when the service's clock is driven.
    """

    def __init__(
        self,
        sources: Sequence[MailSource[Any]],
        deliveries: Deliveries,
        channels: Sequence[Channel],
        metrics: Metrics,
        clock: Clock,
        machine: Clock | None = None,
    ) -> None:
        self._sources, self._deliveries = sources, deliveries
        self._channels = {channel.name: channel for channel in channels}
        self._metrics, self._clock, self._machine = metrics, clock, machine or SystemClock()
        self._owner = uuid4().hex
        self._woken = asyncio.Event()
        self._in_flight: dict[str, asyncio.Task[None]] = {}  # by mailbox
        self._due: deque[Delivery] = deque()
        self._taken_over_at = -_TAKE_OVER_SECONDS

    def wake(self) -> None:
        """Make the worker look for work now instead of at its next look, up to a second later."""
        self._woken.set()

    async def backlog(self) -> int:
        """The number of notices without their delivery documents, plus the deliveries that can or do run now."""
        # Notices are counted first, so one that becomes a delivery between the two counts is not missed.
        handed_over_later = sum([await source.count_undelivered() for source in self._sources])
        return handed_over_later + await self._deliveries.count_doable(self._channels, self._machine.now())

    async def run(self) -> None:
        """Deliver until cancelled. The worker looks for work when woken, when an attempt ends, and once a second."""
        backoff = Backoff()
        try:
            while True:
                self._woken.clear()
                try:
                    await self.look()
                    backoff.reset()
                except Exception as error:
                    if isinstance(error, TRANSIENT_DATABASE_ERRORS):
                        log.warning("cannot deliver yet", error=repr(error), retry_in=backoff.pause)
                    else:
                        self._bug("cannot look for deliveries", error)
                    await backoff.wait()
                    continue
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):  # unlike wait_for, it never swallows a cancellation
                        await self._woken.wait()
        finally:
            await self._finish()

    async def look(self) -> None:
        """Create the missing delivery documents, and start due deliveries while fewer than four are running."""
        await self._make_deliveries()
        begun = True
        while len(self._in_flight) < AT_ONCE:
            if not self._due:
                if not begun:
                    return
                begun, now = False, self._machine.now()
                self._due.extend(
                    await self._deliveries.due(self._channels, now, without=self._in_flight, limit=_DUE_AT_ONCE)
                )
                if not self._due:
                    return
            delivery = self._due.popleft()
            free = delivery.mailbox not in self._in_flight
            if free and (leased := await self._lease(delivery)) is not None:
                self._in_flight[leased.mailbox] = asyncio.create_task(self._deliver(leased))
                begun = True

    async def _make_deliveries(self) -> None:
        if time.monotonic() >= self._taken_over_at + _TAKE_OVER_SECONDS:
            with suppress(VersionConflict):
                for source in self._sources:
                    await source.take_over()  # a process of the last release may still be running
                self._taken_over_at = time.monotonic()
        for source in self._sources:
            items = await source.undelivered()
            while items:
                for start in range(0, len(items), notice_store.AT_ONCE):
                    await self._make_deliveries_of(source, items[start : start + notice_store.AT_ONCE])
                whole = len(items) == notice_store.UNDELIVERED_AT_ONCE
                items = await source.undelivered(after=items[-1].id) if whole else []

    async def _make_deliveries_of(self, source: MailSource[AnyItem], items: Sequence[AnyItem]) -> None:
        made = dict[str, list[Delivery]]()
        for item in items:
            try:
                made[item.id] = self._deliveries_to(await source.address(item), item.id)
            except TRANSIENT_DATABASE_ERRORS:
                raise
            except Exception as error:
                self._bug("a notice cannot be handed over", error, notice=item.id)
        await self._deliveries.make(delivery for of_item in made.values() for delivery in of_item)
        with suppress(VersionConflict):  # one was written in between; the next look reads it again
            await source.handed_over(made)

    def _deliveries_to(self, mailbox: str, item_id: str) -> list[Delivery]:
        now = self._machine.now()
        return [
            Delivery(notice=item_id, channel=channel, mailbox=mailbox, next_attempt=now) for channel in self._channels
        ]

    async def _lease(self, delivery: Delivery) -> Delivery | None:
        leased = rules.leased(delivery, self._owner, self._machine.now())
        if leased is None:
            return None
        try:
            saved = await self._deliveries.save(leased)
        except VersionConflict:
            return None  # another process was faster
        if delivery.lease is not None:
            self._metrics.deliveries.labels("interrupted").inc()
            log.warning("an attempt ended without its outcome; the mail may arrive twice", delivery=delivery.id)
        return saved

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            await self._conclude(delivery, await self._attempt(delivery))
        except Exception as error:  # once the lease has expired, the delivery is attempted again
            self._bug("the outcome of a delivery cannot be noted", error, delivery=delivery.id)
        finally:
            del self._in_flight[delivery.mailbox]
            self._woken.set()

    async def _attempt(self, delivery: Delivery) -> Outcome:
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                mail = await self._mail(delivery)
                if not isinstance(mail, RenderedMail):
                    return mail
                return await self._channels[delivery.channel].deliver(mail, delivery.mailbox)
        except _PASSING as error:
            return RetryLater(repr(error))
        except Exception as error:
            self._bug("a delivery failed by a bug", error, delivery=delivery.id)
            return RetryLater(f"a bug: {error!r}")

    async def _mail(self, delivery: Delivery) -> RenderedMail | RetryLater | NotNeeded:
        for source in self._sources:
            if (mail := await source.mail(delivery.notice, delivery.mailbox)) is not None:
                return mail
        return RetryLater("the notice has not been published yet")

    async def _conclude(self, delivery: Delivery, outcome: Outcome) -> None:
        """Store the outcome, however long the database is unreachable, unless another worker took the delivery over."""
        concluded = rules.concluded(delivery, outcome, self._machine.now(), self._clock.now())
        try:
            await retry_transient(partial(self._deliveries.save, concluded), TRANSIENT_DATABASE_ERRORS)
        except VersionConflict:
            log.warning("a delivery was taken over before its outcome was noted", delivery=delivery.id)
            return
        about = {
            "notice": delivery.notice,
            "channel": delivery.channel,
            "mailbox": delivery.mailbox,
            "attempts": delivery.attempts,
        }
        match outcome:
            case NotNeeded():
                self._metrics.deliveries.labels("not_needed").inc()
                log.info("a notice is not sent, because everything it names was reported since", **about)
            case Sent():
                self._metrics.deliveries.labels("sent").inc()
                log.info("notice sent", **about)
            case RetryLater(reason):
                self._metrics.deliveries.labels("retried").inc()
                log.warning("a delivery is retried later", reason=reason, at=concluded.next_attempt, **about)
            case FailedForGood(reason):
                self._metrics.deliveries.labels("failed").inc()
                log.error("a delivery failed for good", reason=reason, **about)
            case _:
                assert_never(outcome)

    def _bug(self, what: str, error: Exception, **about: str) -> None:
        self._metrics.failures.labels("bug").inc()
        log.critical(what, exc_info=error, **about)

    async def _finish(self) -> None:
        """Wait three seconds for running deliveries, then cancel them; they are retried once their lease expires."""
        if tasks := list(self._in_flight.values()):
            _, late = await asyncio.wait(tasks, timeout=_FINISH_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
