"""What `thidua doctor` finds: each of the faults that were planted one by one in a sound deployment, and only it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from deploy.maintenance.doctor import EVERY_SERVICE, INDEXES, Facts, Finding, ServiceFacts, examine
from deploy.maintenance.kafka_rights import USERS, Acl, principal, rights_of
from shared.contracts.topics import DLQ, INBOX, OUTBOX, SERVICES, concrete_topics

NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)
AGENCY = "so-noi-vu"
FINE = ServiceFacts(release="1.0", clock=NOW - timedelta(seconds=2))
TOPICS = {name + suffix for name, _ in concrete_topics([AGENCY]) for suffix in ("", DLQ)}
ACLS = [
    Acl(f"User:agency.{AGENCY}", "topic", INBOX.of(AGENCY), "LITERAL", "WRITE"),
    Acl(f"User:agency.{AGENCY}", "topic", OUTBOX.of(AGENCY), "LITERAL", "READ"),
    Acl(f"User:agency.{AGENCY}", "group", f"agency.{AGENCY}.", "PREFIXED", "READ"),
]
SOUND = Facts(
    now=NOW,
    today=date(2026, 11, 29),
    services=dict.fromkeys(SERVICES, FINE),
    topics=TOPICS,
    agencies=[AGENCY],
    acls=ACLS,
    indexes={service: {**EVERY_SERVICE, **own} for service, own in INDEXES.items()},
    keys_end={AGENCY: NOW + timedelta(days=100)},
    calendar_days=300,
    plans_end={"46-kh-ubnd-2023": date(2026, 12, 31)},
    free_disk=0.5,
    backup_at=NOW - timedelta(hours=5),
)
WIDE = Acl(f"User:agency.{AGENCY}", "topic", "inbox.", "PREFIXED", "WRITE")
WITHOUT = {**EVERY_SERVICE, **INDEXES["intake"], "api_keys": set[str]()}


def wrong(facts: Facts) -> list[Finding]:
    return [finding for finding in examine(facts) if finding.level != "ok"]


def test_a_sound_deployment_has_no_finding() -> None:
    """Every check states that all is in order."""
    assert wrong(SOUND) == []
    assert len({finding.check for finding in examine(SOUND)}) == 11


@pytest.mark.parametrize(
    ("check", "text", "fault"),
    [
        ("topics", "thiếu chủ đề scoring.standings.v1", {"topics": TOPICS - {"scoring.standings.v1"}}),
        ("topics", "chủ đề lạ thu.v1", {"topics": TOPICS | {"thu.v1"}}),
        ("acls", "quá rộng", {"acls": [*ACLS, WIDE]}),
        ("indexes", "intake.api_keys thiếu chỉ mục keys.digest", {"indexes": {**SOUND.indexes, "intake": WITHOUT}}),  # type: ignore[dict-item]
        ("clocks", "council lệch 300 giây", {"services": {"council": replace(FINE, clock=NOW - timedelta(minutes=5))}}),
        ("keys", f"khóa của {AGENCY} đã hết hạn", {"keys_end": {AGENCY: NOW}}),
        ("calendar", "chỉ còn 32 ngày", {"calendar_days": 32}),
        ("plans", "đã qua từ ngày 28/11/2026", {"plans_end": {"46-kh-ubnd-2023": date(2026, 11, 28)}}),
        ("backup", "đã 8 ngày", {"backup_at": NOW - timedelta(days=8)}),
        ("releases", "notify 0.9", {"services": {"notify": replace(FINE, release="0.9")}}),
        ("services", "scoring không trả lời", {"services": {"scoring": None}}),
        ("services", "database", {"services": {"scoring": replace(FINE, unready=("database: away",))}}),
        ("disk", "còn trống 9%", {"free_disk": 0.09}),
    ],
)
def test_each_planted_fault_is_found_and_nothing_else(check: str, text: str, fault: dict[str, Any]) -> None:
    """One fault, one finding, which names the thing."""
    if "services" in fault:
        fault = {"services": {**SOUND.services, **fault["services"]}}
    (finding,) = wrong(replace(SOUND, **fault))
    assert finding.check == check
    assert text in finding.text


@pytest.mark.parametrize(
    "acl",
    [
        Acl("User:*", "topic", INBOX.of(AGENCY), "LITERAL", "WRITE"),
        Acl(f"User:agency.{AGENCY}", "topic", INBOX.of(AGENCY), "LITERAL", "READ"),
        Acl(f"User:agency.{AGENCY}", "topic", OUTBOX.of(AGENCY), "LITERAL", "ALL"),
        Acl(f"User:agency.{AGENCY}", "topic", INBOX.of("so-y-te"), "LITERAL", "WRITE"),
        Acl(f"User:agency.{AGENCY}", "group", "agency.so-noi", "PREFIXED", "READ"),
        Acl(f"User:agency.{AGENCY}", "cluster", "kafka-cluster", "LITERAL", "ALTER"),
    ],
)
def test_a_right_that_registering_an_agency_does_not_grant_is_too_wide(acl: Acl) -> None:
    """Another's inbox, reading one's inbox, everybody, the cluster."""
    assert [finding.check for finding in wrong(replace(SOUND, acls=[*ACLS, acl]))] == ["acls"]


def test_what_cannot_be_asked_is_stated_and_not_taken_for_sound() -> None:
    """An embedded broker has no rights to look at; a database that does not answer has no indexes to compare."""
    facts = replace(SOUND, topics=None, acls=None, indexes=None, keys_end=None, plans_end=None, free_disk=None)
    assert {finding.check for finding in wrong(facts)} == {"topics", "acls", "indexes", "keys", "plans", "disk"}
    assert {finding.level for finding in wrong(facts)} == {"unchecked"}


def test_a_second_agencys_topics_are_not_strange() -> None:
    """An agency of an earlier plan keeps its topics."""
    assert wrong(replace(SOUND, topics=TOPICS | {INBOX.of("so-cu"), OUTBOX.of("so-cu") + DLQ})) == []


def test_the_rights_of_the_table_are_in_order_and_any_other_of_these_users_is_too_wide() -> None:
    """Also one that another of them has."""
    of_all = [right for user in USERS for right in rights_of(user)]
    assert wrong(replace(SOUND, acls=of_all)) == []
    for right in of_all:
        stolen = replace(right, principal=principal("notify"))
        if stolen not in rights_of("notify"):
            assert [finding.check for finding in wrong(replace(SOUND, acls=[stolen]))] == ["acls"], stolen
