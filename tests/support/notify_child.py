"""A morning of notify as a process of its own, which kills itself with SIGKILL at a failpoint.

``python -m tests.support.notify_child MONGO DATABASE SMTP_URL SECONDS [FAILPOINT]`` writes the reminders of 29/11/2023,
publishes them to nowhere and sends them by SMTP. SECONDS are how long after the first process this one starts, by the
machine's clock that leases use. The last line of its output is the number of mails it sent. The failpoints:

| failpoint | where the process dies |
|---|---|
| before-notices | before the day's notices are written |
| before-accounts | between the notices and the states of their duties |
| before-lease | before a delivery is leased |
| after-lease | after it is leased, before the mail server is asked |
| after-250 | after the mail server has taken the mail |
| before-outcome | before the outcome is written |
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, NoReturn

from services.notify.channels.smtp import SmtpChannel
from services.notify.notice_store import Notices
from services.notify.smtp_server import SmtpServer
from services.notify.state import Delivery
from services.notify.store import Accounts, Deliveries
from shared.contracts.model import VIETNAM
from shared.runtime.clock import DrivenClock
from shared.runtime.mongo import Database, VersionConflict
from tests.support.notifying import REAL, outcomes, process

EIGHT = datetime(2023, 11, 29, 8, tzinfo=VIETNAM)
FAILPOINTS = ("before-notices", "before-accounts", "before-lease", "after-lease", "after-250", "before-outcome")


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def _arm(failpoint: str) -> None:
    """Wrap the method that the failpoint names; a delivery dies at its second pass, so that one is through before."""
    passes = 0

    def wrap(owner: type, real: Callable[..., Awaitable[Any]], counts: Callable[[Any], bool], *, after: bool) -> None:
        async def wrapped(self: Any, what: Any, *more: Any) -> Any:
            nonlocal passes
            answer = await real(self, what, *more) if after else None
            passes += counts(what)
            if counts(what) and passes == (2 if isinstance(what, Delivery) else 1):
                _die()
            return answer if after else await real(self, what, *more)

        setattr(owner, real.__name__, wrapped)

    match failpoint:
        case "before-notices":
            wrap(Notices, Notices.add, bool, after=False)
        case "before-accounts":
            wrap(Accounts, Accounts.save_many, lambda _: True, after=False)
        case "before-lease" | "after-lease":
            wrap(Deliveries, Deliveries.save, lambda d: d.lease is not None, after=failpoint == "after-lease")
        case "after-250":
            wrap(SmtpChannel, SmtpChannel.deliver, lambda _: True, after=True)
        case "before-outcome":
            wrap(Deliveries, Deliveries.save, lambda d: d.state == "sent", after=False)
        case _:
            raise ValueError(failpoint)


async def main(mongo: str, name: str, smtp_url: str, seconds: float, failpoint: str | None) -> None:
    """Send the mails of the morning."""
    if failpoint is not None:
        _arm(failpoint)
    database = Database(mongo, name)
    machine = DrivenClock(REAL + timedelta(seconds=seconds))
    notify = await process(database, SmtpChannel(SmtpServer.at(smtp_url, None)), machine)
    while True:
        try:
            await notify.reminding.remind(EIGHT)
            break
        except VersionConflict:
            continue  # the other process was faster; the service's ticker tries again as well
    await notify.deliver()
    print(int(outcomes(notify).get("sent", 0)))
    await database.close()


if __name__ == "__main__":
    mongo, name, smtp_url, seconds, *failpoint = sys.argv[1:]
    asyncio.run(main(mongo, name, smtp_url, float(seconds), failpoint[0] if failpoint else None))
