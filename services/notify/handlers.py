"""Load, decide, save: which reports are complete, which extensions were granted, the notices about both, sessions."""

from __future__ import annotations

from collections.abc import Sequence

from services.notify import messages
from services.notify.notice_store import Notices
from services.notify.sitting_store import Sessions
from services.notify.sittings import session_of
from services.notify.state import KeptNotice
from services.notify.store import Accounts
from shared.contracts.council import AgendaAssembled
from shared.contracts.extensions import Extension, ExtensionRecorded
from shared.contracts.model import AnyEvent
from shared.contracts.receipts import Receipt, ReceiptIssued
from shared.plans.duties import duty_id
from shared.runtime.clock import Clock
from shared.runtime.kafka.records import DecodedRecord, Refused
from shared.runtime.references import References


class Notify:
    """Updates accounts with receipts and extensions, and sessions with agendas.

    ``office`` is the code of the office for plans that name none.
    """

    def __init__(
        self,
        accounts: Accounts,
        notices: Notices,
        sessions: Sessions,
        references: References,
        clock: Clock,
        office: str,
    ) -> None:
        self._accounts, self._notices, self._sessions, self._references = accounts, notices, sessions, references
        self._clock, self._office = clock, office

    async def refresh(self) -> None:
        """Read plans and units from the database again."""
        await self._references.refresh()

    def knows(self, event: AnyEvent) -> bool:
        """Whether the plan that an event names is loaded, and its province's units, whose names mails contain."""
        if not isinstance(event, ReceiptIssued | ExtensionRecorded) or event.data.plan is None:
            return True
        plan = event.data.plan
        return self._references.knows_plan(plan) and self._references.newest_register(plan.province) is not None

    async def apply(self, decoded: Sequence[DecodedRecord]) -> list[Refused]:
        """Store plans and units, then which reports are complete, which extensions were granted, and the sessions.

        Refuses no record. Raises ``VersionConflict`` if another process wrote an account or a session in between.
        """
        await self._references.apply(item.event for item in decoded)
        for item in decoded:
            if isinstance(item.event, ReceiptIssued):
                await self._apply_receipt(item.event.data)
            elif isinstance(item.event, ExtensionRecorded):
                await self._apply_extension(item.event.data)
            elif isinstance(item.event, AgendaAssembled):
                await self._sessions.learn(session_of(item.event.data))
        return []

    async def _apply_receipt(self, receipt: Receipt) -> None:
        if receipt.plan is None or receipt.version is None or receipt.obligation is None or receipt.period is None:
            return
        plan = self._references.plan(receipt.plan)
        duty = duty_id(plan.obligation[receipt.obligation], receipt.period)
        stored = await self._accounts.load(f"{plan.province}/{plan.id}/{receipt.account}")
        returned = messages.is_return(receipt)
        stand = stored.account.stand(duty).with_receipt(receipt.version, receipt.complete_at, returned=returned)
        # The notice is written first: a process that dies in between gets the receipt again, and writes it only once.
        if returned:
            notice = messages.about_return(receipt, plan, stand.returned, self._clock.now())
            await self._notices.add_once(KeptNotice(notice=notice))
        await self._accounts.save(stored.account.with_stand(duty, stand), stored)

    async def _apply_extension(self, extension: Extension) -> None:
        plan = self._references.plan(extension.plan)
        duty = duty_id(plan.obligation[extension.obligation], extension.period)
        stored = await self._accounts.load(f"{plan.province}/{plan.id}/{extension.account}")
        before = stored.account
        account = before.with_stand(duty, before.stand(duty).with_extension(extension))
        if account == before:
            return
        notice = messages.about_extension(extension, plan, self._office, self._clock.now())
        await self._notices.add_once(KeptNotice(notice=notice))
        await self._accounts.save(account, stored)
