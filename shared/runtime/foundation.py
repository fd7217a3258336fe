"""The parts that every composition root creates first, and the workload that routes of a running service may read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from shared.runtime.audit.trail import Audit
from shared.runtime.clock import Clock, DrivenClock, SystemClock
from shared.runtime.handover import Handover
from shared.runtime.http.pages.changes import PageChanges
from shared.runtime.http.sign_in.ended import EndedSignIns
from shared.runtime.http.sign_in.reader import SignIns
from shared.runtime.kafka.clients import Admin
from shared.runtime.metrics import Metrics, release
from shared.runtime.mongo import Database
from shared.runtime.settings import ServiceSettings
from shared.runtime.tracing import Tracing


@dataclass(frozen=True)
class Subscription:
    """What a service consumes: a list of topics, or a pattern. The consumer group is the service's name."""

    topics: Sequence[str] = ()
    pattern: str | None = None


@dataclass(frozen=True)
class Foundation:
    """The parts every service has. They are made first, so that the service's own parts get them when constructed.

    ``handover`` is how stores and handlers wake the outbox relay; ``admin`` creates topics; ``sign_ins`` knows who is
    signed in. ``page_changes`` tells open pages that their documents have changed.
    """

    name: str
    settings: ServiceSettings
    clock: Clock
    metrics: Metrics
    database: Database
    audit: Audit
    admin: Admin
    handover: Handover
    sign_ins: SignIns
    tracing: Tracing
    page_changes: PageChanges

    @classmethod
    def create(cls, name: str, settings: ServiceSettings) -> Foundation:
        """Create the parts; none of them connects yet."""
        clock: Clock = SystemClock()
        if settings.clock == "driven":
            clock = DrivenClock(settings.clock_start or clock.now())
        database = Database(settings.mongo, settings.database_prefix + name, settings.mongo_driver)
        admin = Admin(settings.kafka, settings.replication_factor, settings.kafka_login)
        audit = Audit(database, name, clock)
        sign_ins = SignIns(EndedSignIns(database), settings.sign_in_keys, settings.stack, settings.pages)
        tracing, changes = _tracing(name, settings), PageChanges(database)
        return cls(name, settings, clock, Metrics(name), database, audit, admin, Handover(), sign_ins, tracing, changes)


def _tracing(name: str, settings: ServiceSettings) -> Tracing:
    if not settings.otlp:
        return Tracing()
    from shared.runtime.trace_export import OtlpJsonExporter  # imports the SDK, which most processes do not need

    return Tracing.to(OtlpJsonExporter(settings.otlp), name, release(), settings.trace_share)


@dataclass(frozen=True)
class Workload:
    """How much a running service still has to do. Routes that refuse requests under overload read it.

    ``unsent`` counts the documents still to be published. ``lag`` counts the records of one topic not handled yet,
    None before partitions are assigned. Both raise the errors of the database or the broker.
    """

    unsent: Callable[[], Awaitable[int]]
    lag: Callable[[str], Awaitable[int | None]]
