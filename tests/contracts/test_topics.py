"""The topic table is consistent."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from shared.contracts.generate import type_of
from shared.contracts.topics import (
    AGENCY,
    DLQ,
    EVERY_SERVICE,
    INBOX,
    INBOX_PATTERN,
    OUTBOX,
    SERVICES,
    TOPICS,
    Topic,
    agency_of,
    concrete_topics,
    consumed_by,
    topic_named,
)

AGENCIES = ["so-noi-vu", "336", "12433"]
OUTSIDE = {"agencies", "secretariat", "operators"}

every_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


@every_topic
def test_a_topic_is_named_for_its_producer_or_its_agency(topic: Topic) -> None:
    """``<producer>.<entity>.v<major>``, or an agency's inbox or outbox; every service publishes to ``audit``."""
    producer = "audit" if topic.producer == EVERY_SERVICE else topic.producer
    own = rf"{producer}\.[a-z]+\.v[1-9]\d*"
    assert re.fullmatch(rf"{own}|(inbox|outbox)\.{AGENCY}\.v[1-9]\d*", topic.name)


@every_topic
def test_every_producer_and_consumer_is_a_service_or_a_listed_outsider(topic: Topic) -> None:
    """Every topic has a consumer, and no producer consumes its own topic."""
    assert {topic.producer, *topic.consumers} <= {*SERVICES, EVERY_SERVICE, *OUTSIDE}
    assert topic.consumers
    assert topic.producer not in topic.consumers


def test_every_event_type_is_published_on_exactly_one_topic() -> None:
    """The type alone identifies an event's topic."""
    counts = Counter(type_of(event) for topic in TOPICS for event in topic.events)
    assert {name: n for name, n in counts.items() if n != 1} == {}


@every_topic
def test_the_tolerant_form_of_an_event_has_the_type_of_the_published_one(topic: Topic) -> None:
    """``read_as`` is another form of the same event."""
    assert topic.read_as is None or [type_of(topic.read_as)] == [type_of(event) for event in topic.events]


@every_topic
def test_every_service_that_consumes_a_topic_subscribes_to_it(topic: Topic) -> None:
    """``consumed_by`` and ``Topic.consumers`` agree."""
    assert {service for service in SERVICES if topic in consumed_by(service)} == set(topic.consumers) & set(SERVICES)


def test_every_agency_has_its_own_inbox_and_outbox() -> None:
    """Every other topic exists once, and no placeholder is left in a name."""
    names = [name for name, _ in concrete_topics(AGENCIES)]
    pairs = {name for agency in AGENCIES for name in (f"inbox.{agency}.v1", f"outbox.{agency}.v1")}
    assert {*names} == {topic.name for topic in TOPICS if AGENCY not in topic.name} | pairs
    assert len(names) == len({*names})


def test_the_order_of_the_agencies_does_not_matter() -> None:
    """Two processes that create the topics create the same ones."""
    assert concrete_topics(AGENCIES) == concrete_topics(reversed(AGENCIES))


@pytest.mark.parametrize(("name", "topic"), concrete_topics(AGENCIES))
def test_a_concrete_topic_is_found_in_the_table(name: str, topic: Topic) -> None:
    """This includes an agency's inbox and outbox."""
    assert topic_named(name) is topic


@pytest.mark.parametrize(
    "name",
    ["", "intake.plans", "intake.plans.v2", "outbox.336.v2", *(name + DLQ for name, _ in concrete_topics(AGENCIES))],
)
def test_a_topic_that_is_not_in_the_table_is_not_found(name: str) -> None:
    """Examples are another major version and a dead-letter topic, which holds records of any kind."""
    with pytest.raises(KeyError):
        topic_named(name)


@pytest.mark.parametrize("agency", AGENCIES)
def test_an_inbox_matches_the_inbox_pattern_and_names_its_agency(agency: str) -> None:
    """intake subscribes to this pattern, which matches every inbox, no outbox and no dead-letter topic."""
    assert re.match(INBOX_PATTERN, INBOX.of(agency))
    assert agency_of(INBOX.of(agency)) == agency
    assert not re.match(INBOX_PATTERN, OUTBOX.of(agency))
    assert not re.match(INBOX_PATTERN, INBOX.of(agency) + DLQ)
