"""What of notify's documents can be rebuilt from the topics it consumes.

Derived entirely: ``plans``, ``registers``, the council's ``sessions``. Derived in part: ``accounts``. The state of each
duty (the latest receipt's version, the instant the report became complete, granted extensions) follows from receipts
and extensions.

notify's own, never rebuilt: in each account the outcome of every reminder (``outcomes``, ``reminded``), and all of
``notices``, ``invitations``, ``contacts``, ``deliveries``, ``mailboxes`` and ``feeds``. Repairing an account or a
session publishes and delivers nothing. An account that was lost is rebuilt without outcomes; these are in backups, and
the notices and invitations in the events of ``notify.notices.v1``. ``dead_letters`` and ``state`` are not rebuilt
either.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.notify.handlers import Notify
from services.notify.notice_store import Notices
from services.notify.sitting_store import Sessions
from services.notify.sittings import Session
from services.notify.state import Account, Stand
from services.notify.store import Accounts
from shared.runtime.clock import DrivenClock
from shared.runtime.derived_state import Derived, Facts, derived_references, overwriting
from shared.runtime.mongo import Database, Document
from shared.runtime.references import References

_NO_OFFICE = "none"
"""The office for plans that name none. Rebuilt notices are dropped, so their recipient does not matter."""


class RebuiltNotify:
    """notify's handler on a fresh database. Its notices go nowhere: neither an outbox nor a delivery worker runs."""

    def __init__(self, fresh: Database, now: datetime) -> None:
        self._references = References(fresh)
        self._accounts, self._notices = Accounts(fresh), Notices(fresh)
        self._sessions = Sessions(fresh)
        clock = DrivenClock(now)
        self.handler = Notify(self._accounts, self._notices, self._sessions, self._references, clock, _NO_OFFICE)

    @property
    def derived(self) -> Sequence[Derived]:
        """Plans, registers, sessions, and the derived part of the accounts."""
        return [
            *derived_references(),
            Derived("accounts", _stands, _standing),
            Derived("sessions", _published_facts, lambda live, fresh, _: overwriting(live, fresh) if fresh else None),
        ]

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._references.prepare()
        await self._accounts.prepare()
        await self._notices.prepare()
        await self._sessions.prepare()

    async def finish(self, live: Database) -> None:
        """Do nothing: no derived fact depends on notify's own facts."""


def _account(doc: Document | None) -> Account:
    return Account.model_validate(doc["account"]) if doc else Account()


def _without_outcomes(stand: Stand) -> Stand:
    """The derived part of a duty's state."""
    return stand.model_copy(update={"outcomes": {}, "reminded": ()})


def _stands(doc: Document) -> Facts:
    with_receipt = {f"duty {duty}": _without_outcomes(stand) for duty, stand in _account(doc).duties.items()}
    return {name: stand for name, stand in with_receipt.items() if stand != Stand()}


def _published_facts(doc: Document) -> Facts:
    """What members are notified of. The version is left out: an agenda that has nothing new for them is not stored."""
    session = Session.model_validate(doc).model_dump(mode="json")
    return {name: value for name, value in session.items() if name not in ("version", "plan")}


def _standing(live: Document | None, fresh: Document | None, _: datetime) -> Document | None:
    was, now = _account(live), _account(fresh)
    duties = {duty: _with_own(now.stand(duty), was.stand(duty)) for duty in {**was.duties, **now.duties}}
    account = was.model_copy(update={"duties": {duty: stand for duty, stand in duties.items() if stand != Stand()}})
    doc = live or (fresh and {**fresh, "rev": 0, "unsent": []})
    if doc is None or (account == Account() and not doc["unsent"]):
        return None
    return {**doc, "account": account.model_dump(mode="json"), "extended": bool(account.extended)}


def _with_own(rebuilt: Stand, live: Stand) -> Stand:
    return rebuilt.model_copy(update={"outcomes": live.outcomes, "reminded": live.reminded})
