"""What each user of the cluster may do, derived from the table of topics; pure.

The services' users and these rights are made by ``deploy.setup``, agencies' by ``thidua agency add``; ``thidua doctor``
compares what the cluster grants with both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from shared.contracts.topics import AGENCY, DLQ, EVERY_SERVICE, SERVICES, TOPICS, Service, Topic

OPS: Final = "ops"
EXPORTER: Final = "kafka-exporter"
USERS: Final = (*SERVICES, OPS, EXPORTER)
"""The users that are no agency's. ``admin``, which may do everything, is the broker's own and has no rights listed."""

Pattern = Literal["LITERAL", "PREFIXED"]
_EVERYTHING: Final = "*"
_CLUSTER: Final = "kafka-cluster"


@dataclass(frozen=True, slots=True)
class Acl:
    """A right that the cluster grants: ``kind`` is topic, group or broker (the cluster), ``operation`` READ, …"""

    principal: str
    kind: str
    name: str
    pattern: str
    operation: str


def principal(user: str) -> str:
    """What Kafka calls a user."""
    return f"User:{user}"


def rights_of(user: str) -> frozenset[Acl]:
    """All rights of one of ``USERS``. Raises ``KeyError`` for another name.

    A service writes what it publishes and, because an operator may have a dead letter replayed, what it consumes; it
    reads what it consumes in its own group; it sees which topics exist, so that it creates none twice. Only intake
    creates topics: those of agencies. Operators' commands read the events and the rights. The exporter reads no record.
    """
    if user in SERVICES:
        rights = _of_service(user)
    elif user in (OPS, EXPORTER):
        rights = _of_reader(user)
    else:
        raise KeyError(user)
    return frozenset(rights)


def _of_service(service: Service) -> Iterator[Acl]:
    who = principal(service)
    yield Acl(who, "topic", _EVERYTHING, "LITERAL", "DESCRIBE")
    yield Acl(who, "group", service, "LITERAL", "READ")
    for topic in TOPICS:
        name, pattern = _resource(topic)
        if topic.producer in (service, EVERY_SERVICE):
            yield Acl(who, "topic", name, pattern, "WRITE")
        if service in topic.consumers:
            yield Acl(who, "topic", name, pattern, "READ")
            yield Acl(who, "topic", name, pattern, "WRITE")
            if pattern == "LITERAL":
                yield Acl(who, "topic", name + DLQ, pattern, "WRITE")
        if service == "intake" and pattern == "PREFIXED":
            yield Acl(who, "topic", name, pattern, "CREATE")


def _of_reader(user: str) -> Iterator[Acl]:
    who = principal(user)
    yield Acl(who, "broker", _CLUSTER, "LITERAL", "DESCRIBE")
    yield Acl(who, "topic", _EVERYTHING, "LITERAL", "DESCRIBE")
    if user == EXPORTER:
        yield Acl(who, "group", _EVERYTHING, "LITERAL", "DESCRIBE")
        return
    for topic in TOPICS:
        name, pattern = _resource(topic)
        if pattern == "LITERAL":
            yield Acl(who, "topic", name, pattern, "READ")


def _resource(topic: Topic) -> tuple[str, Pattern]:
    before, agency, _ = topic.name.partition(AGENCY)
    return (before, "PREFIXED") if agency else (topic.name, "LITERAL")
