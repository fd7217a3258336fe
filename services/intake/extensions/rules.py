"""Decides on extensions: requests by the agency that must report, answers by the standing office. Pure.

The plan's own last day does not change. Only an extension granted before that day has passed makes a later report
timely, as the sources rule for tasks (A17). One granted afterwards ends the reminders and lifts a lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.intake.context import GrantedExtension, IntakeContext
from services.intake.papers import Paper
from shared.contracts.extensions import Extension, ExtensionAnswer, ExtensionRequest
from shared.contracts.ids import derived
from shared.contracts.model import local
from shared.contracts.receipts import Problem
from shared.plans.authority import account_of, is_reporter, owner_of
from shared.plans.deadlines import is_timely
from shared.wording.formats import ky, ngay
from shared.wording.plan_names import content_name, content_of
from shared.wording.unit_names import full_name

RULE = "extension.recorded v1"

MAX_DAYS = 366
"""The maximum length of an extension, in days after the plan's own last day or after today, whichever is later.

It catches mistyped years, and keeps dates within the range of ``date``.
"""


class DueObligation(NamedTuple):
    """What an extension is for: the account that must report, and the plan's own last permitted local day."""

    account: str
    last_day: date


def granted_extension(extensions: Iterable[Extension]) -> GrantedExtension:
    """The combined effect of the granted ones among the extensions of a ledger."""
    granted = [(extension.until, extension.in_time) for extension in extensions if extension.status == "granted"]
    days = [(until, in_time) for until, in_time in granted if until]
    in_time = max((until for until, timely in days if timely), default=None)
    return GrantedExtension(until=max((until for until, _ in days), default=None), in_time=in_time)


def due_obligation(
    request: ExtensionRequest, agency: str, context: IntakeContext, now: datetime
) -> DueObligation | Problem:
    """What an agency requests an extension for, or why there is nothing to extend. ``now`` is aware."""
    plan = context.plan
    obligation = plan.obligation.get(request.obligation)
    if (
        obligation is None
        or not obligation.kind
        or not is_reporter(plan, obligation, context.register, agency, local(now).date())
    ):
        content = content_of(plan, request.obligation)
        detail = f"Cơ quan “{full_name(context.register, agency)}” không được giao báo cáo {content}."
        return _problem("not_responsible", "/obligation", request.obligation, "cần nội dung được giao", detail)
    last_day = obligation.last_day(request.period, plan.choices.due_day)
    if last_day is None:
        detail = f"Không có thời hạn của {content_name(obligation)} cho kỳ báo cáo {ky(request.period)} để gia hạn."
        return _problem("no_due_day", "/period", request.period, "cần kỳ có thời hạn", detail)
    return DueObligation(account_of(obligation, agency), last_day)


def request_extension(
    request: ExtensionRequest,
    agency: str,
    due: DueObligation,
    ledger: str,
    existing: Sequence[Extension],
    context: IntakeContext,
    now: datetime,
    paper: Paper | None = None,
) -> Extension | Problem:
    """An agency's request as a new extension, or why it is refused. ``existing`` are all extensions of the ledger.

    The same paper with the same content again is the extension that it was, even if that was answered since; with other
    content it is a conflict unless the office refused it (A45).
    """
    if paper is not None:
        of_paper = [e for e in existing if (e.agency, e.number, e.date) == (agency, paper.number, paper.date)]
        for earlier in of_paper:
            if (earlier.asked_until, earlier.reason) == (request.until, request.reason):
                return earlier
        if any(earlier.status != "refused" for earlier in of_paper):
            return _other_content(paper)
    if problem := _invalid_day(request.until, due.last_day, existing, now):
        return problem
    if pending := [extension for extension in existing if extension.status == "asked"]:
        detail = f"Đã có đề nghị gia hạn đến hết ngày {ngay(pending[0].asked_until)} đang chờ trả lời."
        return _problem("already_asked", "", pending[0].id, "cần chờ trả lời đề nghị trước", detail)
    return Extension(
        id=derived("extension", ledger, len(existing)),
        plan=context.ref,
        movement=request.movement,
        obligation=request.obligation,
        account=due.account,
        agency=agency,
        period=request.period,
        version=1,
        status="asked",
        last_day=due.last_day,
        asked_at=now,
        asked_until=request.until,
        reason=request.reason,
        number=paper.number if paper else None,
        date=paper.date if paper else None,
    )


def _other_content(paper: Paper) -> Problem:
    detail = f"Văn bản {paper.label} đã xin gia hạn với nội dung khác; hãy gửi văn bản có số hoặc ngày khác."
    return _problem("extension_id_reused", "/number", paper.number, "cần số hoặc ngày khác", detail)


def concerns(extension: Extension, agency: str, context: IntakeContext, now: datetime) -> bool:
    """Whether an extension concerns an agency: it made the request, or holds the account's role today."""
    return agency in (extension.agency, _owner(extension, context, now))


def answer(
    extension: Extension,
    given: ExtensionAnswer,
    by: str,
    others: Sequence[Extension],
    context: IntakeContext,
    now: datetime,
) -> Extension | Problem:
    """The answered extension, or why the answer is refused; repeating the same answer changes nothing.

    ``others`` are the other extensions of the ledger. The answer goes to the agency that must report today. The
    current plan's last day decides whether the extension was granted in time.
    """
    until = given.until or extension.asked_until
    if extension.status != "asked":
        if (extension.status, extension.until) == (("granted", until) if given.granted else ("refused", None)):
            return extension
        detail = "Đề nghị gia hạn này đã được trả lời khác."
        return _problem("already_answered", "", extension.status, "cần đề nghị chưa trả lời", detail)
    answered: Mapping[str, object] = {
        "version": extension.version + 1,
        "agency": _owner(extension, context, now) or extension.agency,
        "answered_by": by,
        "answered_at": now,
        "answer": given.reason,
    }
    if not given.granted:
        if given.reason is None:
            detail = "Từ chối gia hạn phải nêu lý do."
            return _problem("no_reason", "/reason", None, "cần lý do không gia hạn", detail)
        return extension.model_copy(update={**answered, "status": "refused"})
    obligation = context.plan.obligation.get(extension.obligation)
    plan_day = obligation.last_day(extension.period, context.plan.choices.due_day) if obligation else None
    plan_day = plan_day or extension.last_day
    if problem := _invalid_day(until, plan_day, others, now):
        return problem
    last_day = granted_extension(others).timely_last_day(plan_day)
    assert last_day is not None
    return extension.model_copy(
        update={**answered, "status": "granted", "until": until, "in_time": is_timely(now, last_day)}
    )


def _owner(extension: Extension, context: IntakeContext, now: datetime) -> str | None:
    obligation = context.plan.obligation.get(extension.obligation)
    return owner_of(context.plan, obligation, extension.account, local(now).date()) if obligation else None


def _invalid_day(until: date, last_day: date, others: Sequence[Extension], now: datetime) -> Problem | None:
    """The problem of a new last day that does not extend the present one, or extends it too far; None if valid."""
    present, today = granted_extension(others).open_last_day(last_day), local(now).date()
    assert present is not None
    latest = max(last_day, today) + timedelta(days=MAX_DAYS)
    if until <= present or until < today:
        detail = f"Thời hạn mới phải sau ngày {ngay(present)} và không ở trong quá khứ."
        return _problem("until_too_early", "/until", until.isoformat(), f"cần ngày sau {ngay(present)}", detail)
    if until > latest:
        detail = f"Thời hạn mới không được sau ngày {ngay(latest)}."
        return _problem("until_too_late", "/until", until.isoformat(), f"cần ngày không sau {ngay(latest)}", detail)
    return None


def _problem(code: str, pointer: str, value: str | None, expected: str, detail: str) -> Problem:
    return Problem(code=code, pointer=pointer, value=value, expected=expected, rule=RULE, detail=detail)
