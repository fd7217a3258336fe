"""The agencies send reports over HTTP, with retries, and over their inbox topics, and record every answer."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import httpx

from shared.contracts.topics import INBOX, OUTBOX
from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS, Producer
from shared.runtime.kafka.replay import read_all
from shared.runtime.outbox import Outgoing, Undeliverable
from tests.live.chaos.arena import Arena
from tests.live.chaos.plans import agencies, published
from tests.live.chaos.traffic import Report

_AT_ONCE = 4
_REQUEST_SECONDS = 10.0
_GIVES_UP_SECONDS = 0.03
_PATIENCE_SECONDS = 240.0
_AWAY: tuple[type[Exception], ...] = (httpx.TransportError, Undeliverable, *TRANSIENT_BROKER_ERRORS)
_OLD_SHARE = 0.05


class Unanswered(Exception):
    """A client got no final answer in time, or an answer that breaks the promise."""


class Agencies:
    """Every agency of the arena, with each report sent and its receipt, if one came."""

    def __init__(self, arena: Arena, seed: int) -> None:
        self._arena = arena
        self._rng = random.Random(f"agencies {seed}")
        self._http = httpx.AsyncClient(timeout=_REQUEST_SECONDS, limits=httpx.Limits(max_connections=2 * _AT_ONCE))
        self._producer = self._new_producer()
        self._putting = asyncio.Lock()
        self._keys: dict[str, str] = {}
        self.sent: dict[str, Report] = {}
        self.wrongs: list[str] = []

    def _new_producer(self) -> Producer:
        arena = self._arena
        return Producer(arena.kafka, idempotent=arena.real is not None, login=arena.login)

    async def close(self) -> None:
        """Disconnect."""
        await self._http.aclose()
        await self._stop_producer()

    async def _stop_producer(self) -> None:
        try:
            await asyncio.wait_for(self._producer.stop(), 5)
        except TRANSIENT_BROKER_ERRORS:
            pass

    async def publish_references_and_fetch_keys(self) -> None:
        """Publish units and plans as the operator, and get every agency its key."""
        operator = {"Authorization": f"Bearer {self._arena.operator_key}", "Content-Type": "application/json"}
        intake = self._arena.addresses["intake"]
        units, plans = published()
        for what, body in (("units", units), *(("plans", plan) for plan in plans)):
            await self.insist("PUT", f"{intake}/v1/{what}", headers=operator, content=body.model_dump_json())
        for agency in agencies():
            answer = await self.insist("POST", f"{intake}/v1/agencies/{agency}/keys", headers=operator)
            self._keys[agency] = answer.json()["key"]

    @property
    def figures(self) -> int:
        """The number of figures that were acknowledged."""
        return sum(r.figures for r in self.sent.values() if r.receipt is not None)

    async def send_all(self, reports: Sequence[Report]) -> None:
        """Send reports, a few at a time, each until it is acknowledged."""
        turn = asyncio.Semaphore(_AT_ONCE)

        async def one(report: Report) -> None:
            async with turn:
                await self.send(report)

        await asyncio.gather(*(one(report) for report in reports))

    async def send(self, report: Report) -> None:
        """Send one report over its channel and in its manner."""
        self.sent[report.id] = report
        if report.way == "inbox":
            await self._send_to_inbox(report)
            if report.manner == "twice":
                await self._send_to_inbox(report)
            return
        if report.manner == "given up":
            await self.give_up(report)
            return
        await self._submit(report)
        if report.manner == "twice":
            await self._submit(report)
        elif report.manner == "reused":
            body = {**report.body, "note": "một nội dung khác"}
            answer = await self._post(report, body)
            if answer.status_code != 409:
                self.wrongs.append(f"{report.id} with another body was answered {answer.status_code}")
        if self._rng.random() < _OLD_SHARE:
            old = self._rng.choice(list(self.sent.values()))
            if old.way == "http" and old.receipt is not None:
                await self._submit(old)

    async def give_up(self, report: Report, seconds: float = _GIVES_UP_SECONDS) -> None:
        """Send once and disconnect before the answer: intake may have stored the report or not."""
        try:
            await self._http.post(
                f"{self._arena.addresses['intake']}/v1/reports",
                headers=self._headers(report),
                content=json.dumps(report.body),
                timeout=seconds,
            )
        except httpx.TransportError:
            pass

    def _headers(self, report: Report) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._keys[report.feed.agency]}",
            "Idempotency-Key": report.id,
            "Content-Type": "application/json",
        }

    async def _submit(self, report: Report) -> None:
        answer = await self._post(report, report.body)
        receipt = answer.json()
        self.answered(report, receipt if answer.status_code == 202 else receipt.get("receipt"))
        if report.receipt is None:
            raise Unanswered(f"{report.id}: {answer.status_code} {answer.text[:300]}")

    async def _post(self, report: Report, body: dict[str, Any]) -> httpx.Response:
        url = f"{self._arena.addresses['intake']}/v1/reports"
        return await self.insist("POST", url, headers=self._headers(report), content=json.dumps(body))

    def answered(self, report: Report, receipt: dict[str, Any] | None) -> None:
        """Record an answer; a different answer than before breaks the promise."""
        if report.receipt is not None and report.receipt != receipt:
            self.wrongs.append(f"{report.id} was answered {receipt} after {report.receipt}")
        report.receipt = receipt

    async def _send_to_inbox(self, report: Report) -> None:
        headers: tuple[tuple[str, bytes | None], ...] = ()
        if report.manner == "null header":
            headers = (("trace", None),)
        elif report.manner == "odd header":
            headers = (("trace", b"\xff\xfe"),)
        await self.put([Outgoing(INBOX.of(report.feed.agency), report.id.encode(), report.event, headers)])
        report.lives.append(self._arena.cluster_id)

    async def put(self, messages: Sequence[Outgoing]) -> None:
        """Publish messages and wait until the broker has acknowledged them. Raises ``Unanswered`` if it never does."""

        async def put() -> bool:
            try:
                async with self._arena.writing:
                    await asyncio.wait_for(self._producer(messages), 2 * _REQUEST_SECONDS)
            except TRANSIENT_BROKER_ERRORS:
                await self._stop_producer()
                self._producer = self._new_producer()
                raise
            return True

        async with self._putting:
            await self._retry_transient(put, f"putting on {messages[0].topic}")

    async def insist(self, method: str, url: str, **request: Any) -> httpx.Response:
        """Repeat a request with the same key until its answer is final: neither "retry later" nor a server error.

        Raises ``Unanswered`` if that takes too long.
        """
        answers: list[httpx.Response] = []

        async def ask() -> bool:
            answer = await self._http.request(method, url, **request)
            if answer.status_code == 429 or answer.status_code >= 500:
                return False
            answers.append(answer)
            return True

        await self._retry_transient(ask, url)
        return answers[-1]

    async def _retry_transient(self, work: Callable[[], Awaitable[bool]], what: str) -> None:
        deadline, pause = asyncio.get_running_loop().time() + _PATIENCE_SECONDS, 0.1
        while True:
            try:
                if await work():
                    return
            except _AWAY as error:
                reason = repr(error)
            else:
                reason = "not now"
            if asyncio.get_running_loop().time() > deadline:
                raise Unanswered(f"{what}: no answer in {_PATIENCE_SECONDS:.0f} seconds, last: {reason}")
            await asyncio.sleep(pause)
            pause = min(2 * pause, 1.0)

    async def look_into_outboxes(self) -> list[Report]:
        """Read the answers on the outbox topics; returns the inbox reports that have no answer yet."""
        waiting = [r for r in self.sent.values() if r.way == "inbox" and r.receipt is None]
        topics = sorted({OUTBOX.of(r.feed.agency) for r in self.sent.values() if r.way == "inbox"})
        if topics:
            async for record in read_all(self._arena.kafka, topics, self._arena.login):
                report = self.sent.get((record.key or b"").decode())
                if report is not None and record.value:
                    self.answered(report, json.loads(record.value)["data"])
        return [r for r in waiting if r.receipt is None]

    async def republish(self, reports: Iterable[Report]) -> None:
        """Send reports to the inbox topics again, as an agency without an answer does."""
        for report in reports:
            await self._send_to_inbox(report)
