"""The ledger: the ladder of each duty with what was sent, when, to which mailbox, and how that ended. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from services.notify.ladder import ladder
from services.notify.releasing import replaced_drafts
from services.notify.rules import DutyKey, OpenDuty
from services.notify.state import Delivery, NoticeState, Stand, StoredNotice
from shared.contracts.model import Code, Id, PlanRef, TolerantModel
from shared.contracts.notify import Contact, Role
from shared.plans.working_days import WorkingDays


class Sending(TolerantModel):
    """The delivery of a notice through one channel."""

    channel: str
    mailbox: str
    state: str
    attempts: int
    sent_at: AwareDatetime | None
    last_error: str | None

    @classmethod
    def of(cls, delivery: Delivery) -> Sending:
        """The part of a delivery that people read."""
        return cls.model_validate(delivery.model_dump())


class LedgerRow(TolerantModel):
    """One reminder of a duty: to whom, which stage, on which local day, and how it ended.

    ``outcome`` is ``sent``, ``received``, ``overtaken``, or ``planned`` before its day. ``notice`` is the notice that
    has it, with the notice's state and deliveries; None if it was not sent.
    """

    unit: Code
    role: Role
    stage: str
    day: date
    outcome: str
    notice: str | None = None
    state: NoticeState | Literal["replaced"] | None = None
    sendings: tuple[Sending, ...] = ()


class DutyLedger(TolerantModel):
    """The ladder of one duty, with its deadline (the last permitted local day) and its contacts."""

    plan: PlanRef
    account: Code
    duty: Id
    owner: Code
    what: str
    last_day: date
    extended_from: date | None
    complete_at: AwareDatetime | None
    rows: tuple[LedgerRow, ...]
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored about notices: them by id, their deliveries by notice, contacts by plan, agency and duty.

    ``replaced`` are the drafts that later ones replace.
    """

    notices: Mapping[str, StoredNotice]
    replaced: Collection[str]
    deliveries: Mapping[str, Sequence[Delivery]]
    contacts: Mapping[tuple[str, str, str], Sequence[Contact]]

    @classmethod
    def of(cls, notices: Iterable[StoredNotice], deliveries: Iterable[Delivery], contacts: Iterable[Contact]) -> Kept:
        """Everything by the keys it is looked up by."""
        by_notice = defaultdict[str, list[Delivery]](list)
        for delivery in deliveries:
            by_notice[delivery.notice].append(delivery)
        by_duty = defaultdict[tuple[str, str, str], list[Contact]](list)
        for contact in contacts:
            by_duty[contact.plan.id, contact.agency, contact.duty].append(contact)
        by_id = {one.id: one for one in notices}
        drafts = (one.kept.notice for one in by_id.values() if one.kept.state == "drafted")
        return cls(by_id, replaced_drafts(drafts), by_notice, by_duty)

    def state(self, notice_id: str) -> NoticeState | Literal["replaced"] | None:
        """The state of a notice, and of a draft whether it is replaced; None for a notice that is not there."""
        notice = self.notices.get(notice_id)
        if notice is None:
            return None
        return "replaced" if notice_id in self.replaced else notice.kept.state


def duty_ledger(item: OpenDuty, stands: Mapping[DutyKey, Stand], kept: Kept, calendar: WorkingDays) -> DutyLedger:
    """The ladder of a duty as it stands. ``stands`` has the states that may answer it."""
    duty, stand = item.duty, stands[item.key]
    complete = [stands[key].complete_at for key in item.answered_by]
    complete_at = min((at for at in complete if at is not None), default=None)
    rows = sorted(
        _rows(item, stand, kept, calendar, reported=complete_at is not None),
        key=lambda row: (row.day, row.role, row.unit),
    )
    return DutyLedger(
        plan=item.plan.ref,
        account=duty.account,
        duty=duty.id,
        owner=duty.owner,
        what=duty.what,
        last_day=duty.last_day,
        extended_from=duty.extended_from,
        complete_at=complete_at,
        rows=tuple(rows),
        contacts=tuple(kept.contacts.get((item.plan.id, duty.owner, duty.id), ())),
    )


def _rows(item: OpenDuty, stand: Stand, kept: Kept, calendar: WorkingDays, *, reported: bool) -> Iterator[LedgerRow]:
    """The reminders that were sent, then those of the present deadline that were not.

    A reminder of an earlier deadline that was not sent is left out: nothing came of it.
    """
    for sent in stand.reminded:
        yield LedgerRow(
            unit=sent.unit,
            role=sent.role,
            stage=sent.stage,
            day=sent.day,
            outcome="sent",
            notice=sent.notice,
            state=kept.state(sent.notice),
            sendings=tuple(Sending.of(delivery) for delivery in kept.deliveries.get(sent.notice, ())),
        )
    were_sent = {sent.key for sent in stand.reminded}
    for rung in ladder(item.duty, item.plan, item.above, calendar):
        if rung.key not in were_sent:
            yield LedgerRow(
                unit=rung.unit,
                role=rung.role,
                stage=rung.stage.name,
                day=rung.stage.at.date(),
                outcome=stand.outcomes.get(rung.key, "received" if reported else "planned"),
            )
