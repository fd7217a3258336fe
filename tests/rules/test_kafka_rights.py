"""What each user of the cluster may do follows from the table of topics."""

from __future__ import annotations

import pytest

from deploy.maintenance.kafka_rights import EXPORTER, OPS, USERS, Acl, rights_of
from shared.contracts.topics import AGENCY, DLQ, EVERY_SERVICE, SERVICES, TOPICS, Topic

FIXED = [topic for topic in TOPICS if AGENCY not in topic.name]


def may(user: str, operation: str, name: str) -> bool:
    """Whether a user may do something with a topic of this very name, by a literal right or a prefix."""
    return any(
        right.kind == "topic"
        and right.operation == operation
        and (right.name in (name, "*") if right.pattern == "LITERAL" else name.startswith(right.name))
        for right in rights_of(user)
    )


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_who_publishes_a_topic_writes_it_and_who_consumes_it_reads_it(topic: Topic) -> None:
    """Whoever consumes may also write it and its dead letters, to have one replayed; nobody else does either."""
    name = topic.of("so-noi-vu")
    for user in USERS:
        publishes, consumes = topic.producer in (user, EVERY_SERVICE) and user in SERVICES, user in topic.consumers
        assert may(user, "WRITE", name) is (publishes or consumes), user
        assert may(user, "READ", name) is (consumes or (user == OPS and topic in FIXED)), user
        assert may(user, "DESCRIBE", name), user
        if consumes:
            assert may(user, "WRITE", name + DLQ), user


def test_only_intake_creates_topics_and_only_those_of_agencies() -> None:
    creating = {(right.principal, right.name, right.pattern) for user in USERS for right in rights_of(user)
                if right.operation == "CREATE"}  # fmt: skip
    assert creating == {("User:intake", "inbox.", "PREFIXED"), ("User:intake", "outbox.", "PREFIXED")}


def test_each_service_has_its_own_group_and_nobody_may_change_the_cluster() -> None:
    groups = {(right.principal, right.name) for user in USERS for right in rights_of(user)
              if (right.kind, right.operation) == ("group", "READ")}  # fmt: skip
    assert groups == {(f"User:{name}", name) for name in SERVICES}
    operations = {right.operation for user in USERS for right in rights_of(user)}
    assert operations == {"READ", "WRITE", "CREATE", "DESCRIBE"}
    assert {user for user in USERS for right in rights_of(user) if right.kind == "broker"} == {OPS, EXPORTER}


def test_nobody_else_has_rights() -> None:
    with pytest.raises(KeyError):
        rights_of("admin")
    assert all(
        isinstance(right, Acl) and right.principal == f"User:{user}" for user in USERS for right in rights_of(user)
    )
