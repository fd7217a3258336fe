"""Checks the promise when all is at rest: against a replay of all events, and against what the agencies recorded."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from pymongo import AsyncMongoClient

from deploy.maintenance.audit import check_chains
from deploy.stack.part import PartDied
from shared.contracts.audit import HeadPublished
from shared.contracts.intake import ResultsReported
from shared.contracts.model import Event
from shared.contracts.topics import AGENDAS, DECISIONS, DLQ, HEADS, JUDGEMENTS, NOTICES, RESULTS, SERVICES, topic_named
from shared.runtime.audit.hash_chain import Head
from shared.runtime.kafka.replay import read_all
from tests.live.chaos.agencies import Agencies
from tests.live.chaos.arena import REST_SECONDS, Arena, Restless
from tests.live.chaos.council_awards import wrong_awards
from tests.live.chaos.council_opinions import wrong_opinions
from tests.live.chaos.council_sessions import wrong_sessions
from tests.live.chaos.deliveries import deliveries, released
from tests.live.chaos.desk import SESSION, SUBJECT, Desk
from tests.live.chaos.plans import partitions
from tests.live.chaos.poison import FORM_MARKER, Poison, topics
from tests.live.chaos.scoring_pages import wrong_figures, wrong_judgements
from tests.live.chaos.traffic import Report
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

    async def look(self) -> Verdict:
        """Wait until all is at rest, then make every check; returns the findings."""
        self._verdict = verdict = Verdict()
        try:
            await self._rest_and_answers()
        except (Restless, PartDied) as error:
            self._break("mismatch", "rest" if isinstance(error, Restless) else "processes", str(error))
        async with self._databases():
            accepted = await self._receipts()
            for check in (self._figures, self._results):
                await check(accepted)
            for look in _LOOKS:
                await look(self)
        verdict.broken += [Broken("mismatch", "answers", wrong) for wrong in self._agencies.wrongs]
        self._agencies.wrongs.clear()
        return verdict

    def _break(self, loss: Loss, check: str, what: str) -> None:
        self._verdict.broken.append(Broken(loss, check, what))

    @asynccontextmanager
    async def _databases(self) -> AsyncIterator[None]:
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(self._arena.mongo)
        self._dbs = {service: client[f"thidua_{service}"] for service in SERVICES}
        try:
            yield
        finally:
            await client.close()

    async def _read(self, topic: str) -> AsyncIterator[Any]:
        async for record in read_all(self._arena.kafka, [topic], self._arena.login):
            yield record

    async def _events(self, topic: str) -> AsyncIterator[Event | None]:
        async for record in self._read(topic):
            yield self._event(topic, record.value)

    async def _rest_and_answers(self) -> None:
        """Wait until all is at rest and every inbox report is answered; send again what a broker has lost."""
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

    async def _receipts(self) -> list[tuple[Report, dict[str, Any]]]:
        """Intake has each acknowledged report once with its receipt, and no gap in versions; returns the accepted."""
        kept: dict[str, list[dict[str, Any]]] = defaultdict(list)
        versions: dict[str, list[int]] = defaultdict(list)
        async for doc in self._dbs["intake"]["reports"].find({}, {"receipt": 1, "ledger": 1, "version": 1}):
            receipt = doc["receipt"]
            if [problem["code"] for problem in receipt["problems"]] == ["report_id_reused"]:
                continue
            kept[receipt["report"]].append(receipt)
            if doc.get("ledger"):
                versions[doc["ledger"]].append(doc["version"])
        for ledger, numbers in versions.items():
            if sorted(numbers) != list(range(1, len(numbers) + 1)):
                self._break("mismatch", "receipts", f"versions of {ledger}: {sorted(numbers)}")
        accepted: list[tuple[Report, dict[str, Any]]] = []
        for report in self._agencies.sent.values():
            found_receipts = kept.pop(report.id, [])
            if len(found_receipts) > 1:
                self._break("twice", "receipts", f"{report.id} is in intake {len(found_receipts)} times")
            if report.receipt is not None and report.receipt not in found_receipts:
                self._break("lost", "receipts", f"{report.id}: acknowledged {report.receipt}, kept {found_receipts}")
            for receipt in found_receipts[-1:]:
                if (receipt["status"] == "accepted") == report.wrong:
                    self._break("mismatch", "receipts", f"{report.id} was {receipt['status']}: {receipt['problems']}")
                if receipt["status"] == "accepted":
                    accepted.append((report, receipt))
        for unknown in kept:
            self._break("mismatch", "receipts", f"{unknown} is in intake and nobody sent it")
        self._verdict.reports = len(accepted)
        self._verdict.figures = sum(len(report.rows) for report, _ in accepted)
        return accepted

    async def _figures(self, accepted: list[tuple[Report, dict[str, Any]]]) -> None:
        """scoring has exactly the last version of each figure, as its agency wrote it."""
        for loss, wrong in await wrong_figures(self._dbs["scoring"], accepted):
            self._break(loss, "figures", wrong)

    async def _results(self, accepted: list[tuple[Report, dict[str, Any]]]) -> None:
        """The results topic has every figure that intake has stored, and nothing else."""
        kept = {receipt["id"]: (report, receipt) for report, receipt in accepted}
        published: dict[str, dict[str, Any]] = defaultdict(dict)
        async for record in self._read(RESULTS.name):
            event = self._event(RESULTS.name, record.value)
            if not isinstance(event, ResultsReported):
                continue
            data = event.data
            if data.receipt not in kept or kept[data.receipt][1]["version"] != data.version:
                self._break(
                    "mismatch", "results", f"version {data.version} of {data.report} is published and was never kept"
                )
                continue
            before = published[data.receipt].setdefault(event.id, data)
            if before != data:
                self._break("mismatch", "results", f"{event.id} of {data.report} was published with two contents")
        for receipt_id, (report, _) in kept.items():
            units = Counter(row.unit for data in published[receipt_id].values() for row in data.rows)
            if units != Counter(row["unit"] for row in report.rows):
                self._break(
                    "lost", "results", f"{report.id}: {len(report.rows)} figures kept, {units.total()} published"
                )

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
        for loss, wrong in await wrong_judgements(self._dbs["scoring"], SUBJECT, self._desk.last):
            self._break(loss, "judgements", wrong)

    async def sessions(self) -> None:
        """council has each item that was added to the agenda once, and has published the agenda as it stands."""
        events = self._events(AGENDAS.name)
        for loss, wrong in await wrong_sessions(self._dbs["council"], events, SESSION, self._desk.titles):
            self._break(loss, "sessions", wrong)

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
        """Every notice is one mail with one content, and no recipient is reminded twice of one stage."""
        noted, repeated = await released(self._dbs["notify"])
        self._verdict.notices = len(noted)
        for twice in repeated:
            self._break("twice", "notices", twice)
        sent, wrong_deliveries = await deliveries(self._dbs["notify"], noted)
        for wrong in wrong_deliveries:
            self._break("lost", "notices", wrong)
        mails = {path.stem for path in self._arena.mails.glob("*.eml")}
        for notice_id in sent ^ mails:
            loss: Loss = "lost" if notice_id in sent else "mismatch"
            self._break(loss, "notices", f"notice {notice_id}: sent {notice_id in sent}, mailed {notice_id in mails}")
        notices: dict[str, Event] = {}
        async for record in self._read(NOTICES.name):
            if (event := self._event(NOTICES.name, record.value)) and notices.setdefault(event.id, event) != event:
                self._break("mismatch", "notices", f"{event.id} was published with two contents")
        if len(notices) != len(noted):
            self._break("lost", "notices", f"{len(noted)} notices noted, {len(notices)} published")

    async def audit(self) -> None:
        """Every audit chain is complete and agrees with every head on the topic."""
        heads: dict[str, list[Head]] = defaultdict(list)
        async for record in self._read(HEADS.name):
            if isinstance(event := self._event(HEADS.name, record.value), HeadPublished):
                heads[event.data.service].append(Head(event.data.n, event.data.hash))
        for chain in await check_chains(self._arena.mongo, SERVICES, heads):
            if chain.bad is not None:
                self._break(
                    "mismatch", "audit", f"{chain.service}: entry {chain.bad.n} of its chain is {chain.bad.why}"
                )


_LOOKS: tuple[Callable[[Oracle], Awaitable[None]], ...] = (
    Oracle.dead_letters,
    Oracle.judgements,
    Oracle.sessions,
    Oracle.opinions,
    Oracle.awards,
    Oracle.outboxes,
    Oracle.notices,
    Oracle.verify,
    Oracle.audit,
)
"""Every check that needs only the oracle. To add a check, write a method and add a line here."""
