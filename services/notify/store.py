"""notify's database: one account document a plan and recipient, holding duties, notices and what is still to go out."""

from __future__ import annotations

from datetime import date, datetime

from services.notify.channels import OutboxFolder, message
from services.notify.state import Account
from shared.contracts.ids import derived
from shared.contracts.notify import NoticeSent
from shared.contracts.topics import NOTICES
from shared.runtime.mongo import Database, Document
from shared.runtime.outbox import Outgoing, Rendering
from shared.runtime.references import References

SOURCE = "thidua/notify"


class Accounts:
    """Reads and writes accounts; each write is a compare-and-set."""

    def __init__(
        self, database: Database, references: References, channel: OutboxFolder, mail_domain: str, office: str
    ) -> None:
        self._documents = database.documents("accounts")
        self._references = references
        self._channel = channel
        self._mail_domain, self._office = mail_domain, office

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._documents.prepare(indexed=["extended"])

    async def load(self, account_id: str) -> tuple[Account, Document]:
        """An account and its document, empty before the first."""
        doc = await self._documents.get(account_id) or {"_id": account_id, "unsent": []}
        return Account.model_validate(doc.get("account", {})), doc

    async def all(self) -> list[Account]:
        """Every account."""
        return [Account.model_validate(doc["account"]) for doc in await self._documents.find(sort="_id")]

    async def extended(self) -> dict[str, dict[str, tuple[date, datetime]]]:
        """Of every account that was granted more time: until when and at what instant, by duty."""
        docs = await self._documents.find({"extended": True})
        return {doc["_id"]: Account.model_validate(doc["account"]).extended for doc in docs}

    async def save(self, account: Account, before: Account, doc: Document) -> None:
        """Write an account where it changed; new notices are still to be mailed and said. Raises ``VersionConflict``."""
        if account == before:
            return
        new = [notice for notice in account.notices if notice not in before.notices]
        doc["account"] = account.model_dump(mode="json")
        doc["extended"] = bool(account.extended)
        doc["unsent"] = [*doc["unsent"], *(f"mail:{n}" for n in new), *(f"event:{n}" for n in new)]
        await self._documents.save(doc)

    @property
    def rendering(self) -> Rendering:
        """Mails notices and says them. A broker that has forgotten is told again; mail never goes out for that."""
        return Rendering(
            self._documents,
            self._render,
            lambda doc: [f"event:{notice}" for notice in doc["account"]["notices"]],
            once=True,
        )

    async def _render(self, doc: Document) -> list[Outgoing]:
        account = Account.model_validate(doc["account"])
        said: list[Outgoing] = []
        for what in doc["unsent"]:
            way, _, notice_id = what.partition(":")
            notice = account.notices[notice_id]
            if way == "mail":
                register = self._references.newest_register(notice.plan.province)
                if register is None or not self._references.knows_plan(notice.plan):
                    await self._references.refresh()  # another process wrote the notice
                    register = self._references.newest_register(notice.plan.province)
                assert register is not None
                documents = self._references.document_numbers(notice.plan)
                mail = message(notice, register, documents, self._mail_domain, self._office)
                await self._channel.send(notice, mail)
                continue
            key = f"{notice.plan.province}/{notice.recipient}"
            event = NoticeSent(
                id=derived("notice sent", notice.id), source=SOURCE, time=notice.sent_at, subject=key, data=notice
            )
            said.append(Outgoing(NOTICES.name, key.encode(), event.encode()))
        return said
