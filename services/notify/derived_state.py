"""What notify can make anew from the topics it hears.

Derived, all of it: ``plans``, ``registers``. Derived in part: ``accounts``. How each duty stands (the version of the
receipt last heard, since when the report is complete, what more time was granted) follows from receipts and extensions.

notify's own, and never touched: in each account the ledger of what became of each reminder stage (``outcomes``), the
notices, and what of them is still to be published or delivered; mending an account publishes and delivers nothing. An
account that was lost comes back without its ledger: what was sent is in a backup, and was said on
``notify.notices.v1``. Not touched either: ``deliveries``, ``dead_letters``, ``state``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.notify.handlers import Notify
from services.notify.state import Account, Stand
from services.notify.store import Accounts
from shared.runtime.clock import DrivenClock
from shared.runtime.derived_state import Derived, Facts, derived_references
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Database, Document
from shared.runtime.references import References

_NO_OFFICE = "none"
"""The office of plans that name none. Rebuilt notices are dropped, so it does not matter to whom they would go."""


class RebuiltNotify:
    """notify's handler on a fresh database. Its notices stay in its accounts: no outbox, no delivery worker runs."""

    def __init__(self, fresh: Database, now: datetime) -> None:
        self._references = References(fresh)
        self._accounts = Accounts(fresh)
        self.handler = Notify(self._accounts, self._references, DrivenClock(now), Metrics(), _NO_OFFICE)

    @property
    def derived(self) -> Sequence[Derived]:
        """How the duties stand."""
        return [*derived_references(), Derived("accounts", _stands, _standing)]

    async def prepare(self) -> None:
        """Make the indexes."""
        await self._references.prepare()
        await self._accounts.prepare()

    async def finish(self, live: Database) -> None:
        """Nothing more: what was sent is compared with nothing."""


def _account(doc: Document | None) -> Account:
    return Account.model_validate(doc["account"]) if doc else Account()


def _without_outcomes(stand: Stand) -> Stand:
    """What of a stand was heard."""
    return stand.model_copy(update={"outcomes": {}})


def _stands(doc: Document) -> Facts:
    with_receipt = {f"duty {duty}": _without_outcomes(stand) for duty, stand in _account(doc).duties.items()}
    return {name: stand for name, stand in with_receipt.items() if stand != Stand()}


def _standing(live: Document | None, fresh: Document | None, _: datetime) -> Document | None:
    was, now = _account(live), _account(fresh)
    duties = {
        duty: now.stand(duty).model_copy(update={"outcomes": was.stand(duty).outcomes})
        for duty in {**was.duties, **now.duties}
    }
    account = now.model_copy(
        update={"duties": {duty: stand for duty, stand in duties.items() if stand != Stand()}, "notices": was.notices}
    )
    doc = live or (fresh and {**fresh, "rev": 0, "unsent": [], "undelivered": [], "has_undelivered": False})
    if doc is None or (account == Account() and not doc["unsent"]):
        return None
    return {**doc, "account": account.model_dump(mode="json"), "extended": bool(account.extended)}
