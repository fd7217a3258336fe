"""The subject of each mail. No two mails to one address in a year have the same (docs/domain.md). Pure."""

from __future__ import annotations

from datetime import date
from textwrap import shorten
from typing import Final

from services.notify.mails.letterhead import Background
from services.notify.mails.wordings import MailKind
from shared.contracts.model import local
from shared.contracts.notify import Notice, NoticeLine
from shared.contracts.plan import Plan
from shared.plans.working_days import WorkingDays
from shared.wording.citations import Citing
from shared.wording.formats import cham, con_lai, gia_han, gio_ngay, ngay, truoc_ngay
from shared.wording.unit_names import full_name

LAST_DAY: Final = "hôm nay là ngày cuối"
LAST_WORKING_DAY: Final = "hôm nay là ngày làm việc cuối cùng"
_SHORT: Final = 50


def state(line: NoticeLine, sent_on: date, calendar: WorkingDays) -> str | None:
    """What is left of a line's time on a local day, or its delay; None without a deadline."""
    last_day = line.last_day
    if last_day is None:
        return None
    if sent_on > last_day:
        return cham((sent_on - last_day).days)
    if sent_on == last_day:
        return LAST_DAY
    left = calendar.between(sent_on, last_day)
    return con_lai(left) if left else LAST_WORKING_DAY


def subject(notice: Notice, kind: MailKind, title: str, thing: str, paper: str | None, background: Background) -> str:
    """The subject of a mail. ``title`` is whom a report of what is late is for; ``thing`` and ``paper`` are in words.

    A reminder names the plan and the deadline of its first line, which is the nearest, and after the first of its
    ladder what sets it apart: the count, and the working days left or the days late, which no other day has.
    """
    line = notice.lines[0]
    plan, documents = background.plan_of(notice, line)
    sent_on = local(notice.sent_at).date()
    own = sum(
        other.stage != "weekly" for other in notice.lines
    )  # the office's reminder may have the weekly list as well
    others = f" và {own - 1:02} nội dung khác" if own > 1 else ""
    match kind:
        case "reminder":
            about = f"V/v {'thực hiện nhiệm vụ' if thing == 'nhiệm vụ' else f'gửi {thing}'} theo {plan.source.name}"
            return f"{about}{_deadline(line)}{others}{_apart(notice, line, plan, background.calendar)}"
        case "internal":
            late = f"{_urged(notice, line)[1:]} " if line.last_day and sent_on > line.last_day else ""
            about = f"Nhắc việc nội bộ: {late}thực hiện {plan.source.name}"
            return f"{about}{_deadline(line)}{others}{_apart(notice, line, plan, background.calendar)}"
        case "overdue" | "head":
            cited = Citing(documents, lambda source: source.name).text(line.cite)
            about = f" việc gửi {thing} theo {cited}" if kind == "head" else f" gửi {thing} theo {plan.source.name}"
            when = ", ".join(filter(None, (_deadline(line)[2:], state(line, sent_on, background.calendar))))
            return f"V/v{_urged(notice, line)}{about}{others} ({when})"
        case "leader" | "chair":
            return f"Báo cáo đồng chí {title}: {_count(notice)} quá hạn chưa nhận được, đến ngày {ngay(sent_on)}"
        case "weekly":
            return f"Tổng hợp {_count(notice)} chưa nhận được, đến ngày {ngay(sent_on)}"
        case "returned":
            return f"V/v đề nghị bổ sung, hoàn thiện {paper or thing}{others}{_one_of_several(notice, line, plan)}"
        case _:
            agency = f"{full_name(background.register, line.agency)} " if line.agency else ""
            about = {"asked": f"{agency}đề nghị lùi", "granted": "đồng ý lùi", "refused": "giữ nguyên"}[kind]
            of = f"thời hạn của {thing} theo {plan.source.name}"
            until = "" if line.last_day is None else f", đến hết ngày {ngay(line.last_day)}"
            if kind == "granted" and line.last_day and line.extended_from:
                until = f", {gia_han(line.extended_from, line.last_day)}"
            return f"V/v {about} {of}{until} ({_short(line)}; lúc {gio_ngay(notice.sent_at)})"


def _deadline(line: NoticeLine) -> str:
    return f", thời hạn {truoc_ngay(line.last_day)}" if line.last_day else ""


def _apart(notice: Notice, line: NoticeLine, plan: Plan, calendar: WorkingDays) -> str:
    """What sets a reminder apart from the others of its deadline: nothing for the first one of the plan's ladder."""
    sent_on = local(notice.sent_at).date()
    left = state(line, sent_on, calendar)
    first = plan.reminders is not None and line.stage == f"L-{max(plan.reminders.before, default=0)}"
    if first and line.nth == 1 and left not in (LAST_DAY, LAST_WORKING_DAY):
        return ""
    late = line.last_day is not None and sent_on > line.last_day
    again = f"nhắc lần {line.nth}" if line.nth > 1 and not late else None
    on = None if calendar.is_working_day(sent_on) or late or left == LAST_DAY else f"ngày {ngay(sent_on)}"
    return f" ({', '.join(filter(None, (again, left, on)))})"


def _urged(notice: Notice, line: NoticeLine) -> str:
    """How often a late line was urged; a notice of the last release, which has no day, does not know."""
    return f" đôn đốc lần {line.nth}" if notice.day else " đôn đốc"


def _count(notice: Notice) -> str:
    agencies = {line.agency for line in notice.lines if line.agency}
    return f"{len(notice.lines):02} nội dung" + (f" của {len(agencies):02} cơ quan" if agencies else "")


def _one_of_several(notice: Notice, line: NoticeLine, plan: Plan) -> str:
    """Sets a returned report apart: one paper may answer several obligations, and be returned several times."""
    obligation = plan.obligation.get(line.obligation or "")
    if line.paper is None or obligation is None:
        return f" ({_short(line)}; lúc {gio_ngay(notice.sent_at)})"
    siblings = [
        o for o in plan.obligations if o.kind and (o.reporter, o.each) == (obligation.reporter, obligation.each)
    ]
    again = f"lần {line.nth}" if line.nth > 1 else None
    apart = "; ".join(filter(None, (again, _short(line) if len(siblings) > 1 else None)))
    return f" ({apart})" if apart else ""


def _short(line: NoticeLine) -> str:
    return shorten(line.what, _SHORT, placeholder=" …")
