"""What comes up at a session: pure assembly of an agenda."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from services.council.state import Before, Numbers
from shared.contracts.council import AgendaItem, JudgementGiven
from shared.contracts.model import Tier, local
from shared.contracts.plan import Plan, Session
from shared.contracts.units import UnitRegister
from shared.runtime.vietnamese import ngay

Status = Literal["draft", "closed", "historical"]


def status(session: Session, plan: Plan, now: datetime) -> Status:
    """``historical`` where the window ended before the plan was issued (A24), ``closed`` once it has ended."""
    if session.window.last < plan.source.issued:
        return "historical"
    return "closed" if local(now).date() > session.window.last else "draft"


def assemble(before: Before, numbers: Numbers) -> tuple[list[AgendaItem], Numbers]:
    """The items of a session as things stand, by number; new items are numbered after all earlier ones.

    First the plan's tasks, then reports still open that are due by the end of the session's window, then for
    each award of the session's movements those that pass and those the council must judge.
    """
    items = list(_items(before))
    numbered = numbers.with_items([item.id for item in items])
    placed = [item.model_copy(update={"number": numbered.by_item[item.id]}) for item in items]
    return sorted(placed, key=lambda item: item.number), numbered


def _items(before: Before) -> Iterator[AgendaItem]:
    tasks = {task.id: task for task in before.plan.tasks}
    for task_id in before.session.tasks:
        task = tasks[task_id]
        yield AgendaItem(number=1, id=f"task/{task.id}", kind="task", title=task.name, cite=task.cite)
    for plan in before.movements:
        yield from _open_reports(plan, before)
    for plan in before.movements:
        if plan.movement is not None and plan.movement.id in before.session.movements:
            yield from _awards(plan, plan.movement.id, before)


def _open_reports(plan: Plan, before: Before) -> Iterator[AgendaItem]:
    assert plan.movement is not None
    for owed in plan.obligations:
        is_open = (plan.movement.id, owed.id) not in before.complete
        if is_open and owed.before <= before.session.window.last:
            reporter = before.register.name_of(owed.reporter)
            yield AgendaItem(
                number=1,
                id=f"report/{plan.movement.id}/{owed.id}",
                kind="open_report",
                title=f"Báo cáo chưa nhận đủ: {owed.what} ({reporter}; hạn trước ngày {ngay(owed.before)})",
                units=(owed.reporter,),
                cite=owed.cite,
            )


def _awards(plan: Plan, movement: str, before: Before) -> Iterator[AgendaItem]:
    for lists in before.lists.get(movement, ()):
        award = plan.award.get(lists.award)
        if award is None:
            continue
        if lists.candidates:
            yield AgendaItem(
                number=1,
                id=f"candidates/{movement}/{award.id}",
                kind="candidates",
                title=f"Xét tặng {award.name}: đơn vị đạt mọi tiêu chuẩn",
                award=award.id,
                units=lists.candidates,
                cite=award.cite,
            )
        if lists.for_judgement:
            yield AgendaItem(
                number=1,
                id=f"for_judgement/{movement}/{award.id}",
                kind="for_judgement",
                title=f"{award.name}: cho ý kiến về tiêu chí không có cơ quan nào báo cáo",
                award=award.id,
                units=lists.for_judgement,
                cite=award.cite,
            )


def unjudgeable(given: JudgementGiven, plan: Plan, register: UnitRegister) -> str | None:
    """Why the council cannot judge this, in Vietnamese; None where it can."""
    unit = register.by_code.get(given.unit)
    if unit is None:
        return f"Không có đơn vị mang mã “{given.unit}”."
    if not _is_asked(plan, unit.tier, given.criterion):
        return f"Không có tiêu chuẩn “{given.criterion}” cho cấp của {unit.name}."
    return None


def _is_asked(plan: Plan, tier: Tier, criterion: str) -> bool:
    return any(award.tier is tier and any(r.criterion == criterion for r in award.rules) for award in plan.awards)
