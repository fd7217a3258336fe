"""Every metric a service exports, in one list and one registry per service.

Names follow Prometheus: base units (seconds, records), ``_total`` for counters, and labels with few values: a topic of
the topic table, a route's template, an id from a plan. No label holds an agency, a report, a person or a session called
beside the plan. A service has only its own business metrics. ``_created`` series are left out, because nothing reads
them. The standard ``process_*`` and ``python_gc_*`` are exported beside these.

Causes of ``thidua_handler_failures_total``: transient (an external fault), conflict (a lost compare-and-set race), bug,
letter_limit (one dead letter too many), replay (a replayed dead letter failed again), too_large and undeliverable
(messages that no topic accepts), standstill (a client that delivered nothing and was restarted).
"""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from shared.contracts.topics import DLQ, topic_named

_PROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"
_BATCH_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 90)
_REQUEST_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
_BOARD_SECONDS: Final = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 900)
_REMINDER_SECONDS: Final = (30, 60, 120, 300, 600, 1200, 3600, 14400)
_CAUSES: Final = ("transient", "conflict", "bug", "letter_limit", "replay", "too_large", "undeliverable", "standstill")
PAUSE_REASONS: Final = ("no_plan", "bug", "dead_letters")
"""Why a partition is paused: its plan or units are unknown, a bug, or too many dead letters."""


@lru_cache(4096)
def topic_label(topic: str) -> str:
    """The name of a topic in the topic table: one name for the inboxes of all agencies. Another topic keeps its own."""
    name = topic.removesuffix(DLQ)
    try:
        return topic_named(name).name + topic[len(name) :]
    except KeyError:
        return topic


class Metrics:
    """The metrics of one service, on their own registry; without a service's name, those of all four."""

    def __init__(self, service: str = "") -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._service = service
        self._for_all()
        self._of_services()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def _for_all(self) -> None:
        # Requests over HTTP: rate, errors and duration by route template. What no route takes is "unrouted".
        self.requests = self._counter("http_requests", "Requests answered", "method", "route", "status")
        self.request_seconds = self._histogram("http_request_seconds", "Time to answer", _REQUEST_SECONDS, "route")
        # Records: all that were handled, and those of them that did not take effect. The rest was applied.
        self.consumed = self._counter("consumed_records", "Records handled, all outcomes", "topic")
        self.duplicates = self._counter("duplicate_records", "Records that repeat what is stored", "topic")
        self.stale = self._counter("stale_records", "Records older than what is stored", "topic")
        self.dead_letters = self._counter("dead_letters", "Records stored as dead letters", "topic")
        self.unknown_types = self._counter("unheard_records", "Events that only a newer release knows", "topic")
        self.bad_headers = self._counter("bad_headers", "Headers dropped as null or not UTF-8", "topic")
        self.batch_seconds = self._histogram("batch_seconds", "Time to handle one batch", _BATCH_SECONDS)
        self.failures = self._counter("handler_failures", "Failed attempts", "cause", values=_CAUSES)
        self.commit_failures = self._counter("commit_failures", "Offsets that the broker did not take")
        self.rebalances = self._counter("rebalances", "Assignments of partitions by the group")
        self.paused = self._gauge("paused_partitions", "Partitions that are not read", "reason", values=PAUSE_REASONS)
        # How far behind, in records and in seconds. Ages are counted from when this process first saw the record or
        # the document, so they start at 0 after a restart.
        self.lag = self._gauge("consumer_lag_records", "Records not handled yet", "topic", "partition")
        self.unhandled_age = self._gauge("unhandled_age_seconds", "Age of the oldest unhandled record", "topic")
        self.published = self._counter("published_messages", "Messages put on a topic", "topic")
        self.unsent = self._gauge("unsent_documents", "Documents with something still to be published")
        self.unsent_age = self._gauge("unsent_age_seconds", "Age of the oldest unsent document, 0 without one")
        self.open_dead_letters = self._gauge("open_dead_letters", "Dead letters that wait for an operator")
        # The process.
        self.ready = self._gauge("ready", "1 when the service does its work")
        self.loop_delay = self._gauge("event_loop_delay_seconds", "Longest delay of the event loop since last read")
        self.build = self._gauge("build_info", "1, with the release as label", "version", "python")
        self.build.labels(release(), platform.python_version()).set(1)
        # The audit chain, and work of operators ("backup", "verify"), which has no series before the first time.
        self.audit_entries = self._gauge("audit_entries", "Entries of the audit chain")
        self.audit_head_age = self._gauge("audit_head_age_seconds", "Age of the last published head of the chain")
        self.maintenance_age = self._gauge("maintenance_age_seconds", "Seconds since it was last done", "task")

    def _of_services(self) -> None:
        statuses = ("accepted", "returned", "duplicate", "taken_back")
        self.reports = self._counter("reports", "Answers to reports", "status", values=statuses, of="intake")
        self.returned = self._counter("returned_reports", "Reports returned", "plan", "obligation", of="intake")
        self.key_days_left = self._gauge("key_days_left", "Days until the next agency has no valid key", of="intake")
        self.keys = self._gauge("agencies_with_key", "Agencies that have a valid key", of="intake")
        self.places_left = self._gauge("places_left", "Nominations still allowed", "plan", "award", of="intake")
        self.eligible = self._gauge(
            "eligible_units", "Units on an award's lists", "movement", "award", "list", of="scoring"
        )
        self.standings_age = self._gauge(
            "standings_age_seconds", "How long figures wait to be on the lists, 0 if none does", of="scoring"
        )
        self.verify_mismatches = self._gauge(
            "verify_mismatches", "Differences that the last verify found", of="scoring"
        )
        self.board_seconds = self._histogram(
            "board_seconds", "From a report's acceptance to the lists, a batch each", _BOARD_SECONDS, of="scoring"
        )
        self.agenda_items = self._gauge("agenda_items", "Items on an agenda", "plan", "session", of="council")
        self.sessions = self._gauge("sessions", "Sessions of the council", "phase", of="council")
        self.session_at = self._gauge(
            "session_timestamp_seconds", "First instant of a session's window", "plan", "session", of="council"
        )
        self.agendas_age = self._gauge(
            "agendas_age_seconds", "Seconds since all agendas were brought up to date", of="council"
        )
        self.duties = self._gauge(
            "duties", "Duties to report, by state: expected, received, late", "plan", "obligation", "state", of="notify"
        )
        self.deadline_at = self._gauge(
            "deadline_timestamp_seconds", "Instant of an obligation's next deadline", "plan", "obligation", of="notify"
        )
        self.notices = self._counter("notices", "Reminders", "outcome", values=("sent", "suppressed"), of="notify")
        self.reminder_seconds = self._histogram(
            "reminder_seconds", "From a reminder's instant to its notice", _REMINDER_SECONDS, of="notify"
        )
        outcomes = ("sent", "retried", "failed", "not_needed", "interrupted")
        self.deliveries = self._counter("deliveries", "Attempts to deliver", "outcome", values=outcomes, of="notify")
        self.undelivered = self._gauge("undelivered_notices", "Deliveries that wait to be attempted", of="notify")
        self.mailboxes_flagged = self._gauge("mailboxes_flagged", "Mail addresses that bounce", of="notify")
        self.calendar_days_left = self._gauge(
            "calendar_days_left", "Days until the last day that a document decides", "calendar", of="notify"
        )

    def _registry(self, of: str) -> CollectorRegistry | None:
        """Where a metric is registered: nowhere if it is another service's."""
        return self.registry if not of or self._service in ("", of) else None

    # A series that starts at its first event hides that event from increase(): those of known ``values`` start at 0.
    def _counter(self, name: str, text: str, *labels: str, values: Sequence[str] = (), of: str = "") -> Counter:
        counter = Counter(f"thidua_{name}", text, labels, registry=self._registry(of))
        for value in values:
            counter.labels(value)
        return counter

    def _gauge(self, name: str, text: str, *labels: str, values: Sequence[str] = (), of: str = "") -> Gauge:
        gauge = Gauge(f"thidua_{name}", text, labels, registry=self._registry(of))
        for value in values:
            gauge.labels(value)
        return gauge

    def _histogram(self, name: str, text: str, buckets: Sequence[float], *labels: str, of: str = "") -> Histogram:
        return Histogram(f"thidua_{name}", text, labels, buckets=buckets, registry=self._registry(of))

    def render(self) -> bytes:
        """The registry in Prometheus' text format."""
        return generate_latest(self.registry)


def release() -> str:
    """The release of this program, also where it runs without being installed, as in the image."""
    try:
        return version("thidua")
    except PackageNotFoundError:
        return str(tomllib.loads(_PROJECT.read_text())["project"]["version"])
