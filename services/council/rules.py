"""What is on a session's agenda, and how a fixed agenda changes: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, Literal, get_args

from services.council.changes import change_of
from services.council.sessions import order
from services.council.sessions.actions import item_added
from services.council.sessions.lifecycle import is_window_over, status_of
from services.council.state import SessionContext, StoredSession, is_active, nominations_by_award
from shared.contracts.awards import Award
from shared.contracts.council import Agenda, AgendaItem
from shared.contracts.nominations import Nomination
from shared.contracts.plan import Plan
from shared.contracts.scoring import AwardLists
from shared.contracts.sessions import CouncilMeeting, Phase
from shared.contracts.units import UnitRegister
from shared.plans.duties import Duty, duties
from shared.wording.formats import ngay
from shared.wording.unit_names import full_name

AwardItemKind = Literal["candidates", "for_judgement", "held", "otherwise", "nominations"]

_AWARD_ITEM_KINDS = frozenset(get_args(AwardItemKind))

NOTHING_RECORDED: Final = CouncilMeeting()
"""What is recorded about a session that nobody has touched."""


def assemble(context: SessionContext, meeting: CouncilMeeting) -> list[AgendaItem]:
    """The current items of a draft in the order of the plan, then as moved by hand; ``number`` is the place.

    Items that were taken off stay off, whatever the figures bring.
    """
    off = {removed.item for removed in meeting.removed}
    current = [*_tasks(context), *_open_reports(context), *_award_items(context)]
    by_hand = [item_added(added) for added in meeting.added]
    items = [item for item in (*_with_deferred(current, context), *by_hand) if item.id not in off]
    ranks = award_ranks(context.facts.plans)
    return order.numbered(order.moved(order.by_rule(items, context.rules.order, ranks), meeting.moves))


def assemble_historical(context: SessionContext) -> list[AgendaItem]:
    """The items of a session that was over before its plan was known: only its tasks, as nothing else is on record."""
    return order.numbered(_tasks(context))


def refresh_frozen(
    fixed: Sequence[AgendaItem], context: SessionContext, meeting: CouncilMeeting, *, supplement: bool
) -> list[AgendaItem]:
    """A fixed agenda compared with the current facts: no item changes, but items about awards may be flagged.

    An item is flagged ``changed`` when it would be about other units or nominations now. Units that the council has
    acted on since the freeze do not count as a change. With ``supplement`` (the session has not begun), award items
    that are new since the freeze are added as supplements (A37).
    """
    current = {item.id: item for item in _award_items(context)}
    flagged = [
        _flag_changed(item, current.get(item.id), context) if item.kind in _AWARD_ITEM_KINDS else item for item in fixed
    ]
    if not supplement:
        return flagged
    fixed_ids = {item.id for item in fixed} | {removed.item for removed in meeting.removed}
    new = [
        _flag_changed(item.model_copy(update={"supplement": True}), item, context)
        for item in current.values()
        if item.id not in fixed_ids
    ]
    return order.with_supplements(flagged, order.by_rule(new, context.rules.order, award_ranks(context.facts.plans)))


def award_ranks(plans: Iterable[Plan]) -> dict[tuple[str, str], order.AwardRank]:
    """The place of each award on an agenda, by movement and award."""
    ranks: dict[tuple[str, str], order.AwardRank] = {}
    for plan in plans:
        movement = plan.movement.id if plan.movement else ""
        for n, award in enumerate(plan.awards):
            ranks[movement, award.id] = order.award_rank(award.form, award.tier, n)
        for n, nominated in enumerate(plan.nominated):
            ranks[movement, nominated.id] = order.award_rank(nominated.form, None, n)
    return ranks


def _with_deferred(current: Sequence[AgendaItem], context: SessionContext) -> Iterator[AgendaItem]:
    """The current items and those that the last session deferred; an item that is there anyway names that session."""
    deferred = {item.id: item for item in context.deferred}
    for item in current:
        yield item.model_copy(update={"from_session": context.last_session}) if item.id in deferred else item
    current_ids = {item.id for item in current}
    for item in deferred.values():
        if item.id not in current_ids:
            item_id = item.id if item.other_kind == "carried_over" else f"carried/{context.last_session}/{item.id}"
            fresh = {"id": item_id, "kind": "task", "other_kind": "carried_over", "from_session": context.last_session}
            yield item.model_copy(
                update={**fresh, "changed": False, "units_now": (), "supplement": False, "moved": None, "change": None}
            )


def revise(
    session_id: str,
    stored: StoredSession | None,
    context: SessionContext,
    phase: Phase,
    items: Sequence[AgendaItem],
    now: datetime,
) -> StoredSession | None:
    """The session to store with these items, or None when its agenda does not change.

    A fixed agenda keeps its name and the plan version it cites. ``now`` becomes ``changed_at``.
    """
    previous = stored.agenda if stored else None
    keeps_heading = previous is not None and previous.numbered
    agenda = Agenda(
        session=context.session.id,
        name=previous.name if previous and keeps_heading else context.session.name,
        plan=previous.plan if previous and keeps_heading else context.plan.ref,
        status=status_of(phase),
        version=(previous.version if previous else 0) + 1,
        frozen_at=previous.frozen_at if previous else None,
        items=tuple(items),
        phase=phase,
        numbered=previous is not None and previous.numbered,
        window_over=is_window_over(context.session, phase, now),
        outcomes=previous.outcomes if previous else (),
        meeting=previous.meeting if previous else None,
    )
    if previous and previous.model_copy(update={"version": agenda.version}) == agenda:
        return None
    return StoredSession(
        id=session_id,
        revision=stored.revision if stored else 0,
        agenda=agenda,
        changed_at=now,
        rebuilt_from=stored.rebuilt_from if stored else None,
        fixed_findings=stored.fixed_findings if stored else "",
        fixed_arrivals=stored.fixed_arrivals if stored else "",
    )


def _flag_changed(item: AgendaItem, current: AgendaItem | None, context: SessionContext) -> AgendaItem:
    # What the figures moved before the council acted stays named: the council often acts because of it.
    moved_before = set(item.units) ^ set(item.units_now) if item.changed else set()
    acted_units = context.acted_units - moved_before
    units, nominations = (current.units, current.nominations) if current else ((), ())
    changed = bool((set(item.units) ^ set(units)) - acted_units) or set(item.nominations) != set(nominations)
    change = None
    if (comparison := context.comparison) is not None and context.now is not None:
        history = comparison.histories.get((item.id.split("/")[1], item.award or ""))
        # A supplement is compared with nothing, so that it keeps saying why it was added.
        fixed = item.model_copy(update={"units": (), "nominations": ()}) if item.supplement else item
        change = change_of(fixed, current, acted_units, history, item.change, context.now)
    return item.model_copy(update={"changed": changed, "units_now": units if changed else (), "change": change})


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
            if not any((movement, duty.id, account) in facts.complete for account in duty.answered_by)
        ]
        for duty_id, group in groupby(open_duties, key=lambda duty: duty.id):
            yield _open_report(f"report/{movement}/{duty_id}", list(group), facts.register)


def _open_report(item_id: str, open_duties: Sequence[Duty], register: UnitRegister) -> AgendaItem:
    duty = open_duties[0]
    owners = tuple(dict.fromkeys(open_duty.owner for open_duty in open_duties))
    owner = full_name(register, duty.owner) if len(owners) == 1 else f"{len(owners)} đơn vị"
    due = ngay(duty.last_day + timedelta(days=1))
    return AgendaItem(
        number=1,
        id=item_id,
        kind="open_report",
        title=f"Báo cáo chưa nhận đủ: {duty.what} ({owner}; hạn trước ngày {due})",
        units=owners,
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
        (
            "candidates",
            lists.candidates,
            f"Xét, đề nghị tặng {award.name}: {_candidates_note(award, lists.candidates)}",
        ),
        (
            "for_judgement",
            lists.for_judgement,
            f"{award.name}: cho ý kiến về đơn vị chờ thẩm định tiêu chuẩn không giao cơ quan nào báo cáo",
        ),
        ("held", lists.held, f"{award.name}: tạm dừng xét, chờ kết luận vụ việc có dấu hiệu vi phạm"),
        ("otherwise", lists.otherwise, alternative_title),
        ("nominations", unlisted, f"{award.name}: đơn vị được đề nghị nhưng chưa đạt tiêu chuẩn"),
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
