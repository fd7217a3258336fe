"""Papers about reports that are missing: công văn đôn đốc and báo cáo tổng hợp. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.council.documents.blocks import BLANK, Block, Column, Line, Paper, Row, Table
from services.council.documents.facts import SessionFacts, movement_of
from services.council.documents.phrases import capitalised, hour, letterhead, recipients, signature, two_digits
from services.council.documents.review_lists import fixed_note
from shared.contracts.council import AgendaItem
from shared.contracts.model import local
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.plans.duties import duties
from shared.wording.citations import document_with_subject
from shared.wording.formats import cham, gio_phut, ngay, thoi_han
from shared.wording.plan_names import content_name
from shared.wording.unit_names import addressed_to, full_name

_NOT_DUE = "Chưa đến thời hạn"
_MOST_ADDRESSED = 8
_MANY = "Các cơ quan, đơn vị có tên trong bảng dưới"


def urging(facts: SessionFacts) -> list[Paper]:
    """One official letter for each movement to all agencies whose report was late when the agenda was fixed."""
    papers: list[Paper] = []
    for plan in facts.plans.values():
        rows: list[Row] = []
        agencies: dict[str, None] = {}
        for unit, content, deadline, days in _overdue(facts, plan):
            agencies[unit] = None
            rows.append(Row([str(len(rows) + 1), full_name(facts.register, unit), content, deadline, cham(days)]))
        if rows:
            papers.append(_urging(facts, plan, rows, [full_name(facts.register, unit) for unit in agencies]))
    return papers


def _urging(facts: SessionFacts, plan: Plan, rows: list[Row], agencies: list[str]) -> Paper:
    columns = [Column("TT", 0.8, "center"), Column("Cơ quan", 3.6), Column("Nội dung", 4.6), Column("Thời hạn", 3)]
    at = f"Đến {gio_phut(facts.fixed_at)}" if facts.fixed_at else "Đến nay"
    blocks: list[Block] = [
        Line(addressed_to("; ".join(agencies) if len(agencies) <= _MOST_ADDRESSED else _MANY), "center"),
        Line(f"Thực hiện {document_with_subject(plan.source)}."),
        Line(
            f"{at}, còn {two_digits(len(agencies))} cơ quan, đơn vị chưa gửi đủ báo cáo (bảng dưới). "
            f"{facts.papers.office.name} đề nghị thủ trưởng cơ quan, đơn vị chỉ đạo gửi trước {hour(None)} ngày "
            f"{BLANK}; sau thời điểm này sẽ tổng hợp, báo cáo Ủy ban nhân dân tỉnh."
        ),
        Table([*columns, Column("Chậm", 1.6)], rows),
        Line("Trân trọng./."),
    ]
    return Paper(
        key=f"urging-{plan.movement.id if plan.movement else plan.id}",
        name=f"Công văn đôn đốc theo {plan.source.name}",
        letterhead=letterhead(facts, "urging", about=f"V/v đôn đốc gửi báo cáo theo {plan.source.name}"),
        title="",
        subtitle="",
        blocks=blocks,
        signatures=[signature(facts, "urging")],
        recipients=recipients(facts, "urging"),
    )


def reporting(facts: SessionFacts) -> Paper:
    """Which reports had come in when the agenda was fixed, which had not, and who was or came late by how many days."""
    as_of = _as_of(facts)
    came_late = late_arrivals(facts)
    late_of = Counter((late.plan, late.obligation) for late in came_late)
    rows: list[Row] = []
    for plan in facts.plans.values():
        missing: dict[str, set[str]] = {}
        for item in facts.of_kind("open_report"):
            obligation, _ = _obligation(plan, item)
            if obligation and _is_of(plan, item):
                missing.setdefault(obligation.id, set()).update(item.units)
        due = [(o, last) for o in plan.obligations if not o.optional and (last := _last_day(plan, o))]
        shown = [(o, last) for o, last in due if o.kind is not None or o.id in missing]
        rows += [Row([plan.source.name], "group")] if shown else []
        for n, (obligation, last_day) in enumerate(shown, 1):
            state = "Đã nhận đủ" if last_day < as_of else _NOT_DUE
            if agencies := missing.get(obligation.id):
                left = f"còn {two_digits(len(agencies))} đơn vị chưa gửi đủ"
                state = capitalised(left) if last_day < as_of else f"{_NOT_DUE}; {left}"
            if late := late_of[plan.key, obligation.id]:
                state = f"{state}; {two_digits(late)} đơn vị gửi chậm"
            rows.append(Row([str(n), _content(obligation), thoi_han(last_day), state]))
    columns = [Column("TT", 0.8, "center"), Column("Nội dung", 6), Column("Thời hạn", 3), Column("Kết quả", 3)]
    return Paper(
        key="reporting",
        name="Báo cáo tổng hợp tình hình gửi báo cáo",
        letterhead=letterhead(facts, "reporting"),
        title="BÁO CÁO",
        subtitle="Tổng hợp tình hình gửi báo cáo phục vụ xét khen thưởng",
        remark=f"({facts.name}; {fixed_note(facts)})",
        blocks=[
            Line("1. Kết quả theo từng nội dung", "part"),
            Table(columns, rows) if rows else Line("Không có báo cáo nào phải gửi."),
            Line("2. Cơ quan, đơn vị chưa gửi đủ khi đã hết thời hạn", "part"),
            *_late(facts),
            Line("3. Cơ quan, đơn vị đã gửi đủ nhưng chậm", "part"),
            *_came_late(facts, came_late),
        ],
        signatures=[signature(facts, "reporting")],
        recipients=recipients(facts, "reporting"),
    )


def _late(facts: SessionFacts) -> list[Block]:
    """Every agency that owed a report when the agenda was fixed, the longest delay first, and how many there are."""
    late = [row for plan in facts.plans.values() for row in _overdue(facts, plan)]
    if not late:
        return [Line("Không có cơ quan, đơn vị nào.")]
    late.sort(key=lambda row: -row[3])
    rows = [
        Row([str(n), full_name(facts.register, unit), content, deadline, cham(days)])
        for n, (unit, content, deadline, days) in enumerate(late, 1)
    ]
    columns = [Column("TT", 0.8, "center"), Column("Cơ quan, đơn vị", 3.6), Column("Nội dung", 4.6)]
    table = Table([*columns, Column("Thời hạn", 3), Column("Chậm", 1.6)], rows)
    agencies = {unit for unit, *_ in late}
    return [table, Line(f"Tổng cộng {two_digits(len(rows))} nội dung của {two_digits(len(agencies))} cơ quan, đơn vị.")]


@dataclass(frozen=True, slots=True)
class LateArrival:
    """A report that was complete when the agenda was fixed, and came late: of which plan and obligation, from whom.

    Days are local; ``last_day`` is the last on which it was in time, ``days`` are calendar days.
    """

    plan: str
    obligation: str
    owner: str
    content: str
    last_day: date
    came: date
    days: int


def late_arrivals(facts: SessionFacts) -> Sequence[LateArrival]:
    """The reports that came late, in the order of the plans. A report of which no instant is known is left out."""
    return [late for plan in facts.plans.values() for late in _late_of(facts, plan)]


def _late_of(facts: SessionFacts, plan: Plan) -> Iterator[LateArrival]:
    assert plan.movement is not None
    for duty in duties(plan, facts.register, _as_of(facts)):
        keys = [(plan.movement.id, duty.id, account) for account in duty.answered_by]
        arrivals = [facts.arrivals[key] for key in keys if key in facts.arrivals]
        if duty.obligation is None or duty.historical or not arrivals:
            continue
        first = min(arrivals, key=lambda arrival: arrival.at)
        if days := first.days_late(duty.last_day):
            content, last_day = _content(plan.obligation[duty.obligation]), first.last_day or duty.last_day
            came = local(first.at).date()
            yield LateArrival(plan.key, duty.obligation, duty.owner, content, last_day, came, days)


def _came_late(facts: SessionFacts, late: Sequence[LateArrival]) -> list[Block]:
    """Every report that came late, the longest delay first."""
    if not late:
        return [Line("Không có cơ quan, đơn vị nào.")]
    rows = [
        Row([str(n), full_name(facts.register, r.owner), r.content, thoi_han(r.last_day), ngay(r.came), cham(r.days)])
        for n, r in enumerate(sorted(late, key=lambda report: -report.days), 1)
    ]
    columns = [Column("TT", 0.8, "center"), Column("Cơ quan, đơn vị", 3.2), Column("Nội dung", 3.8)]
    columns += [Column("Thời hạn", 2.6), Column("Nhận đủ", 1.9, "center"), Column("Chậm", 1.5)]
    return [Table(columns, rows)]


def _overdue(facts: SessionFacts, plan: Plan) -> Iterator[tuple[str, str, str, int]]:
    """Each unit whose report was late when the agenda was fixed: its code, what is owed, the deadline, days late."""
    for item in facts.of_kind("open_report"):
        obligation, last_day = _obligation(plan, item)
        days = days_late(facts, plan, item)
        if obligation is not None and last_day is not None and days and _is_of(plan, item):
            yield from ((unit, _content(obligation), thoi_han(last_day), days) for unit in item.units)


def days_late(facts: SessionFacts, plan: Plan, item: AgendaItem) -> int:
    """How many days the report of an item was late when the agenda was fixed; 0 if it was not due yet."""
    _, last_day = _obligation(plan, item)
    return max((_as_of(facts) - last_day).days, 0) if last_day else 0


def _obligation(plan: Plan, item: AgendaItem) -> tuple[Obligation | None, date | None]:
    """The obligation of an item about missing reports, and its last day; the item's id ends with the duty's."""
    duty = item.id.rpartition("/")[2]
    for obligation in plan.obligations:
        for due in obligation.dues(plan.choices.due_day):
            if obligation.duty(due.period) == duty:
                return obligation, due.last_day
    return None, None


def _is_of(plan: Plan, item: AgendaItem) -> bool:
    return plan.movement is not None and movement_of(item) == plan.movement.id


def _as_of(facts: SessionFacts) -> date:
    """The local day up to which reports count as received or late."""
    return (facts.fixed_at or local(facts.session.changed_at)).date()


def _last_day(plan: Plan, obligation: Obligation) -> date | None:
    first = next(iter(obligation.dues(plan.choices.due_day)), None)
    return first.last_day if first else None


def _content(obligation: Obligation) -> str:
    """What is to be reported, as a cell of a table."""
    return content_name(obligation).removeprefix("nội dung ").strip("“”")
