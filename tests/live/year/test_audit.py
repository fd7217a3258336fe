"""Every event of a played year is in the audit chains."""

from __future__ import annotations

from collections import Counter

from deploy.maintenance.audit import check_chains, published_heads
from shared.contracts.topics import AGENCY, SERVICES, TOPICS
from shared.runtime.audit.trail import Audit, audit_line
from shared.runtime.clock import SystemClock
from shared.runtime.kafka.replay import read_all
from shared.runtime.mongo import Database
from shared.runtime.outbox import Outgoing
from tests.support.played_year import Played


async def test_every_chain_is_whole_and_agrees_with_every_head_it_has_published(played: Played) -> None:
    """Each service publishes one head for each local day on which the clock stopped."""
    heads = await published_heads(played.stack.kafka)
    checked = await check_chains(played.stack.mongo, SERVICES, heads)
    assert {chain.service: chain.bad for chain in checked} == dict.fromkeys(SERVICES)
    assert all(chain.entries and chain.published for chain in checked)
    assert all(len({head.n for head in heads[service]}) > 1 for service in SERVICES)


async def test_every_published_event_is_in_the_chains_exactly_once(played: Played) -> None:
    """This holds for every record of every topic that a service publishes, byte for byte."""
    entered: Counter[str] = Counter()
    for service in SERVICES:
        database = Database(played.stack.mongo, f"thidua_{service}")
        async for entry in Audit(database, service, SystemClock()).entries():
            entered.update(entry.get("said", ()))
        await database.close()
    assert {text: times for text, times in entered.items() if times != 1} == {}
    topics = [topic.name for topic in TOPICS if AGENCY not in topic.name]
    published = {
        audit_line(Outgoing(record.topic, record.key, record.value))
        async for record in read_all(played.stack.kafka, topics)
    }
    assert published
    assert published <= entered.keys()
