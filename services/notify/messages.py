"""Notices about an event, sent at once: a report that was returned, and an extension asked for or answered. Pure."""

from __future__ import annotations

from datetime import datetime

from services.notify.ladder import office_of
from shared.contracts.extensions import Extension
from shared.contracts.ids import derived
from shared.contracts.notify import Notice, NoticeLine
from shared.contracts.plan import Plan
from shared.contracts.receipts import Receipt
from shared.plans.duties import duty_id


def is_return(receipt: Receipt) -> bool:
    """Whether a receipt says that the standing office returned a report."""
    return receipt.takes_back is not None and receipt.takes_back.by == "standing_office"


def about_return(receipt: Receipt, plan: Plan, nth: int, now: datetime) -> Notice:
    """The notice to the agency whose report the standing office returned, for the ``nth`` time, with the reason."""
    taken, obligation = receipt.takes_back, plan.obligation[receipt.obligation or ""]
    assert taken is not None  # see is_return
    line = NoticeLine(
        duty=duty_id(obligation, receipt.period or ""),
        what=obligation.what,
        stage="returned",
        last_day=receipt.last_day,
        cite=obligation.cite,
        note=taken.reason,
        plan=plan.ref,
        account=receipt.account,
        obligation=obligation.id,
        period=receipt.period,
        nth=nth,
        paper=taken.report,
        paper_date=receipt.date,
        received_at=receipt.received_at,
    )
    return _at_once(receipt.id, plan, receipt.reported_by, receipt.received_at, now, line)


def about_extension(extension: Extension, plan: Plan, fallback: str, now: datetime) -> Notice:
    """The notice about an extension: to the office if it was requested, to the agency if it was answered.

    ``fallback`` is the office of a plan that names none.
    """
    obligation = plan.obligation[extension.obligation]
    is_request = extension.status == "asked"
    line = NoticeLine(
        duty=duty_id(obligation, extension.period),
        what=obligation.what,
        stage=extension.status,
        last_day=extension.asked_until if is_request else extension.until or extension.last_day,
        cite=obligation.cite,
        extended_from=extension.last_day,
        note=extension.reason if is_request else extension.answer,
        agency=extension.agency if is_request else None,
        plan=plan.ref,
        account=extension.account,
        obligation=obligation.id,
        period=extension.period,
    )
    at = extension.answered_at or extension.asked_at
    recipient = office_of(plan, fallback) if is_request else extension.agency
    return _at_once(f"{extension.id} {extension.version}", plan, recipient, at, now, line)


def _at_once(about: str, plan: Plan, recipient: str, at: datetime, now: datetime, line: NoticeLine) -> Notice:
    return Notice(
        id=derived("notice", plan.key, recipient, about),
        plan=plan.ref,
        recipient=recipient,
        due_at=at,
        sent_at=now,
        lines=(line,),
    )
