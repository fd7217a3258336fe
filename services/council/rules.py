"""What is on a session's agenda, and how a fixed agenda changes: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal, get_args

from services.council.changes import change_of
from services.council.packed_findings import pack_fixed
from services.council.state import Numbers, SessionContext, StoredSession, is_active, nominations_by_award
from shared.contracts.awards import Award
from shared.contracts.council import Agenda, AgendaItem
from shared.contracts.model import local
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.contracts.programme import Session
from shared.contracts.scoring import AwardLists
from shared.contracts.units import UnitRegister
from shared.plans.duties import Duty, duties
from shared.wording.formats import ngay
from shared.wording.unit_names import full_name

Status = Literal["draft", "frozen", "closed", "historical"]
AwardItemKind = Literal["candidates", "for_judgement", "held", "otherwise", "nominations"]

_AWARD_ITEM_KINDS = frozenset(get_args(AwardItemKind))


def status(session: Session, plan: Plan, now: datetime, *, frozen: bool = False) -> Status:
    """The status of a session's agenda.

    ``historical`` when the session's window ended before the plan was issued (A24), ``closed`` after the local day
    on which the window ends. Before that ``frozen`` if the secretariat fixed the agenda, otherwise ``draft``.
    """
    if plan.choices.past_windows == "historical" and session.window.last < plan.source.issued:
        return "historical"
    if local(now).date() > session.window.last:
        return "closed"
    return "frozen" if frozen else "draft"


def assemble(context: SessionContext, numbers: Numbers) -> tuple[list[AgendaItem], Numbers]:
    """The current items of a session, ordered by number; new items get the next numbers.

    New items are numbered in this order: the plan's tasks, the open reports that are due by the end of the session's
    window, then for each award of the session's movements the candidates, the units the council must judge, the held
    units and the nominations.
    """
    return _numbered([*_tasks(context), *_open_reports(context), *_award_items(context)], numbers)


def assemble_historical(context: SessionContext, numbers: Numbers) -> tuple[list[AgendaItem], Numbers]:
    """The items of a session that was over before its plan was known: only its tasks, as nothing else is on record."""
    return _numbered(_tasks(context), numbers)


def refresh_frozen(
    fixed: Sequence[AgendaItem], context: SessionContext, numbers: Numbers, *, supplement: bool
) -> tuple[list[AgendaItem], Numbers]:
    """A fixed agenda compared with the current facts: no item changes, but items about awards may be flagged.

    An item is flagged ``changed`` when it would be about other units or nominations now. Units that the council has
    acted on since the freeze do not count as a change. With ``supplement`` (the session has not ended), award items
    that are new since the freeze are added as supplements (A37).
    """
    current = {item.id: item for item in _award_items(context)}
    flagged = [
        _flag_changed(item, current.get(item.id), context) if item.kind in _AWARD_ITEM_KINDS else item for item in fixed
    ]
    fixed_ids = {item.id for item in fixed}
    new = [
        _flag_changed(item.model_copy(update={"supplement": True}), item, context)
        for item in current.values()
        if item.id not in fixed_ids
    ]
    added, numbers = _numbered(new if supplement else [], numbers)
    return sorted([*flagged, *added], key=lambda item: item.number), numbers


def revise(
    session_id: str,
    stored: StoredSession | None,
    context: SessionContext,
    agenda_status: Status,
    items: Sequence[AgendaItem],
    numbers: Numbers,
    now: datetime,
) -> StoredSession | None:
    """The session to store with these items, or None when its agenda does not change.

    A fixed agenda keeps its name and the plan version it cites. ``now`` becomes ``changed_at``, and ``frozen_at``
    when the agenda is fixed for the first time; then the findings behind it are kept.
    """
    previous = stored.agenda if stored else None
    fixed_at = previous.frozen_at if previous else None
    keeps_heading = previous is not None and fixed_at is not None
    agenda = Agenda(
        session=context.session.id,
        name=previous.name if previous and keeps_heading else context.session.name,
        plan=previous.plan if previous and keeps_heading else context.plan.ref,
        status=agenda_status,
        version=(previous.version if previous else 0) + 1,
        frozen_at=(fixed_at or now) if agenda_status in ("frozen", "closed") else None,
        items=tuple(items),
    )
    if previous and all(
        getattr(previous, name) == getattr(agenda, name) for name in ("items", "status", "name", "plan")
    ):
        return None
    fixed_findings = stored.fixed_findings if stored else ""
    if fixed_at is None and agenda.frozen_at is not None and context.findings:
        fixed_findings = pack_fixed(context.findings)
    return StoredSession(
        id=session_id,
        revision=stored.revision if stored else 0,
        agenda=agenda,
        frozen=agenda_status == "frozen" or (stored is not None and stored.frozen),
        numbers=numbers,
        changed_at=now,
        rebuilt_from=stored.rebuilt_from if stored else None,
        fixed_findings=fixed_findings,
    )


def _flag_changed(item: AgendaItem, current: AgendaItem | None, context: SessionContext) -> AgendaItem:
    acted_units = context.acted_units
    units, nominations = (current.units, current.nominations) if current else ((), ())
    changed = bool((set(item.units) ^ set(units)) - acted_units) or set(item.nominations) != set(nominations)
    change = None
    if (comparison := context.comparison) is not None and context.now is not None:
        history = comparison.histories.get((item.id.split("/")[1], item.award or ""))
        # A supplement is compared with nothing, so that it keeps saying why it was added.
        fixed = item.model_copy(update={"units": (), "nominations": ()}) if item.supplement else item
        change = change_of(fixed, current, acted_units, history, item.change, context.now)
    return item.model_copy(update={"changed": changed, "units_now": units if changed else (), "change": change})


def _numbered(items: Iterable[AgendaItem], numbers: Numbers) -> tuple[list[AgendaItem], Numbers]:
    items = list(items)
    all_numbers = numbers.with_items(item.id for item in items)
    numbered = [item.model_copy(update={"number": all_numbers.by_item[item.id]}) for item in items]
    return sorted(numbered, key=lambda item: item.number), all_numbers


def _tasks(context: SessionContext) -> Iterator[AgendaItem]:
    tasks = {task.id: task for task in context.plan.tasks}
    for task in (tasks[task_id] for task_id in context.session.tasks):
        yield AgendaItem(number=1, id=f"task/{task.id}", kind="task", title=task.name, cite=task.cite)


def _open_reports(context: SessionContext) -> Iterator[AgendaItem]:
    """One item for each duty, with the units whose report is not complete."""
    facts = context.facts
    for plan in facts.plans:
        assert plan.movement is not None
        movement = plan.movement.id
        open_duties = [
            duty
            for duty in duties(plan, facts.register, context.today)
            if duty.by_report and not duty.historical and duty.last_day <= context.session.window.last
            if (movement, duty.id, duty.account) not in facts.complete
        ]
        for duty_id, group in groupby(open_duties, key=lambda duty: duty.id):
            yield _open_report(f"report/{movement}/{duty_id}", list(group), facts.register)


def _open_report(item_id: str, open_duties: Sequence[Duty], register: UnitRegister) -> AgendaItem:
    duty = open_duties[0]
    owner = full_name(register, duty.owner) if len(open_duties) == 1 else f"{len(open_duties)} đơn vị"
    due = ngay(duty.last_day + timedelta(days=1))
    return AgendaItem(
        number=1,
        id=item_id,
        kind="open_report",
        title=f"Báo cáo chưa nhận đủ: {duty.what} ({owner}; hạn trước ngày {due})",
        units=tuple(open_duty.owner for open_duty in open_duties),
        cite=duty.cite,
    )


def _award_items(context: SessionContext) -> Iterator[AgendaItem]:
    facts = context.facts
    for plan in facts.plans:
        if plan.movement is None or plan.movement.id not in context.session.movements:
            continue
        movement = plan.movement.id
        nominations = nominations_by_award(movement, facts.plans, facts.nominations)
        lists_by_award = {lists.award: lists for lists in facts.lists.get(movement, ())}
        for award in plan.awards:
            active = [nomination for nomination in nominations.get(award.id, ()) if is_active(nomination)]
            lists = lists_by_award.get(award.id) or AwardLists(award=award.id, candidates=(), for_judgement=())
            yield from _ranked_award_items(award, movement, lists, active, plan.choices.certificate_ranks)
        for nominated_award in plan.nominated:
            if active := [n for n in nominations.get(nominated_award.id, ()) if is_active(n)]:
                yield AgendaItem(
                    number=1,
                    id=f"nominations/{movement}/{nominated_award.id}",
                    kind="nominations",
                    title=f"Xét đề nghị tặng {nominated_award.name}",
                    award=nominated_award.id,
                    nominations=tuple(nomination.id for nomination in active),
                    cite=nominated_award.cite,
                )


def _ranked_award_items(
    award: Award, movement: str, lists: AwardLists, nominations: Sequence[Nomination], certificate_ranks: str
) -> Iterator[AgendaItem]:
    """Items about the units on an award's lists, and about proposed units that are on none of them (A42).

    ``certificate_ranks`` is how the plan reads the ranks of certificates. Units for which the alternative reading has
    another result are an item of their own (A4).
    """
    proposed = tuple(dict.fromkeys(nomination.subject for nomination in nominations))
    listed = {*lists.candidates, *lists.for_judgement, *lists.held}
    unlisted = tuple(unit for unit in proposed if unit not in listed)
    difference = "đạt nếu chỉ cần một" if certificate_ranks == "all" else "không đạt nếu phải đủ tất cả"
    alternative_title = f"{award.name}: đơn vị {difference} trong các lĩnh vực xếp hạng (cách hiểu khác)"
    kinds: list[tuple[AwardItemKind, tuple[str, ...], str]] = [
        ("candidates", lists.candidates, f"Xét tặng {award.name}: {_candidates_note(award, lists.candidates)}"),
        ("for_judgement", lists.for_judgement, f"{award.name}: cho ý kiến về tiêu chí không có cơ quan nào báo cáo"),
        ("held", lists.held, f"{award.name}: tạm dừng xét, chờ kết luận vụ việc có dấu hiệu vi phạm"),
        ("otherwise", lists.otherwise, alternative_title),
        ("nominations", unlisted, f"{award.name}: đơn vị được đề nghị nhưng chưa đủ điều kiện"),
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


def _candidates_note(award: Award, candidates: Sequence[str]) -> str:
    if award.quota is not None and len(candidates) > award.quota:
        return f"nhiều đơn vị cùng đủ điều kiện, Hội đồng chọn {award.quota:02}"
    return "đơn vị đạt mọi tiêu chuẩn"
