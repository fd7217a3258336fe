"""Read routes for operators and the demo: the notices, the reminders of a day, and their number by outcome."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator

from services.notify import rules
from services.notify.handlers import Notify
from services.notify.store import Accounts
from shared.contracts.model import TolerantModel, within_bounds
from shared.contracts.notify import Notice
from shared.runtime.references import References
from shared.wording.unit_names import full_name


class Reminder(TolerantModel):
    """A notice that is still to be sent, and its recipient's name."""

    name: str
    notice: Notice


def routes(notify: Notify, accounts: Accounts, references: References) -> APIRouter:
    """notify's read routes."""
    router = APIRouter(prefix="/v1")

    @router.get("/notices")
    async def notices() -> list[Notice]:
        sent = [notice for account in await accounts.all() for notice in account.notices.values()]
        return sorted(sent, key=lambda notice: (notice.sent_at, notice.recipient))

    @router.get("/counts")
    async def counts() -> dict[str, int]:
        return rules.counts(await accounts.all())

    @router.get("/reminders")
    async def reminders(day: Annotated[date, AfterValidator(within_bounds)]) -> list[Reminder]:
        """The reminders of a local day that would be sent as things stand now, by recipient's code."""
        return [Reminder(name=_name(notice), notice=notice) for notice in await notify.preview(day)]

    def _name(notice: Notice) -> str:
        register = references.newest_register(notice.plan.province)
        return full_name(register, notice.recipient) if register else notice.recipient

    return router
