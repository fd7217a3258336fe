"""Four faults of the running demo. Each must bring its alert, and no other, to Alertmanager and the operators' mailbox.

What mends a fault is what docs/operations.md says, by the same commands.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import Final

import httpx

from deploy.demo.drive import Driver
from deploy.demo.steps import SubmitDocuments, WithdrawReport, Year
from deploy.stack.embedded import Stack
from services.notify.mailboxes.reading import COLUMNS
from shared.contracts.topics import INBOX
from tests.ops.outcome import Outcome
from tests.ops.watching import Watching
from tests.support.mailserver import Mailserver
from tests.support.waiting import until

_FIRES_SECONDS: Final = 120.0
_ENDS_SECONDS: Final = 300.0
_TURNED_SECONDS: Final = 30.0
_QUIET_SECONDS: Final = 15.0
"""How long nothing else may fire once the mail is there; above the wait of Alertmanager's group of critical alerts."""
_POISONED: Final = "so-y-te"
_PAUSED: Final = "so-noi-vu"
_TOO_MANY: Final = 52
_FIRING: Final = "CẢNH BÁO"


@dataclass(frozen=True, slots=True)
class Demo:
    """What a drill may break: the stack, whoever drives it, the year that was played, the mails that arrived."""

    stack: Stack
    driver: Driver
    year: Year
    mails: Mailserver

    async def thidua(self, *words: str) -> str:
        """Run an operator's command on this stack and return what it printed. Raises ``AssertionError`` if it fails."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy", *words, "--dir", str(self.stack.folder)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return out.decode()

    async def poison(self, agency: str, count: int) -> None:
        """Put records that nobody can read on the inbox of an agency, under one key and so on one partition."""
        for number in range(count):
            await self.driver.produce(INBOX.of(agency), "dien-tap", f'{{"dở dang số": {number}'.encode())

    async def discard_all(self) -> None:
        """Give up every dead letter, as the runbook of DeadLettersOpen does."""
        await until(self._none_kept, "no dead letter is kept", seconds=_ENDS_SECONDS)

    async def _none_kept(self) -> bool:
        kept = [one["id"] for one in json.loads(await self.thidua("dlq", "list", "intake", "--json"))]
        if kept:
            await self.thidua("dlq", "discard", *kept, "--reason", "diễn tập")
        return not kept


@asynccontextmanager
async def stopped_database(demo: Demo) -> AsyncIterator[None]:
    """The database does not answer, and its connections stay open (SIGSTOP)."""
    demo.stack.parts["mongo"].suspend()
    try:
        yield
    finally:
        demo.stack.parts["mongo"].resume()


@asynccontextmanager
async def poison_record(demo: Demo) -> AsyncIterator[None]:
    """An agency's program writes one record that nobody can read."""
    await demo.poison(_POISONED, 1)
    yield
    await demo.discard_all()


@asynccontextmanager
async def paused_partition(demo: Demo) -> AsyncIterator[None]:
    """An agency's program writes nothing but such records, until intake stops at one."""
    await demo.poison(_PAUSED, _TOO_MANY)
    yield
    await demo.thidua("dlq", "allow", "intake", INBOX.of(_PAUSED), "--reason", "diễn tập")
    await demo.discard_all()


@asynccontextmanager
async def dead_mailbox(demo: Demo) -> AsyncIterator[None]:
    """The mailbox of an agency is gone, and the standing office returns a report to that agency."""
    report = next(step.reports[0] for step in demo.year.steps if isinstance(step, SubmitDocuments))
    book = demo.stack.folder / "hop-thu.csv"
    row = {"unit": report.agency, "role": "agency", "address": f"unknown.{report.agency}@thidua.example"}
    book.write_text("\n".join((",".join(COLUMNS[column] for column in row), ",".join(row.values()))), encoding="utf-8")
    await demo.thidua("mailboxes", "import", str(book))
    at = demo.year.instants[-1]
    await demo.driver.play_step(
        WithdrawReport(at, report.agency, report.report, "standing_office", "Diễn tập: bản gửi kèm chưa có chữ ký số.")
    )
    yield


@dataclass(frozen=True, slots=True)
class Drill:
    """A fault and the alert that must fire. ``jobs`` are the services that it must name; ``ends`` once it is mended."""

    name: str
    alert: str
    jobs: frozenset[str]
    fault: Callable[[Demo], AbstractAsyncContextManager[None]]
    ends: bool = True


DRILLS: Final = (
    Drill(
        "the database is stopped (SIGSTOP)",
        "ServiceNotReady",
        frozenset({"intake", "scoring", "council", "notify"}),
        stopped_database,
    ),
    Drill("a poison record", "DeadLettersOpen", frozenset({"intake"}), poison_record),
    Drill("a paused partition", "PartitionsPaused", frozenset({"intake"}), paused_partition),
    # A mail that was refused for good alerts for an hour, so this one comes last and is not waited for.
    Drill("a dead mailbox", "MailUndeliverable", frozenset({"notify"}), dead_mailbox, ends=False),
)


@asynccontextmanager
async def clock_turning(demo: Demo) -> AsyncIterator[None]:
    """Move council's clock on by a second now and then: on a driven clock nothing is due while nobody drives it.

    Without this AgendasOld fires five minutes after the year's last step, as it must.
    """

    async def turn() -> None:
        url, now = f"{demo.stack.urls['council']}/clock", demo.year.instants[-1]
        async with httpx.AsyncClient(timeout=_TURNED_SECONDS) as http:
            while True:
                await asyncio.sleep(_TURNED_SECONDS)
                now += timedelta(seconds=1)
                with suppress(httpx.HTTPError):  # a drill may have stopped the database
                    await http.post(url, json={"now": now.astimezone(UTC).isoformat()})

    turning = asyncio.create_task(turn())
    try:
        yield
    finally:
        turning.cancel()
        with suppress(asyncio.CancelledError):
            await turning


async def hold_drills(demo: Demo, watching: Watching, outcome: Outcome) -> None:
    """Every drill in turn; before the first one no alert may be on."""
    async with clock_turning(demo):
        await _hold_drills(demo, watching, outcome)


async def _hold_drills(demo: Demo, watching: Watching, outcome: Outcome) -> None:
    if before := sorted({alert.name for alert in await watching.alerts()}):
        outcome.add("drill", "before the first one", "WRONG", f"already on: {', '.join(before)}")
        return
    for drill in DRILLS:
        began = time.monotonic()
        try:
            problem = await _hold(drill, demo, watching)
        except (TimeoutError, AssertionError, httpx.HTTPStatusError) as error:
            problem = str(error)
        took = f"{time.monotonic() - began:.0f} s"
        outcome.add("drill", drill.name, "WRONG" if problem else "ok", problem or f"{drill.alert}, one mail, {took}")


async def _hold(drill: Drill, demo: Demo, watching: Watching) -> str:
    """Break, watch, mend, and wait for the end. Returns what was not as it must be."""
    seen: set[str] = set()
    mails_before = len(_warnings(demo.mails))

    async def fires_everywhere() -> bool:
        active = [alert for alert in await watching.alerts() if not alert.suppressed]
        seen.update(alert.name for alert in active)
        return {alert.job for alert in active if alert.name == drill.alert} >= drill.jobs

    async def is_over() -> bool:
        return not await watching.alerts()

    async with drill.fault(demo):
        await until(fires_everywhere, f"{drill.alert} fires", seconds=_FIRES_SECONDS)
        await until(lambda: len(_warnings(demo.mails)) > mails_before, "the mail arrives", seconds=_FIRES_SECONDS)
        quiet_until = time.monotonic() + _QUIET_SECONDS
        await until(lambda: _watched_until(quiet_until, fires_everywhere), "nothing else fires")
        others = sorted(seen - {drill.alert})
        mails = _warnings(demo.mails)[mails_before:]
    if drill.ends:
        await until(is_over, f"{drill.alert} ends once it is mended", seconds=_ENDS_SECONDS)
    problems = [f"fired too: {', '.join(others)}"] if others else []
    problems += [f"{len(mails)} mails: {'; '.join(mails)}"] if len(mails) != 1 else []
    return "; ".join(problems)


async def _watched_until(instant: float, look: Callable[[], object]) -> bool:
    """Look once more; whether the instant, of the monotonic clock, has come."""
    looked = look()
    if asyncio.iscoroutine(looked):
        await looked
    return time.monotonic() >= instant


def _warnings(mails: Mailserver) -> list[str]:
    """The subjects of Alertmanager's mails about alerts that fire."""
    subjects = (mail["headers"].get("Subject", "") for mail in mails.received())
    return [subject for subject in subjects if subject.startswith(_FIRING)]


def folder_of(run: Path, name: str) -> Path:
    """An empty folder for a part of a run."""
    made = run / name
    made.mkdir(parents=True)
    return made
