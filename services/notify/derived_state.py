"""What of notify's documents can be rebuilt from the topics it consumes.

Derived entirely: ``plans``, ``registers``. Derived in part: ``accounts``. The state of each duty (the latest receipt's
version, the instant the report became complete, granted extensions) follows from receipts and extensions.

notify's own, never rebuilt: in each account the outcome of every reminder stage (``outcomes``), the notices, and which
of them are still to be published or delivered. Repairing an account publishes and delivers nothing. An account that was
lost is rebuilt without outcomes and notices; these are in backups, and the notices in the events of
``notify.notices.v1``. ``deliveries``, ``mailboxes``, ``feeds``, ``dead_letters`` and ``state`` are not
rebuilt either.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.notify.handlers import Notify
from services.notify.state import Account, Stand
from services.notify.store import Accounts
from shared.plans.working_days import viet_nam
from shared.runtime.clock import DrivenClock
from shared.runtime.derived_state import Derived, Facts, derived_references
from shared.runtime.metrics import Metrics
from shared.runtime.mongo import Database, Document
from shared.runtime.references import References

_NO_OFFICE = "none"
"""The office for plans that name none. Rebuilt notices are dropped, so their recipient does not matter."""


class RebuiltNotify:
    """notify's handler on a fresh database. Its notices stay unsent: neither an outbox nor a delivery worker runs."""

    def __init__(self, fresh: Database, now: datetime) -> None:
        self._references = References(fresh)
        self._accounts = Accounts(fresh)
        self.handler = Notify(self._accounts, self._references, viet_nam(), DrivenClock(now), Metrics(), _NO_OFFICE)

    @property
    def derived(self) -> Sequence[Derived]:
        """Plans, registers, and the derived part of the accounts."""
        return [*derived_references(), Derived("accounts", _stands, _standing)]

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._references.prepare()
        await self._accounts.prepare()

    async def finish(self, live: Database) -> None:
        """Do nothing: no derived fact depends on notify's own facts."""


def _account(doc: Document | None) -> Account:
    return Account.model_validate(doc["account"]) if doc else Account()


def _without_outcomes(stand: Stand) -> Stand:
    """The derived part of a duty's state."""
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
