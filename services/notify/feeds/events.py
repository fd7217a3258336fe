"""What a calendar shows: the deadlines of an agency, or all deadlines and sessions for the standing office. Pure.

Days are local. An event's UID depends only on what it is about, so that a deadline that moves stays one event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from urllib.parse import quote

from services.notify.event_ids import deadline_id, session_id
from shared.contracts.model import VIETNAM
from shared.contracts.plan import Plan
from shared.contracts.programme import Session
from shared.contracts.units import UnitRegister
from shared.plans.duties import Duty
from shared.plans.working_days import WorkingDays
from shared.wording.citations import Documents, can_cu
from shared.wording.formats import gia_han, gio_ngay, ngay, ngay_lam_viec_cuoi, thoi_han
from shared.wording.unit_names import full_name, grouped_names

DONE: Final = "✓ Đã tiếp nhận"
"""How the summary of a deadline begins whose reports are all complete."""


@dataclass(frozen=True, slots=True)
class DutyStand:
    """A duty with the extension granted so far, and when its report became complete (None: not yet)."""

    duty: Duty
    complete_at: datetime | None = None


@dataclass(frozen=True)
class PlanSituation:
    """A plan with what its events need: the register, the documents it cites, its duties as they stand today."""

    plan: Plan
    register: UnitRegister
    documents: Documents
    stands: Sequence[DutyStand]


@dataclass(frozen=True, slots=True)
class Look:
    """How events are written: with which working days, and links to which site (None: without links)."""

    calendar: WorkingDays
    public_url: str | None = None


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """An event of whole days, ``first`` to ``last``.

    ``changed_at`` is UTC: the latest fact that the event shows. It goes back if a report is withdrawn.
    """

    uid: str
    summary: str
    description: str
    first: date
    last: date
    changed_at: datetime
    link: str | None = None


def agency_events(situation: PlanSituation, agency: str, look: Look) -> Iterator[FeedEvent]:
    """The deadlines of an agency, in the plan's order; historical ones have no reminders and no event either (A24)."""
    for stand in situation.stands:
        duty = stand.duty
        if duty.owner != agency or duty.historical:
            continue
        received = [f"Đã tiếp nhận đầy đủ lúc {gio_ngay(stand.complete_at)}."] if stand.complete_at else []
        summary = f"{_state([stand])}: {duty.what} ({situation.plan.source.name})"
        yield _deadline(situation, [stand], summary, received, _uid(situation, duty, duty.account), look)


def office_events(situation: PlanSituation, look: Look) -> Iterator[FeedEvent]:
    """All deadlines and sessions of a plan. Agencies with one deadline for one thing share an event.

    An agency with an extension has an event of its own on its later day.
    """
    groups = defaultdict[tuple[str, str | None], list[DutyStand]](list)
    for stand in situation.stands:
        if not stand.duty.historical:
            extended = stand.duty.account if stand.duty.extended_from else None
            groups[stand.duty.id, extended].append(stand)
    for (_, extended), stands in groups.items():
        duty, open_stands = stands[0].duty, [stand for stand in stands if stand.complete_at is None]
        who = full_name(situation.register, duty.owner) if len(stands) == 1 else f"{len(stands)} đơn vị"
        left = f", còn {len(open_stands):02} chưa gửi" if len(stands) > 1 and open_stands and duty.by_report else ""
        summary = f"{_state(stands)}: {duty.what} – {who}{left} ({situation.plan.source.name})"
        pending = [_pending(situation.register, open_stands, len(stands))] if left else []
        yield _deadline(situation, stands, summary, pending, _uid(situation, duty, extended or ""), look)
    for session in situation.plan.sessions:
        yield _session(situation, session)


def _pending(register: UnitRegister, open_stands: Sequence[DutyStand], of: int) -> str:
    """Which of so many agencies have not reported yet."""
    if len(open_stands) == of:
        return "Chưa có đơn vị nào gửi."
    return f"Chưa gửi: {grouped_names(register, [stand.duty.owner for stand in open_stands])}."


def _state(stands: Sequence[DutyStand]) -> str:
    if all(stand.complete_at for stand in stands):
        return DONE
    return "Thời hạn (đã gia hạn)" if stands[0].duty.extended_from else "Thời hạn"


def _deadline(
    situation: PlanSituation, stands: Sequence[DutyStand], summary: str, further: Iterable[str], uid: str, look: Look
) -> FeedEvent:
    duty, plan = stands[0].duty, situation.plan
    lines = [f"Thời hạn: {thoi_han(duty.extended_from or duty.last_day)}."]
    if duty.extended_from:
        extended = gia_han(duty.extended_from, duty.last_day)
        lines.append(f"{extended[0].upper()}{extended[1:]}.")
    if (last_working_day := look.calendar.on_or_before(duty.last_day)) != duty.last_day:
        lines.append(f"Trước thời hạn, {ngay_lam_viec_cuoi(last_working_day)}.")
    lines += further
    if plan.movement:
        lines.append(f"Phong trào “{plan.movement.name}”.")
    lines.append(f"Căn cứ: {can_cu(duty.cite, situation.documents)}.")
    link = _link(duty, look)
    if link:
        lines.append(f"Nội dung phải báo cáo: {link}")
    facts = [at for stand in stands for at in (stand.complete_at, stand.duty.extended_at) if at]
    changed_at = max([_issued(plan), *facts])
    return FeedEvent(uid, summary, "\n".join(lines), duty.last_day, duty.last_day, changed_at, link)


def _session(situation: PlanSituation, session: Session) -> FeedEvent:
    plan, (first, last) = situation.plan, _days_of(session)
    basis = f"Căn cứ: {can_cu(session.cite, situation.documents)}."
    description = f"Dự kiến từ ngày {ngay(first)} đến hết ngày {ngay(last)}.\n{basis}"
    uid = session_id(plan.province, plan.id, session.id)
    summary = f"Hội đồng họp: {session.name} (thời gian dự kiến)"
    return FeedEvent(uid, summary, description, first, last, _issued(plan))


def _days_of(session: Session) -> tuple[date, date]:
    """The first and last day of a session's event: its window, because no plan states the day of a session yet."""
    return session.window.first, session.window.last


def _uid(situation: PlanSituation, duty: Duty, account: str) -> str:
    """The id of a duty's event; ``account`` is empty for the event that agencies share."""
    return deadline_id(situation.plan.province, situation.plan.id, duty.id, account)


def _link(duty: Duty, look: Look) -> str | None:
    """The page of what is to be reported; None for a task, which has no such page."""
    if look.public_url is None or duty.obligation is None or duty.period is None:
        return None
    obligation, period = (quote(part, safe="") for part in (duty.obligation, duty.period))
    return f"{look.public_url.rstrip('/')}/cong/viec-can-lam/{obligation}/{period}"


def _issued(plan: Plan) -> datetime:
    """The beginning of the day on which the plan was issued, UTC."""
    return datetime.combine(plan.source.issued, time(), VIETNAM).astimezone(UTC)
