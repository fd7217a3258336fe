"""Checks the promise when all is at rest: against a replay of all events, and against what the agencies recorded."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

from pymongo import AsyncMongoClient

from deploy.maintenance.audit import check_chains
from deploy.stack.part import PartDied
from shared.contracts.audit import HeadPublished
from shared.contracts.model import Event
from shared.contracts.topics import AGENDAS, DECISIONS, DLQ, HEADS, JUDGEMENTS, NOTICES, RESULTS, SERVICES, topic_named
from shared.runtime.audit.hash_chain import Head
from shared.runtime.kafka.replay import read_all
from tests.live.chaos.agencies import Agencies
from tests.live.chaos.arena import REST_SECONDS, Arena, Restless
from tests.live.chaos.audit_lines import wrong_lines
from tests.live.chaos.council_awards import wrong_awards
from tests.live.chaos.council_opinions import wrong_opinions
from tests.live.chaos.council_papers import wrong_papers
from tests.live.chaos.council_sessions import wrong_sessions
from tests.live.chaos.council_sittings import wrong_sittings
from tests.live.chaos.deliveries import deliveries, invited, released, repeated, wrong_mails
from tests.live.chaos.desk import SESSION, SUBJECT, Desk
from tests.live.chaos.intake_receipts import Accepted, wrong_receipts, wrong_results
from tests.live.chaos.invitations import wrong_invitations
from tests.live.chaos.plans import partitions
from tests.live.chaos.poison import FORM_MARKER, Poison, topics
from tests.live.chaos.scoring_pages import wrong_figures, wrong_judgements
from tests.live.chaos.verdict import Broken, Loss, Verdict

_VERIFY_SECONDS: Final = 300.0
_RESEND_TIMES: Final = 3


class Oracle:
    """Inspects a stack at rest from outside: its topics, its databases, its files."""

    def __init__(
        self, arena: Arena, agencies: Agencies, poison: Poison, desk: Desk, rest_seconds: float = REST_SECONDS
    ) -> None:
        self._rest_seconds = rest_seconds
        self._arena, self._agencies, self._poison, self._desk = arena, agencies, poison, desk
        self._seen_dead_letters: dict[str, set[str]] = {service: set() for service in SERVICES}
        self._verdict = Verdict()
        self._dbs: dict[str, Any] = {}
        self._records: dict[str, list[Any]] = {}

    async def look(self) -> Verdict:
        """Wait until all is at rest, then make every check; returns the findings."""
        self._verdict = verdict = Verdict()
        try:
            await self._rest_and_answers()
        except (Restless, PartDied) as error:
            self._break("mismatch", "rest" if isinstance(error, Restless) else "processes", str(error))
        self._records.clear()
        async with self._databases(), asyncio.TaskGroup() as beside:
            beside.create_task(self.verify())  # a process of its own, which takes as long as all the rest
            accepted = await self._receipts()
            self._breaks("figures", await wrong_figures(self._dbs["scoring"], accepted))
            self._breaks("results", await wrong_results(self._events(RESULTS.name), accepted))
            for look in _LOOKS:
                await look(self)
        verdict.broken += [Broken("mismatch", "answers", wrong) for wrong in self._agencies.wrongs]
        self._agencies.wrongs.clear()
        return verdict

    def _break(self, loss: Loss, check: str, what: str) -> None:
        self._verdict.broken.append(Broken(loss, check, what))

    def _breaks(self, check: str, wrong: Iterable[tuple[Loss, str]]) -> None:
        self._verdict.broken += [Broken(loss, check, what) for loss, what in wrong]

    @asynccontextmanager
    async def _databases(self) -> AsyncIterator[None]:
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(self._arena.mongo)
        self._dbs = {service: client[f"thidua_{service}"] for service in SERVICES}
        try:
            yield
        finally:
            await client.close()

    async def _read(self, topic: str) -> AsyncIterator[Any]:
        """A topic's records, which nothing adds to at rest; several checks of one look read them once."""
        if topic not in self._records:
            self._records[topic] = [one async for one in read_all(self._arena.kafka, [topic], self._arena.login)]
        for record in self._records[topic]:
            yield record

    async def _events(self, topic: str) -> AsyncIterator[Event | None]:
        async for record in self._read(topic):
            yield self._event(topic, record.value)

    async def _rest_and_answers(self) -> None:
        """Wait until all is at rest and every inbox report is answered; send again what a broker has lost."""
        await self._arena.rest(partitions(), self._rest_seconds)
        await self._desk.sittings.notify_members()
        for _ in range(_RESEND_TIMES + 1):
            await self._arena.rest(partitions(), self._rest_seconds)
            waiting = await self._agencies.look_into_outboxes()
            lost = [r for r in waiting if r.lives[-1] == self._arena.cluster_id]
            for report in lost:
                self._break("lost", "answers", f"{report.id} in {report.feed.agency}'s inbox has no answer")
            again = [r for r in waiting if r not in lost]
            if not again:
                return
            self._verdict.resent += len(again)
            await self._agencies.republish(again)
        self._break("lost", "answers", "reports sent repeatedly are not answered")

    async def _receipts(self) -> Accepted:
        """Intake has each acknowledged report once with its receipt, and no gap in versions; returns the accepted."""
        accepted, wrong = await wrong_receipts(self._dbs["intake"], self._agencies.sent.values())
        self._breaks("receipts", wrong)
        self._verdict.reports = len(accepted)
        self._verdict.figures = sum(len(report.rows) for report, _ in accepted)
        return accepted

    @staticmethod
    def _event(topic: str, value: bytes | None) -> Event | None:
        try:
            return topic_named(topic).by_contract(value or b"")
        except ValueError:
            return None

    async def dead_letters(self) -> None:
        """The dead letters are exactly the poison on the topics, each once with its bytes."""
        log, injected = self._arena.cluster_id, self._poison.injected
        expected: dict[str, dict[str, tuple[bytes, bytes | None]]] = {service: {} for service in SERVICES}
        for topic, consumers in topics().items():
            async for record in self._read(topic):
                if record.key and record.key.startswith(FORM_MARKER):
                    place = f"{log}/{topic}/{record.partition}/{record.offset}"
                    for service in consumers:
                        expected[service][place] = (record.key, record.value)
        twins: dict[str, set[tuple[bytes | None, bytes | None]]] = defaultdict(set)
        for topic in topics():
            async for record in self._read(topic + DLQ):
                twins[topic].add((record.key, record.value))
        for service in SERVICES:
            gone, seen = self._seen_dead_letters[service], set()
            async for doc in self._dbs[service]["dead_letters"].find():
                seen.add(doc["_id"])
                self._verdict.dead_letters += 1
                key, value = (None if doc[part] is None else bytes(doc[part]) for part in ("key", "value"))
                here = doc["_id"].startswith(f"{log}/")
                if here and expected[service].pop(doc["_id"], None) is None:
                    self._break("mismatch", "dead letters", f"{service}: {doc['_id']} is no poison: {doc['reason']}")
                elif key not in injected or injected[key] != value:
                    self._break("mismatch", "dead letters", f"{service}: {doc['_id']} has other bytes than were sent")
                elif len(key) + len(value or b"") <= 1_000_000 and (key, value) not in twins[doc["topic"]]:
                    self._break("lost", "dead letters", f"{service}: {doc['_id']} is not on {doc['topic']}{DLQ}")
            for place in (*expected[service], *(gone - seen)):
                self._break("lost", "dead letters", f"{service}: {place} is poison and no dead letter")
            self._seen_dead_letters[service] = seen

    async def judgements(self) -> None:
        """scoring has the council's last judgement of each unit."""
        self._breaks("judgements", await wrong_judgements(self._dbs["scoring"], SUBJECT, self._desk.last))

    async def sessions(self) -> None:
        """council has each item that was added to the agenda once, and has published the agenda as it stands."""
        events = self._events(AGENDAS.name)
        self._breaks("sessions", await wrong_sessions(self._dbs["council"], events, SESSION, self._desk.titles))

    async def sittings(self) -> None:
        """council has each sitting with its members' answers, and has published it as it stands."""
        sittings, events = self._desk.sittings.all, self._events(AGENDAS.name)
        self._breaks("sittings", await wrong_sittings(self._dbs["council"], events, sittings))
        self._verdict.sittings = len(sittings)

    async def papers(self) -> None:
        """council has each paper's steps and scans, its audit chain has the steps, and members read the last scan."""
        sittings = self._desk.sittings
        self._breaks("papers", await wrong_papers(self._dbs["council"], sittings.all))
        for sitting in sittings.all:
            for name, paper in sitting.papers.items():
                self._verdict.paper_steps += len(paper.steps)
                if paper.scans and await sittings.scan_of(sitting, "tv-2") != list(paper.scans.values())[-1]:
                    self._break("lost", "papers", f"{sitting.key}/{name}: a member does not read the last scan")

    async def invitations(self) -> None:
        """Every member was invited to every sitting once, and told of each change."""
        notify, sittings = self._dbs["notify"], self._desk.sittings.all
        events = self._events(NOTICES.name)
        self._breaks("invitations", await wrong_invitations(notify, events, sittings, self._arena.now))

    async def opinions(self) -> None:
        """council has the opinions that each inquiry asks for, and has published them."""
        events = self._events(JUDGEMENTS.name)
        for wrong in await wrong_opinions(self._dbs["council"], events, self._desk.inquiries):
            self._break("lost", "opinions", wrong)

    async def awards(self) -> None:
        """council, its topic and scoring have each award as the desk gave or revoked it last."""
        events = self._events(DECISIONS.name)
        for wrong in await wrong_awards(self._dbs["council"], self._dbs["scoring"], events, self._desk.awards):
            self._break("lost", "awards", wrong)

    async def outboxes(self) -> None:
        """No document has anything left to publish."""
        for service, database in self._dbs.items():
            for name in await database.list_collection_names():
                if left := await database[name].count_documents({"pending": True}):
                    self._break("lost", "outboxes", f"{left} documents of {service}.{name} are still unpublished")

    async def verify(self) -> None:
        """A separate process recomputes scoring's boards and lists from the first event and finds no difference."""
        arena = self._arena
        env = {**os.environ, "THIDUA_KAFKA_USER": arena.login.user}
        env["THIDUA_KAFKA_PASSWORD"] = arena.login.password
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy", "verify", "--kafka", arena.kafka, "--mongo", arena.mongo),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=env,
        )
        try:
            out, _ = await asyncio.wait_for(process.communicate(), _VERIFY_SECONDS)
        except TimeoutError:
            process.kill()
            self._break("mismatch", "verify", f"did not end in {_VERIFY_SECONDS:.0f} seconds")
            return
        if process.returncode:
            self._break("mismatch", "verify", out.decode(errors="replace")[:2_000])

    async def notices(self) -> None:
        """Every notice and invitation is one mail with one content; no recipient is reminded twice of one stage."""
        notify, letterbox = self._dbs["notify"], self._arena.letterbox
        noted, reminded_twice = await released(notify)
        invitations = await invited(notify)
        self._verdict.notices, self._verdict.invitations = len(noted), len(invitations)
        self._breaks("notices", (("twice", twice) for twice in reminded_twice))
        sent, wrong = await deliveries(notify, noted | invitations)
        self._breaks("notices", (("lost", lost) for lost in wrong))
        mails = {path.stem for path in self._arena.mails.glob("*.eml")}
        for item in sent["folder"].keys() ^ mails:
            loss: Loss = "mismatch" if item in mails else "lost"
            self._break(loss, "notices", f"{item}: sent {item in sent['folder']}, mailed {item in mails}")
        self._breaks("mails", wrong_mails(letterbox, sent["smtp"], noted, invitations, self._arena.deaths["notify"]))
        self._verdict.repeated_mails = repeated(letterbox)
        notices: dict[str, Event] = {}
        async for event in self._events(NOTICES.name):
            if event and notices.setdefault(event.id, event) != event:
                self._break("mismatch", "notices", f"{event.id} was published with two contents")
        if len(notices) != len(noted) + len(invitations):
            self._break("lost", "notices", f"{len(noted)} + {len(invitations)} noted, {len(notices)} published")

    async def audit(self) -> None:
        """Every audit chain is complete and agrees with every head on the topic."""
        heads: dict[str, list[Head]] = defaultdict(list)
        async for record in self._read(HEADS.name):
            if isinstance(event := self._event(HEADS.name, record.value), HeadPublished):
                heads[event.data.service].append(Head(event.data.n, event.data.hash))
        for chain in await check_chains(self._arena.mongo, SERVICES, heads):
            if chain.bad is not None:
                why = f"{chain.service}: entry {chain.bad.n} of its chain is {chain.bad.why}"
                self._break("mismatch", "audit", why)
        for service, published_topics in _PUBLISHED.items():
            records = (
                record for topic in published_topics async for record in self._read(topic) if not _is_poison(record)
            )
            wrong = await wrong_lines(self._dbs[service]["audit"], records)
            self._breaks("audit", (("lost", line) for line in wrong))


def _is_poison(record: Any) -> bool:
    return bool(record.key and record.key.startswith(FORM_MARKER))


_PUBLISHED: Final[dict[str, tuple[str, ...]]] = {
    "council": (AGENDAS.name, DECISIONS.name, JUDGEMENTS.name),
    "notify": (NOTICES.name,),
}
"""The topics of which the audit chain of a service has every record."""


_LOOKS: tuple[Callable[[Oracle], Awaitable[None]], ...] = (
    Oracle.dead_letters,
    Oracle.judgements,
    Oracle.sessions,
    Oracle.sittings,
    Oracle.papers,
    Oracle.invitations,
    Oracle.opinions,
    Oracle.awards,
    Oracle.outboxes,
    Oracle.notices,
    Oracle.audit,
)
"""Every check that needs only the oracle. To add a check, write a method and add a line here."""
