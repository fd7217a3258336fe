"""What the services' metrics say, and that no caller can make new series."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.intake.access.key_policy import Key
from services.intake.measuring import days_left, places_left
from services.notify.measuring import count_duties, next_deadlines
from services.notify.rules import OpenDuty
from services.notify.state import Stand
from shared.contracts.model import VIETNAM
from shared.contracts.topics import DLQ, INBOX, RESULTS, SERVICES
from shared.plans.duties import duties
from shared.runtime.ages import UnhandledAges, WaitingAges
from shared.runtime.consumer.committing import CountedMessage
from shared.runtime.consumer.offsets import HandledOffsets
from shared.runtime.consumer.paused_partitions import PausedPartitions
from shared.runtime.http.request_metrics import RequestMetrics
from shared.runtime.kafka.records import Record
from shared.runtime.metrics import PAUSE_REASONS, Metrics, release, topic_label
from tests.support.movement import register, s0, s1

NOW = datetime(2023, 12, 20, 2, tzinfo=UTC)


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"thidua_{name}", labels)


def test_the_age_of_a_partition_is_that_of_its_oldest_unhandled_record() -> None:
    """Traffic that is handled steadily stays young, however long it goes on and however much is on its way."""
    ages = UnhandledAges()
    for second in range(0, 600, 15):
        ages.see("p", second * 10, second)
        assert ages.age("p", (second - 15) * 10, second) <= 15
    assert ages.age("p", 5850, 1000) == 0
    ages.see("p", 5851, 1000)
    ages.see("p", 6000, 1060)
    assert ages.age("p", 5850, 1090) == 90
    assert ages.age("p", 5851, 1090) == 30


def test_a_partition_that_nobody_handles_takes_bounded_room_and_keeps_its_age() -> None:
    """A thousand looks on, the first record is as old as it is."""
    ages = UnhandledAges()
    for second in range(1000):
        ages.see("p", second + 1, second)
    assert ages.age("p", 0, 1000) == 1000
    assert len(ages._marks["p"]) <= 512


def test_three_documents_that_are_always_fresh_are_young_and_one_that_stays_grows_old() -> None:
    """What was published and written again in between waits again; without progress a new revision is the old wait."""
    ages = WaitingAges()
    for second in range(0, 600, 15):
        fresh = {f"{second}-{n}": 1 for n in range(3)}
        assert ages.oldest(fresh, second, progressed=True) == 0
    assert ages.oldest({"a": 1}, 600, progressed=True) == 0
    assert ages.oldest({"a": 1, "b": 1}, 630, progressed=True) == 30
    assert ages.oldest({"a": 2, "b": 1}, 660, progressed=False) == 60
    assert ages.oldest({"a": 3, "b": 1}, 690, progressed=True) == 60
    assert ages.oldest({}, 700, progressed=True) == 0


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_exports_its_own_business_metrics_and_no_series_of_creation_times(service: str) -> None:
    """Every service says its release, its process and its collector."""
    text = Metrics(service).render().decode()
    own = {"intake": "reports_total", "scoring": "board_seconds", "council": "sessions", "notify": "notices_total"}
    for other, name in own.items():
        assert (f"# HELP thidua_{name.removesuffix('_total')}" in text) is (other == service), name
    assert "_created" not in text
    assert 'thidua_build_info{python="3.1' in text
    assert f'version="{release()}"' in text
    assert "process_cpu_seconds_total" in text
    assert "python_gc_collections_total" in text


def test_the_topics_of_all_agencies_are_one_label() -> None:
    """Otherwise every agency would have series of its own."""
    assert topic_label(INBOX.of("so-noi-vu")) == topic_label(INBOX.of("so-y-te")) == INBOX.name
    assert topic_label(INBOX.of("so-noi-vu") + DLQ) == INBOX.name + DLQ
    assert topic_label(RESULTS.name) == RESULTS.name


async def test_lag_and_age_are_by_topic_and_partition() -> None:
    """The inboxes of two agencies add up; the age is that of the older."""
    offsets, metrics = HandledOffsets(lambda: None, None), Metrics()  # type: ignore[arg-type]
    offsets.handled = {(INBOX.of("a"), 0): 3, (INBOX.of("b"), 0): 5, (RESULTS.name, 2): 9}
    for partition, end, seen in ((INBOX.of("a"), 10, 40.0), (INBOX.of("b"), 6, 70.0)):
        offsets._ends[partition, 0] = end
        offsets._ages.see((partition, 0), end, seen)
    offsets._ends[RESULTS.name, 2] = 9
    offsets.measure(metrics, 100.0)
    assert value(metrics, "consumer_lag_records", topic=INBOX.name, partition="0") == 8
    assert value(metrics, "consumer_lag_records", topic=RESULTS.name, partition="2") == 0
    assert value(metrics, "unhandled_age_seconds", topic=INBOX.name) == 60
    assert value(metrics, "unhandled_age_seconds", topic=RESULTS.name) == 0
    offsets.forget()
    offsets.measure(metrics, 100.0)
    assert value(metrics, "consumer_lag_records", topic=RESULTS.name, partition="2") is None


def test_paused_partitions_are_counted_by_reason() -> None:
    """A reason without a partition is 0, not absent."""
    metrics = Metrics()
    paused = PausedPartitions(lambda: None, metrics)
    paused.pause(Record("log", RESULTS.name, 0, 7, None, None, ()), "a bug", bug=True)
    paused.pause(Record("log", RESULTS.name, 1, 7, None, None, ()), "waits")
    assert [value(metrics, "paused_partitions", reason=reason) for reason in PAUSE_REASONS] == [1, 1, 0]
    paused.forget()
    assert [value(metrics, "paused_partitions", reason=reason) for reason in PAUSE_REASONS] == [0, 0, 0]


async def test_a_commit_that_the_broker_refuses_is_counted_and_raised() -> None:
    """FastStream then reads the batch again."""

    class Broken:
        async def commit(self) -> None:
            raise ConnectionError

    metrics = Metrics()
    rest: dict[str, Any] = {"body": b"", "headers": {}, "message_id": "", "correlation_id": ""}
    message = CountedMessage(metrics.commit_failures, raw_message=(), consumer=Broken(), **rest)
    with pytest.raises(ConnectionError):
        await message.ack()
    assert value(metrics, "commit_failures_total") == 1


async def test_requests_are_counted_by_the_template_of_their_route() -> None:
    """Whatever paths and methods a caller invents, the series are those of the routes."""
    app, metrics = FastAPI(), Metrics()
    app.add_middleware(RequestMetrics, metrics=metrics)

    @app.get("/v1/things/{name}")
    async def thing(name: str) -> str:
        if name == "broken":
            raise RuntimeError
        return name

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        for path in ("/v1/things/a", "/v1/things/b", "/v1/things/broken", "/nowhere/1", "/nowhere/2"):
            await http.get(path)
        for method in ("BREW", "STEEP"):
            await http.request(method, "/nowhere/3")
    route = "/v1/things/{name}"
    assert value(metrics, "http_requests_total", method="GET", route=route, status="200") == 2
    assert value(metrics, "http_requests_total", method="GET", route=route, status="500") == 1
    assert value(metrics, "http_requests_total", method="GET", route="unrouted", status="404") == 2
    assert value(metrics, "http_requests_total", method="other", route="unrouted", status="404") == 2
    assert value(metrics, "http_request_seconds_count", route=route) == 3


def test_duties_are_expected_received_or_late() -> None:
    """A late one is over its last permitted day and not complete; one that is complete late is no longer late."""
    plan = s0()
    today = date(2023, 12, 20)
    items = [OpenDuty(plan, duty, ()) for duty in duties(plan, register(), today)]  # type: ignore[arg-type]
    by_report = [item for item in items if item.duty.by_report and not item.duty.historical]
    overdue = [item for item in by_report if item.duty.last_day < today]
    assert overdue
    stands = {key: Stand() for item in items for key in item.answered_by}
    counts = count_duties(items, stands, today)
    assert sum(n for (_, _, state), n in counts.items() if state == "expected") == len(by_report)
    assert sum(n for (_, _, state), n in counts.items() if state == "late") == len(overdue)
    stands |= dict.fromkeys(overdue[0].answered_by, Stand(version=1, complete_at=NOW))
    after = count_duties(items, stands, today)
    assert sum(n for (_, _, state), n in after.items() if state == "late") < len(overdue)
    assert sum(n for (_, _, state), n in after.items() if state == "received") >= 1


def test_the_next_deadline_of_an_obligation_is_the_end_of_its_first_day_that_is_not_over() -> None:
    """A day counts until it ends, and an obligation with nothing to come has none."""
    plan = s0()
    today = date(2023, 11, 30)
    items = [OpenDuty(plan, duty, ()) for duty in duties(plan, register(), today)]  # type: ignore[arg-type]
    days = {
        duty.last_day for item in items if (duty := item.duty).by_report and duty.obligation and not duty.historical
    }
    on, after = min(day for day in days if day >= today), max(days) + timedelta(days=1)
    assert min(next_deadlines(items, on).values()) == datetime.combine(on + timedelta(days=1), time.min, VIETNAM)
    later = next_deadlines(items, on + timedelta(days=1))
    assert datetime.combine(on + timedelta(days=1), time.min, VIETNAM) not in later.values()
    assert next_deadlines(items, after) == {}


def test_an_agencys_keys_end_with_its_last_one() -> None:
    """An agency that has renewed its key is none that soon has no key, and one without a valid key is not counted."""

    def key(days: float) -> Key:
        return Key("digest", NOW, NOW + timedelta(days=days), "operator")

    assert days_left({"a": [key(2), key(90)], "b": [key(30)], "c": [key(-1)], "d": []}, NOW) == [30, 90]


def test_places_left_are_the_rows_of_all_nominators_less_what_was_nominated() -> None:
    """An award with a row that has no limit is left out."""
    plan = s1()
    left = places_left(plan, [], register(), date(2023, 12, 20))
    limited = {award.id for award in plan.nominated if all(row.at_most is not None for row in award.places)}
    assert set(left) == limited
    assert all(n > 0 for n in left.values())
