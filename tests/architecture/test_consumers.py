"""No subscriber of any service can lose a message to a default setting."""

from __future__ import annotations

import pytest
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.kafka.subscriber.usecase import BatchSubscriber

from services.council.app import build as build_council
from services.council.settings import CouncilSettings
from services.intake.app import build as build_intake
from services.intake.settings import IntakeSettings
from services.notify.app import build as build_notify
from services.notify.settings import NotifySettings
from services.scoring.app import build as build_scoring
from services.scoring.settings import ScoringSettings
from shared.contracts.topics import INBOX_PATTERN, SERVICES, consumed_by
from shared.runtime.app import Service


async def built_services() -> dict[str, Service]:
    return {
        "intake": build_intake(IntakeSettings()),
        "scoring": build_scoring(ScoringSettings()),
        "council": build_council(CouncilSettings()),
        "notify": build_notify(NotifySettings()),
    }


async def test_every_service_has_exactly_one_subscriber() -> None:
    """One subscriber for all topics of a service: the group joins of several would queue for half a minute."""
    services = await built_services()
    assert set(services) == set(SERVICES)
    assert all(len(service.broker.subscribers) == 1 for service in services.values())


async def test_every_subscriber_is_batched_from_earliest_in_a_group_and_acks_only_after_success() -> None:
    """``NACK_ON_ERROR``, because the default commits first and so delivers at most once."""
    for name, service in (await built_services()).items():
        for subscriber in service.broker.subscribers:
            assert isinstance(subscriber, BatchSubscriber)
            assert subscriber.ack_policy is AckPolicy.NACK_ON_ERROR
            assert subscriber.group_id == name
            assert subscriber._connection_args["auto_offset_reset"] == "earliest"
            assert subscriber._connection_args["enable_auto_commit"] is False
            assert subscriber._connection_args["group_instance_id"] == f"{name}-0"
            assert subscriber._connection_args["partition_assignment_strategy"] == (RangePartitionAssignor,)
            assert subscriber._connection_args["max_partition_fetch_bytes"] == 4 * 1024 * 1024


async def test_every_service_consumes_exactly_the_topics_of_the_table() -> None:
    """intake by pattern, the others by list."""
    for name, service in (await built_services()).items():
        (subscriber,) = service.broker.subscribers
        assert isinstance(subscriber, BatchSubscriber)
        if name == "intake":
            assert subscriber.pattern is not None
            assert subscriber.pattern.broker_address == INBOX_PATTERN
        else:
            assert subscriber.topic_names_for_subscribe == [t.name for t in consumed_by(name)]  # type: ignore[arg-type]


async def test_building_a_service_connects_to_nothing() -> None:
    """No work at import or build, so the addresses in the default settings need not exist."""
    for service in (await built_services()).values():
        assert service.consumer.subscriber.consumer is None


pytestmark = pytest.mark.filterwarnings("default")
