"""What the standing office does with notices: it releases or withholds drafts, notes contacts, and reads the ledger."""

from __future__ import annotations

from datetime import date

from services.notify.ledger import DutyLedger, Kept, duty_ledger
from services.notify.mails.renderer import MailRenderer
from services.notify.notice_store import Contacts, Notices
from services.notify.releasing import keys_of, replaced_drafts, still_open
from services.notify.reminding import Reminding
from services.notify.state import KeptNotice, StoredNotice
from services.notify.store import Accounts, Deliveries
from shared.contracts.ids import derived
from shared.contracts.model import Code, Id, StrictModel, Text
from shared.contracts.notify import Contact, Notice
from shared.plans.working_days import WorkingDays
from shared.runtime.clock import Clock
from shared.runtime.handover import Handover
from shared.runtime.http.problems import Refusal
from shared.runtime.mongo import VersionConflict
from shared.wording.reminding import NOTICE_STATES


class Reason(StrictModel):
    """Why a draft is withheld."""

    reason: Text


class NewContact(StrictModel):
    """A contact with an agency about one of its duties, in the office's words."""

    province: Code
    plan: Id
    account: Code
    duty: Id
    note: Text


class Desk:
    """Reads and changes notices for the standing office."""

    def __init__(
        self,
        accounts: Accounts,
        notices: Notices,
        contacts: Contacts,
        deliveries: Deliveries,
        mails: MailRenderer,
        reminding: Reminding,
        calendar: WorkingDays,
        clock: Clock,
        handover: Handover,
    ) -> None:
        self._accounts, self._notices, self._contacts, self._deliveries = accounts, notices, contacts, deliveries
        self._mails, self._reminding, self._calendar = mails, reminding, calendar
        self._clock, self._handover = clock, handover

    async def released(self) -> list[Notice]:
        """The notices that were sent."""
        return [stored.kept.notice for stored in await self._notices.all() if stored.kept.state == "released"]

    async def preview(self, day: date) -> list[KeptNotice]:
        """The notices of a local day that are still to be written as things stand now, by recipient."""
        return sorted(await self._reminding.preview(day), key=lambda kept: (kept.notice.recipient, kept.notice.role))

    async def text(self, notice_id: str) -> str:
        """The text of a notice without its mail's head. Raises ``Refusal`` (404) for an unknown notice."""
        stored = await self._notices.load(notice_id)
        if stored is None or (text := await self._mails.text(stored.kept.notice)) is None:
            raise Refusal(404, "no_notice", "Không có thư này.")
        return text

    async def drafts(self) -> list[KeptNotice]:
        """The notices that wait for release, by day and recipient."""
        kept = [stored.kept for stored in await self._notices.drafted()]
        replaced = replaced_drafts(one.notice for one in kept)
        kept = [one for one in kept if one.notice.id not in replaced]
        return sorted(kept, key=lambda one: (one.notice.day or date.min, one.notice.recipient, one.notice.role))

    async def release(self, notice_id: str, by: str) -> KeptNotice:
        """Have a draft published and delivered, without the duties that were reported since.

        Raises ``Refusal``: 404 for an unknown notice, 409 for one that is no draft or has nothing left to say.
        """
        stored, now = await self._draft(notice_id), self._clock.now()
        notice = await self._still_open(stored.kept.notice)
        if notice is None:
            raise Refusal(409, "nothing_left", "Không cần gửi, đã nhận báo cáo.")
        notice = notice.model_copy(update={"sent_at": now, "released_by": by})
        changes = {"notice": notice, "state": "released", "by": by, "at": now}
        return await self._save(stored.kept.model_copy(update=changes), stored)

    async def withhold(self, notice_id: str, by: str, reason: str) -> KeptNotice:
        """Keep a draft from being sent. Raises ``Refusal``: 404 for an unknown notice, 409 for one that is no draft."""
        stored = await self._draft(notice_id)
        changes = {"state": "withheld", "by": by, "at": self._clock.now(), "reason": reason}
        return await self._save(stored.kept.model_copy(update=changes), stored)

    async def note_contact(self, new: NewContact, by: str) -> Contact:
        """Note that an agency was reached in another way. Raises ``Refusal`` (404) if there is no such duty."""
        now = self._clock.now()
        key = f"{new.province}/{new.plan}/{new.account}", new.duty
        for item in await self._reminding.open_duties(now):
            if item.key == key:
                contact = Contact(
                    id=derived("contact", *key, by, new.note, now.isoformat()),
                    plan=item.plan.ref,
                    agency=item.duty.owner,
                    duty=new.duty,
                    by=by,
                    note=new.note,
                    at=now,
                )
                await self._contacts.add_once(contact)
                self._handover.wake()
                return contact
        raise Refusal(404, "no_duty", "Cơ quan này không có nội dung báo cáo ấy.")

    async def ledger(self, agency: str | None = None, duty: str | None = None) -> list[DutyLedger]:
        """The ladders of the duties that are reminded of, nearest deadline first; of one agency or duty if named."""
        items = [
            item
            for item in await self._reminding.open_duties(self._clock.now())
            if agency in (None, item.duty.owner) and duty in (None, item.duty.id)
        ]
        stands = await self._accounts.stands({key for item in items for key in item.answered_by})
        kept = Kept.of(await self._notices.all(), await self._deliveries.all(), await self._contacts.all())
        ledgers = [duty_ledger(item, stands, kept, self._calendar) for item in items]
        return sorted(ledgers, key=lambda one: (one.last_day, one.plan.id, one.duty, one.account))

    async def _draft(self, notice_id: str) -> StoredNotice:
        stored = await self._notices.load(notice_id)
        if stored is None:
            raise Refusal(404, "no_notice", "Không có thư này.")
        if stored.kept.state != "drafted":
            raise Refusal(409, "no_draft", f"Thư không còn chờ duyệt: {NOTICE_STATES[stored.kept.state]}.")
        if notice_id in replaced_drafts(one.kept.notice for one in await self._notices.drafted()):
            raise Refusal(409, "no_draft", f"Thư không còn chờ duyệt: {NOTICE_STATES['replaced']}.")
        return stored

    async def _save(self, kept: KeptNotice, stored: StoredNotice) -> KeptNotice:
        try:
            await self._notices.save(kept, stored)
        except VersionConflict:
            raise Refusal(409, "no_draft", "Thư vừa được người khác xử lý.") from None
        self._handover.wake()
        return kept

    async def _still_open(self, notice: Notice) -> Notice | None:
        return still_open(notice, await self._accounts.stands(keys_of(notice)))
