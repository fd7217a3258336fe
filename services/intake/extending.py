"""More time to report: asked for by who owes, granted or refused by the standing office. Pure.

The plan's own last day stays what it is. Only what was granted before that day had passed makes a later report one in
time, as the sources have it of tasks (A17); granted afterwards it ends the reminding and lifts a lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from services.intake.state import MoreTime, Terms
from shared.contracts.extensions import Extension, ExtensionAnswered, ExtensionAsked
from shared.contracts.ids import derived
from shared.contracts.model import local
from shared.contracts.receipts import Problem
from shared.plans.authority import account_of, is_reporter
from shared.plans.deadlines import is_timely
from shared.runtime.vietnamese import ngay

RULE = "extension.recorded v1"


class Owing(NamedTuple):
    """What more time is for: the account that owes, and the plan's own last permitted local day."""

    account: str
    last_day: date


def more_time(granted: Iterable[Extension]) -> MoreTime:
    """What was granted of some extensions of one ledger."""
    days = [(each.until, each.in_time) for each in granted if each.status == "granted" and each.until]
    in_time = max((until for until, timely in days if timely), default=None)
    return MoreTime(until=max((until for until, _ in days), default=None), in_time=in_time)


def owing(asked: ExtensionAsked, agency: str, terms: Terms, now: datetime) -> Owing | Problem:
    """What an agency wants more time for, or why it has nothing to ask for there."""
    plan = terms.plan
    obligation = plan.obligation.get(asked.obligation)
    if (
        obligation is None
        or not obligation.kind
        or not is_reporter(plan, obligation, terms.register, agency, local(now).date())
    ):
        detail = f"Cơ quan “{terms.register.name_of(agency)}” không được giao báo cáo nội dung {asked.obligation}."
        return _problem("not_responsible", "/obligation", asked.obligation, "an obligation it owes", detail)
    last_day = obligation.last_day(asked.period, plan.choices.due_day)
    if last_day is None:
        detail = f"Nội dung {asked.obligation} không có hạn gửi cho kỳ {asked.period}, nên không có gì để gia hạn."
        return _problem("no_due_day", "/period", asked.period, "a period with a due day", detail)
    return Owing(account_of(obligation, agency), last_day)


def ask(
    asked: ExtensionAsked,
    agency: str,
    owed: Owing,
    ledger: str,
    so_far: Sequence[Extension],
    terms: Terms,
    now: datetime,
) -> Extension | Problem:
    """An agency's wish for more time; ``so_far`` are all there ever were for the ledger."""
    if too_early := _too_early(asked.until, "/until", owed.last_day, so_far, now):
        return too_early
    if waiting := [each for each in so_far if each.status == "asked"]:
        detail = f"Đã có đề nghị gia hạn đến hết ngày {ngay(waiting[0].asked_until)} đang chờ trả lời."
        return _problem("already_asked", "", waiting[0].id, "one request at a time", detail)
    return Extension(
        id=derived("extension", ledger, len(so_far)),
        plan=terms.ref,
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


def answer(
    asked: Extension, given: ExtensionAnswered, by: str, so_far: Sequence[Extension], now: datetime
) -> Extension | Problem:
    """The standing office's answer; the same answer again is the same."""
    until = given.until or asked.asked_until
    if asked.status != "asked":
        if (asked.status, asked.until) == (("granted", until) if given.granted else ("refused", None)):
            return asked
        detail = "Đề nghị gia hạn này đã được trả lời khác."
        return _problem("already_answered", "", asked.status, "a request not answered yet", detail)
    answered = {"version": asked.version + 1, "answered_by": by, "answered_at": now, "answer": given.reason}
    if not given.granted:
        if given.reason is None:
            detail = "Từ chối gia hạn phải nêu lý do."
            return _problem("no_reason", "/reason", None, "why it is refused", detail)
        return asked.model_copy(update=answered | {"status": "refused"})
    if too_early := _too_early(until, "/until", asked.last_day, so_far, now):
        return too_early
    last_day = more_time(so_far).counts(asked.last_day)
    assert last_day is not None
    return asked.model_copy(
        update=answered | {"status": "granted", "until": until, "in_time": is_timely(now, last_day)}
    )


def _too_early(until: date, pointer: str, last_day: date, so_far: Sequence[Extension], now: datetime) -> Problem | None:
    """That a day brings no more time than there is."""
    present = more_time(so_far).open_to(last_day)
    assert present is not None
    if until > present and until >= local(now).date():
        return None
    detail = f"Hạn mới phải sau ngày {ngay(present)} và không ở trong quá khứ."
    return _problem("until_too_early", pointer, until.isoformat(), f"after {present.isoformat()}", detail)


def _problem(code: str, pointer: str, value: str | None, expected: str, detail: str) -> Problem:
    return Problem(code=code, pointer=pointer, value=value, expected=expected, rule=RULE, detail=detail)
