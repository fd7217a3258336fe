"""Read routes for operators and the demo: the notices, and the number of reminders by outcome."""

from __future__ import annotations

from fastapi import APIRouter

from services.notify import rules
from services.notify.store import Accounts
from shared.contracts.notify import Notice


def routes(accounts: Accounts) -> APIRouter:
    """notify's read routes."""
    router = APIRouter(prefix="/v1")

    @router.get("/notices")
    async def notices() -> list[Notice]:
        sent = [notice for account in await accounts.all() for notice in account.notices.values()]
        return sorted(sent, key=lambda notice: (notice.sent_at, notice.recipient))

    @router.get("/counts")
    async def counts() -> dict[str, int]:
        return rules.counts(await accounts.all())

    return router
