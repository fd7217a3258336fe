"""notify's routes: notices, drafts and the ledger for the standing office, counts, and the reminders of a day."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse
from pydantic import AfterValidator

from services.notify import rules
from services.notify.desk import Desk, NewContact, Reason
from services.notify.ledger import DutyLedger
from services.notify.state import KeptNotice, NoticeState
from services.notify.store import Accounts
from shared.contracts.model import TolerantModel, within_bounds
from shared.contracts.notify import Contact, Notice
from shared.runtime.http.forms import Form
from shared.runtime.http.problems import problem_answers
from shared.runtime.http.routing import service_router
from shared.runtime.http.sign_in.roles import Access
from shared.runtime.references import References
from shared.wording.unit_names import full_name

_REASON = Form[Reason](Reason, "Lý do hoãn")
_CONTACT = Form[NewContact](NewContact, "Ghi nhận đã liên hệ")


class Reminder(TolerantModel):
    """A notice that is not sent yet, its recipient's name, and whether a person has to release it (``drafted``)."""

    name: str
    state: NoticeState
    notice: Notice


def routes(desk: Desk, accounts: Accounts, references: References, access: Access) -> APIRouter:
    """notify's routes. ``access`` decides who may use them, before a body is read."""
    router = service_router(prefix="/v1", dependencies=[Depends(access.caller)], responses=problem_answers(401, 403))

    @router.get("/notices")
    async def notices() -> list[Notice]:
        """The notices that were sent, by instant and recipient."""
        return sorted(await desk.released(), key=lambda notice: (notice.sent_at, notice.recipient))

    @router.get("/counts")
    async def counts() -> dict[str, int]:
        return rules.counts(stored.account for stored in await accounts.all())

    @router.get("/reminders")
    async def reminders(day: Annotated[date, AfterValidator(within_bounds)]) -> list[Reminder]:
        """The reminders of a local day that would be sent as things stand now, by recipient's code."""
        return [_reminder(kept) for kept in await desk.preview(day)]

    @router.get("/drafts")
    async def drafts() -> list[Reminder]:
        """The notices that wait for a person to release them."""
        return [_reminder(kept) for kept in await desk.drafts()]

    @router.get("/ledger")
    async def ledger(agency: str | None = None, duty: str | None = None) -> list[DutyLedger]:
        """The ladder of each duty, of one agency or duty if named: what was sent, how it ended, what comes next."""
        return await desk.ledger(agency, duty)

    @router.get("/notices/{notice}/text", response_class=PlainTextResponse)
    async def text(notice: str) -> str:
        """The text of a notice, to be sent by another channel."""
        return await desk.text(notice)

    @router.post("/notices/{notice}/release")
    async def release(notice: str, by: str = Depends(access.by)) -> Reminder:
        """Have a draft sent. It leaves without the duties that were reported since."""
        return _reminder(await desk.release(notice, by))

    @router.post("/notices/{notice}/withhold", openapi_extra=_REASON.openapi)
    async def withhold(notice: str, by: str = Depends(access.by), given: Reason = Depends(_REASON.body)) -> Reminder:
        """Keep a draft from being sent, with the reason."""
        return _reminder(await desk.withhold(notice, by, given.reason))

    @router.post("/contacts", status_code=201, openapi_extra=_CONTACT.openapi)
    async def note_contact(by: str = Depends(access.by), given: NewContact = Depends(_CONTACT.body)) -> Contact:
        """Note that an agency was reached about a duty in another way, such as by telephone."""
        return await desk.note_contact(given, by)

    def _reminder(kept: KeptNotice) -> Reminder:
        notice = kept.notice
        register = references.newest_register(notice.plan.province)
        name = full_name(register, notice.recipient) if register else notice.recipient
        return Reminder(name=name, state=kept.state, notice=notice)

    return router
