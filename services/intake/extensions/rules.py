"""More time to report: asked for by who owes, granted or refused by the standing office. Pure.

The plan's own last day stays what it is. Only what was granted before that day had passed makes a later report one in
time, as the sources have it of tasks (A17); granted afterwards it ends the reminding and lifts a lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from services.intake.context import GrantedExtension, IntakeContext
from shared.contracts.extensions import Extension, ExtensionAnswer, ExtensionRequest
from shared.contracts.ids import derived
from shared.contracts.model import local
from shared.contracts.receipts import Problem
from shared.plans.authority import account_of, is_reporter, owner_of
from shared.plans.deadlines import is_timely
from shared.wording.formats import ngay

RULE = "extension.recorded v1"

MOST_DAYS = 366
"""How long after the plan's own last day, or after today where that is later, there may be more time: a year typed
wrongly must not be granted, nor be beyond the days that can be reckoned with.
"""


class ObligationDue(NamedTuple):
    """What more time is for: the account that owes, and the plan's own last permitted local day."""

    account: str
    last_day: date


def granted_extension(granted: Iterable[Extension]) -> GrantedExtension:
    """What was granted of some extensions of one ledger."""
    days = [(each.until, each.in_time) for each in granted if each.status == "granted" and each.until]
    in_time = max((until for until, timely in days if timely), default=None)
    return GrantedExtension(until=max((until for until, _ in days), default=None), in_time=in_time)


def obligation_due(
    asked: ExtensionRequest, agency: str, context: IntakeContext, now: datetime
) -> ObligationDue | Problem:
    """What an agency wants more time for, or why it has nothing to ask for there."""
    plan = context.plan
    obligation = plan.obligation.get(asked.obligation)
    if (
        obligation is None
        or not obligation.kind
        or not is_reporter(plan, obligation, context.register, agency, local(now).date())
    ):
        detail = f"Cơ quan “{context.register.name_of(agency)}” không được giao báo cáo nội dung {asked.obligation}."
        return _problem("not_responsible", "/obligation", asked.obligation, "an obligation it owes", detail)
    last_day = obligation.last_day(asked.period, plan.choices.due_day)
    if last_day is None:
        detail = f"Nội dung {asked.obligation} không có hạn gửi cho kỳ {asked.period}, nên không có gì để gia hạn."
        return _problem("no_due_day", "/period", asked.period, "a period with a due day", detail)
    return ObligationDue(account_of(obligation, agency), last_day)


def ask(
    asked: ExtensionRequest,
    agency: str,
    owed: ObligationDue,
    ledger: str,
    so_far: Sequence[Extension],
    context: IntakeContext,
    now: datetime,
) -> Extension | Problem:
    """An agency's wish for more time; ``so_far`` are all there ever were for the ledger."""
    if invalid := _invalid(asked.until, owed.last_day, so_far, now):
        return invalid
    if waiting := [each for each in so_far if each.status == "asked"]:
        detail = f"Đã có đề nghị gia hạn đến hết ngày {ngay(waiting[0].asked_until)} đang chờ trả lời."
        return _problem("already_asked", "", waiting[0].id, "one request at a time", detail)
    return Extension(
        id=derived("extension", ledger, len(so_far)),
        plan=context.ref,
        movement=asked.movement,
        obligation=asked.obligation,
        account=owed.account,
        agency=agency,
        period=asked.period,
        version=1,
        status="asked",
        last_day=owed.last_day,
        asked_at=now,
        asked_until=asked.until,
        reason=asked.reason,
    )


def concerns(extension: Extension, agency: str, context: IntakeContext, now: datetime) -> bool:
    """Whether an extension is an agency's matter: it asked, or holds the role it is for today."""
    return agency in (extension.agency, _owner(extension, context, now))


def answer(
    asked: Extension,
    given: ExtensionAnswer,
    by: str,
    so_far: Sequence[Extension],
    context: IntakeContext,
    now: datetime,
) -> Extension | Problem:
    """The standing office's answer, to who owes the report today; the same answer again is the same.

    Whether it comes in time is judged by the last day of the plan as it is now.
    """
    until = given.until or asked.asked_until
    if asked.status != "asked":
        if (asked.status, asked.until) == (("granted", until) if given.granted else ("refused", None)):
            return asked
        detail = "Đề nghị gia hạn này đã được trả lời khác."
        return _problem("already_answered", "", asked.status, "a request not answered yet", detail)
    answered: dict[str, Any] = {
        "version": asked.version + 1,
        "agency": _owner(asked, context, now) or asked.agency,
        "answered_by": by,
        "answered_at": now,
        "answer": given.reason,
    }
    if not given.granted:
        if given.reason is None:
            detail = "Từ chối gia hạn phải nêu lý do."
            return _problem("no_reason", "/reason", None, "why it is refused", detail)
        return asked.model_copy(update=answered | {"status": "refused"})
    obligation = context.plan.obligation.get(asked.obligation)
    last_day = obligation.last_day(asked.period, context.plan.choices.due_day) if obligation else None
    if invalid := _invalid(until, last_day or asked.last_day, so_far, now):
        return invalid
    last_day = granted_extension(so_far).timely_last_day(last_day or asked.last_day)
    assert last_day is not None
    return asked.model_copy(
        update=answered | {"status": "granted", "until": until, "in_time": is_timely(now, last_day)}
    )


def _owner(extension: Extension, context: IntakeContext, now: datetime) -> str | None:
    obligation = context.plan.obligation.get(extension.obligation)
    return owner_of(context.plan, obligation, extension.account, local(now).date()) if obligation else None


def _invalid(until: date, last_day: date, so_far: Sequence[Extension], now: datetime) -> Problem | None:
    """That a day brings no more time than there is, or more than anybody means."""
    present, today = granted_extension(so_far).open_last_day(last_day), local(now).date()
    assert present is not None
    latest = max(last_day, today) + timedelta(days=MOST_DAYS)
    if until <= present or until < today:
        detail = f"Hạn mới phải sau ngày {ngay(present)} và không ở trong quá khứ."
        return _problem("until_too_early", "/until", until.isoformat(), f"after {present.isoformat()}", detail)
    if until > latest:
        detail = f"Hạn mới không được sau ngày {ngay(latest)}."
        return _problem("until_too_late", "/until", until.isoformat(), f"by {latest.isoformat()}", detail)
    return None


def _problem(code: str, pointer: str, value: str | None, expected: str, detail: str) -> Problem:
    return Problem(code=code, pointer=pointer, value=value, expected=expected, rule=RULE, detail=detail)
