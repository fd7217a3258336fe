"""What comes up at a session: pure assembly of an agenda, and what becomes of one that was fixed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal

from services.council.state import Numbers, SessionContext, is_active, nominated_for
from shared.contracts.awards import Award
from shared.contracts.council import AgendaItem, JudgementGiven
from shared.contracts.model import Tier, local
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.contracts.programme import Session
from shared.contracts.scoring import AwardLists
from shared.contracts.units import UnitRegister
from shared.plans.duties import Duty, duties
from shared.wording.formats import ngay

Status = Literal["draft", "frozen", "closed", "historical"]

_OF_AWARDS = frozenset({"candidates", "for_judgement", "held", "otherwise", "nominations"})


def status(session: Session, plan: Plan, now: datetime, *, frozen: bool = False) -> Status:
    """``historical`` where the window ended before the plan was issued (A24), ``closed`` once it has ended.

    Before that ``frozen`` where the secretariat fixed the agenda.
    """
    if plan.choices.past_windows == "historical" and session.window.last < plan.source.issued:
        return "historical"
    if local(now).date() > session.window.last:
        return "closed"
    return "frozen" if frozen else "draft"


def assemble(before: SessionContext, numbers: Numbers) -> tuple[list[AgendaItem], Numbers]:
    """The items of a session as things stand, by number; new items are numbered after all earlier ones.

    First the plan's tasks, then reports still open that are due by the end of the session's window, then for each
    award of the session's movements those that pass, those the council must judge, those held and those nominated.
    """
    return _numbered([*_tasks(before), *_open_reports(before), *_of_awards(before)], numbers)


def assemble_historical(before: SessionContext, numbers: Numbers) -> tuple[list[AgendaItem], Numbers]:
    """The items of a session that was over when it became known: its tasks, for what else came up nobody knows."""
    return _numbered(_tasks(before), numbers)


def refresh_frozen(
    fixed: Sequence[AgendaItem], before: SessionContext, numbers: Numbers, *, supplement: bool
) -> tuple[list[AgendaItem], Numbers]:
    """A fixed agenda as things stand: no item changes, those about awards are marked where they would be others now.

    What the council itself has said since is no change of the figures. Awards that come up only afterwards are added
    as a ``supplement`` while the session has not ended (A37).
    """
    now = {item.id: item for item in _of_awards(before)}
    kept = [_flag_changed(item, now.get(item.id), before.acted) if item.kind in _OF_AWARDS else item for item in fixed]
    known = {item.id for item in fixed}
    late = [item.model_copy(update={"supplement": True}) for item in now.values() if item.id not in known]
    added, numbers = _numbered(late if supplement else [], numbers)
    return sorted([*kept, *added], key=lambda item: item.number), numbers


def _flag_changed(item: AgendaItem, now: AgendaItem | None, acted: frozenset[str]) -> AgendaItem:
    units, nominations = (now.units, now.nominations) if now else ((), ())
    changed = bool((set(item.units) ^ set(units)) - acted) or set(item.nominations) != set(nominations)
    return item.model_copy(update={"changed": changed, "units_now": units if changed else ()})


def _numbered(items: Iterable[AgendaItem], numbers: Numbers) -> tuple[list[AgendaItem], Numbers]:
    items = list(items)
    numbered = numbers.with_items(item.id for item in items)
    placed = [item.model_copy(update={"number": numbered.by_item[item.id]}) for item in items]
    return sorted(placed, key=lambda item: item.number), numbered


def _tasks(before: SessionContext) -> Iterator[AgendaItem]:
    tasks = {task.id: task for task in before.plan.tasks}
    for task in (tasks[task_id] for task_id in before.session.tasks):
        yield AgendaItem(number=1, id=f"task/{task.id}", kind="task", title=task.name, cite=task.cite)


def _open_reports(before: SessionContext) -> Iterator[AgendaItem]:
    """One item a duty, with the units that still owe it."""
    for plan in before.known.movements:
        assert plan.movement is not None
        movement = plan.movement.id
        still_owed = [
            duty
            for duty in duties(plan, before.known.register, before.on)
            if duty.by_report and not duty.historical and duty.last_day <= before.session.window.last
            if (movement, duty.id, duty.account) not in before.known.complete
        ]
        for duty_id, those in groupby(still_owed, key=lambda duty: duty.id):
            yield _open_report(f"report/{movement}/{duty_id}", list(those), before.known.register)


def _open_report(item_id: str, owed: Sequence[Duty], register: UnitRegister) -> AgendaItem:
    duty = owed[0]
    who = register.name_of(duty.owner) if len(owed) == 1 else f"{len(owed)} đơn vị"
    due = ngay(duty.last_day + timedelta(days=1))
    return AgendaItem(
        number=1,
        id=item_id,
        kind="open_report",
        title=f"Báo cáo chưa nhận đủ: {duty.what} ({who}; hạn trước ngày {due})",
        units=tuple(each.owner for each in owed),
        cite=duty.cite,
    )


def _of_awards(before: SessionContext) -> Iterator[AgendaItem]:
    for plan in before.known.movements:
        if plan.movement is None or plan.movement.id not in before.session.movements:
            continue
        movement = plan.movement.id
        nominated = nominated_for(movement, before.known.movements, before.known.nominations)
        lists = {each.award: each for each in before.known.lists.get(movement, ())}
        for award in plan.awards:
            active = [each for each in nominated.get(award.id, ()) if is_active(each)]
            found = lists.get(award.id) or AwardLists(award=award.id, candidates=(), for_judgement=())
            yield from _of_ranked(award, movement, found, active, plan.choices.certificate_ranks)
        for other in plan.nominated:
            if active := [each for each in nominated.get(other.id, ()) if is_active(each)]:
                yield AgendaItem(
                    number=1,
                    id=f"nominations/{movement}/{other.id}",
                    kind="nominations",
                    title=f"Xét đề nghị tặng {other.name}",
                    award=other.id,
                    nominations=tuple(each.id for each in active),
                    cite=other.cite,
                )


def _of_ranked(
    award: Award, movement: str, lists: AwardLists, nominations: Sequence[Nomination], reading: str
) -> Iterator[AgendaItem]:
    """What passes and what was proposed are two things; who was proposed and is on no list comes up too (A42).

    ``reading`` is how the plan reads the ranks of certificates; whom the other one would treat otherwise comes up
    beside (A4).
    """
    proposed = tuple(dict.fromkeys(each.subject for each in nominations))
    listed = {*lists.candidates, *lists.for_judgement, *lists.held}
    others = tuple(unit for unit in proposed if unit not in listed)
    differs = "đạt nếu chỉ cần một" if reading == "all" else "không đạt nếu phải đủ tất cả"
    kinds: list[
        tuple[Literal["candidates", "for_judgement", "held", "otherwise", "nominations"], tuple[str, ...], str]
    ] = [
        ("candidates", lists.candidates, f"Xét tặng {award.name}: {_how_many(award, lists.candidates)}"),
        ("for_judgement", lists.for_judgement, f"{award.name}: cho ý kiến về tiêu chí không có cơ quan nào báo cáo"),
        ("held", lists.held, f"{award.name}: tạm dừng xét, chờ kết luận vụ việc có dấu hiệu vi phạm"),
        ("otherwise", lists.otherwise, f"{award.name}: đơn vị {differs} trong các lĩnh vực xếp hạng (cách hiểu khác)"),
        ("nominations", others, f"{award.name}: đơn vị được đề nghị nhưng chưa đủ điều kiện"),
    ]
    for kind, units, title in kinds:
        if units:
            yield AgendaItem(
                number=1,
                id=f"{kind}/{movement}/{award.id}",
                kind=kind,
                title=title,
                award=award.id,
                units=units,
                proposed=tuple(unit for unit in units if unit in proposed),
                cite=award.cite,
            )


def _how_many(award: Award, candidates: Sequence[str]) -> str:
    if award.quota is not None and len(candidates) > award.quota:
        return f"nhiều đơn vị cùng đủ điều kiện, Hội đồng chọn {award.quota:02}"
    return "đơn vị đạt mọi tiêu chuẩn"


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
