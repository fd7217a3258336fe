"""Every metric a service exports, in one list and one registry per app.

| metric | labels | meaning |
|---|---|---|
| thidua_consumed_records_total | topic | records handled, dead letters included |
| thidua_dead_letters_total | topic | records stored and published as dead letters |
| thidua_unheard_records_total | topic | events of a type that only a newer release knows, skipped |
| thidua_bad_headers_total | topic | headers dropped because they were null or not UTF-8 |
| thidua_published_messages_total | topic | messages the outbox put on a topic |
| thidua_batch_seconds | | time to handle one batch |
| thidua_handler_failures_total | cause | what went wrong, see below |
| thidua_parked_partitions | | paused partitions: no plan or register yet, a bug, too many dead letters |
| thidua_unsent_documents | | documents with something still to be published |
| thidua_consumer_lag_records | | records on the assigned partitions not yet handled |
| thidua_ready | | 1 when the service does its work |
| thidua_reports_total | status | intake's answers: accepted, returned, duplicate, taken_back |
| thidua_eligible_units | movement, award, list | units on an award's lists: candidates, for_judgement |
| thidua_agenda_items | plan, session | items on a session's agenda |
| thidua_notices_total | outcome | reminders: sent, suppressed |
| thidua_deliveries_total | outcome | attempts to deliver a notice: sent, retried, failed, not_needed, interrupted |
| thidua_mailboxes_flagged | | mail addresses to which two mails in a row could not be delivered |
| thidua_calendar_days_left | calendar | days until the last day of the calendar that a document decides |

Causes of failures: transient (an external fault), stale (a lost race), bug, letter_limit (one dead letter too many),
replay (a replayed dead letter failed again), too_large and undeliverable (messages that no topic accepts), standstill
(a client that delivered nothing and was restarted).
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BATCH_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 90)
_CAUSES = ("transient", "stale", "bug", "letter_limit", "replay", "too_large", "undeliverable", "standstill")


class Metrics:
    """The metrics of one app, on their own registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.consumed = self._counter("consumed_records", "Records handled", "topic")
        self.dead_letters = self._counter("dead_letters", "Records stored and published as dead letters", "topic")
        self.unknown_types = self._counter("unheard_records", "Events of a type this release does not know", "topic")
        self.bad_headers = self._counter("bad_headers", "Headers dropped as null or not UTF-8", "topic")
        self.published = self._counter("published_messages", "Messages the outbox put on a topic", "topic")
        self.failures = self._counter("handler_failures", "Failed attempts to handle a batch", "cause")
        self.reports = self._counter("reports", "Answers to reports", "status")
        self.notices = self._counter("notices", "Reminders", "outcome")
        self.deliveries = self._counter("deliveries", "Attempts to deliver a notice", "outcome")
        self.batch_seconds = Histogram(
            "thidua_batch_seconds", "Time to handle one batch", buckets=_BATCH_SECONDS, registry=self.registry
        )
        self.paused = self._gauge("parked_partitions", "Partitions paused")
        self.unsent = self._gauge("unsent_documents", "Documents with something still to be published")
        self.lag = self._gauge("consumer_lag_records", "Records assigned and not yet handled")
        self.ready = self._gauge("ready", "1 when the service does its work")
        self.eligible = self._gauge("eligible_units", "Units on an award's lists", "movement", "award", "list")
        self.agenda_items = self._gauge("agenda_items", "Items on a session's agenda", "plan", "session")
        self.mailboxes_flagged = self._gauge("mailboxes_flagged", "Mail addresses that bounce")
        self.calendar_days_left = self._gauge("calendar_days_left", "Days the calendar still holds", "calendar")
        # A series that starts at its first event hides that event from increase(), so all known series start now at 0.
        for counter, values in (
            (self.failures, _CAUSES),
            (self.reports, ("accepted", "returned", "duplicate", "taken_back")),
            (self.notices, ("sent", "suppressed")),
            (self.deliveries, ("sent", "retried", "failed", "not_needed", "interrupted")),
        ):
            for value in values:
                counter.labels(value)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"thidua_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"thidua_{name}", text, labels, registry=self.registry)

    def render(self) -> bytes:
        """The registry in Prometheus' text format."""
        return generate_latest(self.registry)
