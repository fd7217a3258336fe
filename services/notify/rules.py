"""Whom to remind of what, now: a pure decision over a plan, an account and an instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.notify.state import Account
from shared.contracts.extensions import Extension
from shared.contracts.ids import derived
from shared.contracts.model import local
from shared.contracts.notify import Notice, NoticeLine
from shared.contracts.plan import Plan
from shared.contracts.programme import Reminders
from shared.contracts.receipts import Receipt
from shared.plans.deadlines import Stage, stages
from shared.plans.duties import Duty, duty_id

_WORTH_SENDING = timedelta(days=7)

SENT, RECEIVED, SUPERSEDED = "sent", "received", "overtaken"


def stages_of(duty: Duty, reminders: Reminders) -> list[Stage]:
    """The reminders of a duty. None of a historical one (A24); none afterwards where no report can end it."""
    if duty.historical:
        return []
    if not duty.by_report:
        reminders = reminders.model_copy(update={"after": None})
    return list(stages(duty.last_day, reminders))


def is_due(duty: Duty, plan: Plan, now: datetime) -> bool:
    """Whether a reminder of a duty has come due of late; before and long after, its account need not be looked at."""
    return any(now - stage.at <= _WORTH_SENDING for stage in _due(duty, plan, now)[-1:])


def remind(account: Account, duties: Sequence[Duty], plan: Plan, recipient: str, now: datetime) -> Account:
    """The account after all stages due by ``now``: one notice for everything to be reminded of together.

    A stage is settled once. Where several of one duty have come due since the last look, only the latest is
    sent, and only while it is still true. A complete report suppresses every stage that had not been settled before.
    """
    lines: list[tuple[Stage, NoticeLine]] = []
    for duty in duties:
        stand = account.stand(duty.id)
        due = [s for s in _due(duty, plan, now) if outcome_key(s) not in stand.outcomes]
        if not due:
            continue
        latest = due[-1]
        if stand.complete_at is not None:
            outcomes = dict.fromkeys(map(outcome_key, due), RECEIVED)
        else:
            outcomes = dict.fromkeys(map(outcome_key, due), SUPERSEDED)
            if _still_true(latest, duty, now):
                outcomes[outcome_key(latest)] = SENT
                lines.append((latest, _line(duty, latest.name)))
        account = account.with_stand(duty.id, stand.model_copy(update={"outcomes": {**stand.outcomes, **outcomes}}))
    if not lines:
        return account
    names = sorted(f"{line.duty} {outcome_key(stage)}" for stage, line in lines)
    notice = Notice(
        id=derived("notice", plan.key, recipient, *names),
        plan=plan.ref,
        recipient=recipient,
        due_at=max(stage.at for stage, _ in lines).astimezone(UTC),
        sent_at=now,
        lines=tuple(line for _, line in lines),
    )
    return account.model_copy(update={"notices": {**account.notices, notice.id: notice}})


def _line(duty: Duty, stage: str, note: str | None = None) -> NoticeLine:
    return NoticeLine(
        duty=duty.id,
        what=duty.what,
        stage=stage,
        last_day=duty.last_day,
        cite=duty.cite,
        extended_from=duty.extended_from,
        note=note,
    )


def notify_return(account: Account, receipt: Receipt, plan: Plan, now: datetime) -> Account:
    """The account when the standing office has returned a report: its agency gets a notice at once, with the reason."""
    taken, obligation = receipt.takes_back, plan.obligation[receipt.obligation or ""]
    if taken is None or taken.by != "standing_office":
        return account
    line = NoticeLine(
        duty=duty_id(obligation, receipt.period or ""),
        what=obligation.what,
        stage="returned",
        last_day=receipt.last_day,
        cite=obligation.cite,
        note=f"Báo cáo {taken.report}: {taken.reason}",
    )
    return account.with_notice(_at_once(receipt.id, plan, receipt.reported_by, receipt.received_at, now, line))


def office_of(plan: Plan, fallback: str) -> str:
    """The code of the standing office that sends a plan's notices; ``fallback`` if the plan names none."""
    return plan.office.unit if plan.office else fallback


def notify_extension(account: Account, extension: Extension, plan: Plan, fallback: str, now: datetime) -> Account:
    """The account when an extension was requested (a notice to the office) or answered (a notice to the agency).

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
    )
    at = extension.answered_at or extension.asked_at
    recipient = office_of(plan, fallback) if is_request else extension.agency
    named = f"{extension.id} {extension.version}"
    return account.with_notice(_at_once(named, plan, recipient, at, now, line))


def _at_once(about: str, plan: Plan, recipient: str, at: datetime, now: datetime, line: NoticeLine) -> Notice:
    return Notice(
        id=derived("notice", plan.key, recipient, about),
        plan=plan.ref,
        recipient=recipient,
        due_at=at,
        sent_at=now,
        lines=(line,),
    )


def outcome_key(stage: Stage) -> str:
    """What a stage is settled under; with its day, so that an extended deadline is reminded of anew."""
    return f"{stage.name} {stage.at.date().isoformat()}"


def _still_true(stage: Stage, duty: Duty, now: datetime) -> bool:
    """Whether a reminder that could not go out in its time still says what is so."""
    if now - stage.at > _WORTH_SENDING:
        return False
    return stage.name.startswith("L+") or local(now).date() <= duty.last_day


def _due(duty: Duty, plan: Plan, now: datetime) -> list[Stage]:
    if plan.reminders is None:
        return []
    # Stages due before the extension was granted are not sent late: the notice of the grant has just gone out.
    return [
        stage
        for stage in stages_of(duty, plan.reminders)
        if stage.at <= now and (duty.extended_at is None or stage.at > duty.extended_at)
    ]


def counts(accounts: Sequence[Account]) -> dict[str, int]:
    """Reminders by outcome over all accounts: ``sent`` and ``suppressed``, counted per duty and stage."""
    outcomes = [o for account in accounts for stand in account.duties.values() for o in stand.outcomes.values()]
    return {"sent": outcomes.count(SENT), "suppressed": len(outcomes) - outcomes.count(SENT)}
