"""Papers about reports that are missing: công văn đôn đốc and báo cáo tổng hợp. Pure."""

from __future__ import annotations

from datetime import date

from services.council.documents.blocks import BLANK, Block, Column, Line, Paper, Row, Table
from services.council.documents.facts import SessionFacts, movement_of
from services.council.documents.phrases import hour, letterhead, recipients, signature, two_digits
from services.council.documents.review_lists import fixed_note
from shared.contracts.council import AgendaItem
from shared.contracts.model import local
from shared.contracts.obligations import Obligation
from shared.contracts.plan import Plan
from shared.wording.citations import document_with_subject
from shared.wording.formats import gio_phut, thoi_han
from shared.wording.plan_names import content_name
from shared.wording.unit_names import addressed_to, full_name

_MOST_ADDRESSED = 8
_MANY = "Các cơ quan, đơn vị có tên trong bảng dưới"


def urging(facts: SessionFacts) -> list[Paper]:
    """One official letter for each movement to all agencies whose report was missing when the agenda was fixed."""
    by_movement: dict[str, list[AgendaItem]] = {}
    for item in facts.of_kind("open_report"):
        by_movement.setdefault(movement_of(item), []).append(item)
    return [_urging(facts, facts.plans[movement], items) for movement, items in by_movement.items()]


def _urging(facts: SessionFacts, plan: Plan, items: list[AgendaItem]) -> Paper:
    agencies = list(dict.fromkeys(unit for item in items for unit in item.units))
    names = "; ".join(full_name(facts.register, unit) for unit in agencies)
    rows: list[Row] = []
    for item in items:
        obligation, deadline = _obligation(plan, item)
        what = _content(obligation) if obligation else item.title
        rows += [
            Row([str(len(rows) + n), full_name(facts.register, unit), what, deadline])
            for n, unit in enumerate(item.units, 1)
        ]
    columns = [Column("TT", 0.8, "center"), Column("Cơ quan", 4), Column("Nội dung", 5), Column("Thời hạn", 3)]
    at = f"Đến {gio_phut(facts.fixed_at)}" if facts.fixed_at else "Đến nay"
    blocks: list[Block] = [
        Line(addressed_to(names if len(agencies) <= _MOST_ADDRESSED else _MANY), "center"),
        Line(f"Thực hiện {document_with_subject(plan.source)}."),
        Line(
            f"{at}, còn {two_digits(len(agencies))} cơ quan, đơn vị chưa gửi đủ báo cáo (bảng dưới). "
            f"{facts.papers.office.name} đề nghị thủ trưởng cơ quan, đơn vị chỉ đạo gửi trước {hour(None)} ngày "
            f"{BLANK}; sau thời điểm này sẽ tổng hợp, báo cáo Ủy ban nhân dân tỉnh."
        ),
        Table(columns, rows),
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
    """Which reports had come in when the agenda was fixed, and which had not."""
    as_of = (facts.fixed_at or local(facts.session.changed_at)).date()
    rows: list[Row] = []
    for plan in facts.plans.values():
        missing: dict[str, set[str]] = {}
        for item in facts.of_kind("open_report"):
            obligation, _ = _obligation(plan, item)
            if obligation and plan.movement and movement_of(item) == plan.movement.id:
                missing.setdefault(obligation.id, set()).update(item.units)
        due = [(o, last) for o in plan.obligations if not o.optional and (last := _last_day(plan, o))]
        shown = [(o, last) for o, last in due if o.kind is not None or o.id in missing]
        rows += [Row([plan.source.name], "group")] if shown else []
        for n, (obligation, last_day) in enumerate(shown, 1):
            state = "Đã nhận đủ" if last_day <= as_of else "Chưa đến thời hạn"
            if agencies := missing.get(obligation.id):
                state = f"Còn {two_digits(len(agencies))} đơn vị chưa gửi đủ"
            rows.append(Row([str(n), _content(obligation), thoi_han(last_day), state]))
    columns = [Column("TT", 0.8, "center"), Column("Nội dung", 6), Column("Thời hạn", 3), Column("Kết quả", 3)]
    return Paper(
        key="reporting",
        name="Báo cáo tổng hợp tình hình gửi báo cáo",
        letterhead=letterhead(facts, "reporting"),
        title="BÁO CÁO",
        subtitle="Tổng hợp tình hình gửi báo cáo phục vụ xét khen thưởng",
        remark=f"({facts.name}; {fixed_note(facts)})",
        blocks=[Table(columns, rows) if rows else Line("Không có báo cáo nào phải gửi.")],
        signatures=[signature(facts, "reporting")],
        recipients=recipients(facts, "reporting"),
    )


def _obligation(plan: Plan, item: AgendaItem) -> tuple[Obligation | None, str]:
    """The obligation of an item about missing reports; the item's id ends with the id of the duty."""
    duty = item.id.rpartition("/")[2]
    for obligation in plan.obligations:
        for due in obligation.dues(plan.choices.due_day):
            if obligation.duty(due.period) == duty:
                return obligation, thoi_han(due.last_day)
    return None, ""


def _last_day(plan: Plan, obligation: Obligation) -> date | None:
    first = next(iter(obligation.dues(plan.choices.due_day)), None)
    return first.last_day if first else None


def _content(obligation: Obligation) -> str:
    """What is to be reported, as a cell of a table."""
    return content_name(obligation).removeprefix("nội dung ").strip("“”")
