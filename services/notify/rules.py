"""Which reminders and notices an account gets, from a plan and an instant. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from services.notify.state import Account
from shared.contracts.extensions import Extension
from shared.contracts.ids import derived
from shared.contracts.model import local
from shared.contracts.notify import Notice, NoticeLine
from shared.contracts.plan import Plan
from shared.contracts.programme import Reminders
from shared.contracts.receipts import Receipt
from shared.plans.deadlines import Stage, due_instant, stages
from shared.plans.duties import Duty, duty_id
from shared.plans.working_days import WorkingDays

_WORTH_SENDING = timedelta(days=7)

SENT, RECEIVED, SUPERSEDED = "sent", "received", "overtaken"


def stages_of(duty: Duty, reminders: Reminders, calendar: WorkingDays) -> list[Stage]:
    """The reminders of a duty. A historical duty has none (A24).

    A duty that no report can end has none after its last day.
    """
    if duty.historical:
        return []
    if not duty.by_report:
        reminders = reminders.model_copy(update={"after": None})
    return list(stages(duty.last_day, reminders, calendar))


def is_due(duty: Duty, plan: Plan, calendar: WorkingDays, now: datetime) -> bool:
    """Whether the latest reminder of a duty came due within the last seven days; otherwise there is nothing to send."""
    return any(now - stage.at <= _WORTH_SENDING for stage in _due(duty, plan, calendar, now)[-1:])


def has_stage_on(duty: Duty, plan: Plan, calendar: WorkingDays, day: date) -> bool:
    """Whether a reminder of a duty comes due on a local day."""
    end = due_instant(day) - timedelta(microseconds=1)
    return any(local(stage.at).date() == day for stage in _due(duty, plan, calendar, end))


def remind(
    account: Account, duties: Sequence[Duty], plan: Plan, recipient: str, calendar: WorkingDays, now: datetime
) -> Account:
    """The account after all stages due by ``now``; everything to be sent now is in one notice.

    Each stage gets its outcome once. If several stages of one duty have come due since the last call, only the latest
    is sent, and only if it is still true. After a complete report no stage is sent any more.
    """
    lines: list[tuple[Stage, NoticeLine]] = []
    for duty in duties:
        stand = account.stand(duty.id)
        due = [s for s in _due(duty, plan, calendar, now) if outcome_key(s) not in stand.outcomes]
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
    """The account after a receipt; if the standing office returned a report, with a notice to its agency.

    The notice gives the reason. Other receipts do not change the account.
    """
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
    """The account with a notice about an extension: to the office if it was requested, to the agency if answered.

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
    """The key of a stage's outcome. It contains the day, so that an extended deadline is reminded of again."""
    return f"{stage.name} {stage.at.date().isoformat()}"


def _still_true(stage: Stage, duty: Duty, now: datetime) -> bool:
    """Whether a reminder that is sent late is still true: not too old, and its last day has not passed."""
    if now - stage.at > _WORTH_SENDING:
        return False
    return stage.name.startswith("L+") or local(now).date() <= duty.last_day


def _due(duty: Duty, plan: Plan, calendar: WorkingDays, now: datetime) -> list[Stage]:
    if plan.reminders is None:
        return []
    now = local(now)  # stages are in this zone, and instants of one zone are compared several times as fast
    # Stages due before the extension was granted are not sent late: the agency just got the notice of the grant.
    return [
        stage
        for stage in stages_of(duty, plan.reminders, calendar)
        if stage.at <= now and (duty.extended_at is None or stage.at > duty.extended_at)
    ]


def counts(accounts: Sequence[Account]) -> dict[str, int]:
    """Reminders by outcome over all accounts: ``sent`` and ``suppressed``, counted per duty and stage."""
    outcomes = [o for account in accounts for stand in account.duties.values() for o in stand.outcomes.values()]
    return {"sent": outcomes.count(SENT), "suppressed": len(outcomes) - outcomes.count(SENT)}
