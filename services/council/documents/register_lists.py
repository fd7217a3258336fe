"""The two registers as lists: sổ theo dõi điển hình tiên tiến, and what was found in monitoring. Pure.

What the session knows is filled in; what only people know has a column to be filled in by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.council.documents.blocks import BOX, Block, Column, Line, Paper, Row, Table
from services.council.documents.facts import SessionFacts, movement_of
from services.council.documents.phrases import FORMS, capitalised, letterhead
from services.council.documents.province import PaperKind
from services.council.documents.reporting_papers import days_late
from services.council.documents.review_lists import fixed_note
from services.council.documents.sitting_papers import item_number
from shared.contracts.council import AgendaItem
from shared.contracts.model import Verdict
from shared.contracts.plan import Plan
from shared.contracts.programme import Statement
from shared.wording.formats import cham
from shared.wording.unit_names import full_name, short_name
from shared.wording.verdicts import VERDICTS, source

_STEPS = ("Phát hiện", "Bồi dưỡng", "Tổng kết", "Nhân rộng")
"""The four steps (khâu) of Chỉ thị 19, II.3."""


def exemplars(facts: SessionFacts) -> Paper:
    """Whom the council proposed an award for, as exemplars to be followed through the four steps."""
    rows: list[Row] = []
    for item, subject in facts.proposals():
        form = facts.form_of(item)
        rows.append(
            Row(
                [
                    str(len(rows) + 1),
                    facts.subject_name(subject),
                    _introduced_by(facts, item, subject),
                    FORMS[form] if form else "",
                    "",
                    BOX,
                    BOX,
                    BOX,
                    BOX,
                    "",
                ]
            )
        )
    columns = [
        Column("TT", 0.7, "center"),
        Column("Điển hình tiên tiến", 3.6),
        Column("Cơ quan giới thiệu", 2.4),
        Column("Khen thưởng được đề nghị", 2.4),
        Column("Cách làm hay, mô hình", 2.8),
        *(Column(step, 1.2, "center") for step in _STEPS),
        Column("Nơi tuyên truyền, ghi chú", 2.2),
    ]
    blocks: list[Block] = [Line("I. Việc phải làm theo kế hoạch", "part"), *_statements(facts, "exemplar_steps")]
    blocks.append(Line("II. Danh sách điển hình tiên tiến", "part"))
    blocks.append(Table(columns, rows, small=True) if rows else Line("Hội đồng chưa đề nghị trường hợp nào."))
    name, subtitle = "Danh sách theo dõi điển hình tiên tiến", "Theo các khâu phát hiện, bồi dưỡng, tổng kết, nhân rộng"
    return _register(facts, "exemplars", name, subtitle, f"({facts.name})", blocks)


def _introduced_by(facts: SessionFacts, item: AgendaItem, subject: str) -> str:
    """The agencies that nominated a subject; a unit that nobody nominated is on the list by its results."""
    if own := facts.nominations.get(subject):
        return short_name(facts.register, own.nominator)
    made = (n for n in facts.nominations.values() if n.subject == subject and n.status == "accepted")
    names = dict.fromkeys(short_name(facts.register, n.nominator) for n in made if item.award in (n.award, n.into))
    return "; ".join(names) or "Theo kết quả"


def monitoring(facts: SessionFacts) -> Paper:
    """What was found when the movement was followed and checked: open cases, and reports that are late."""
    rows: list[Row] = []
    for item in facts.of_kind("held"):
        rows.append(Row([f"{item_number(facts, item)} {item.title}"], "group"))
        for n, unit in enumerate(item.units, 1):
            case, sources = _case(facts, item, unit)
            rows.append(Row([str(n), facts.subject_name(unit), case, sources, "Đang xem xét", ""]))
    for item in facts.of_kind("open_report"):
        plan = facts.plan_of(item)
        if plan is None or (days := days_late(facts, plan, item)) == 0:
            continue
        rows.append(Row([f"{item_number(facts, item)} {item.title}"], "group"))
        for n, unit in enumerate(item.units, 1):
            late = f"Chưa gửi đủ báo cáo, {cham(days)}"
            rows.append(Row([str(n), full_name(facts.register, unit), late, "", "Đang đôn đốc", ""]))
    columns = [
        Column("TT", 0.7, "center"),
        Column("Đơn vị", 3.4),
        Column("Nội dung phát hiện", 3.4),
        Column("Nguồn", 3.6),
        Column("Tình trạng", 1.6),
        Column("Kết quả xử lý", 2.2),
    ]
    blocks: list[Block] = [Line("I. Việc phải làm theo kế hoạch", "part"), *_statements(facts, "monitoring")]
    blocks.append(Line("II. Nội dung phát hiện", "part"))
    blocks.append(Table(columns, rows, small=True) if rows else Line("Không có nội dung phát hiện."))
    name, subtitle = "Danh sách nội dung phát hiện qua kiểm tra, giám sát", "Phong trào thi đua và công tác khen thưởng"
    return _register(facts, "monitoring", name, subtitle, f"({facts.name}; {fixed_note(facts)})", blocks)


def _register(
    facts: SessionFacts, kind: PaperKind, name: str, subtitle: str, remark: str, blocks: Sequence[Block]
) -> Paper:
    """A working list in landscape, without number and signature."""
    return Paper(
        key=kind,
        name=name,
        letterhead=letterhead(facts, kind, numbered=False),
        title=name.upper(),
        subtitle=subtitle,
        remark=remark,
        blocks=blocks,
        signatures=(),
        recipients=(),
        landscape=True,
        working=True,
    )


def _case(facts: SessionFacts, item: AgendaItem, unit: str) -> tuple[str, str]:
    """What stands against a unit, and the reports that say so."""
    plan = facts.plan_of(item)
    texts: list[str] = []
    sources: list[str] = []
    for criterion, name in facts.criteria(item):
        state = facts.finding(item, unit, criterion)
        if plan is None or state is None or state.verdict != Verdict.HOLD.value:
            continue
        texts.append(f"{name}: {VERDICTS[Verdict.HOLD]}")
        described = [facts.evidence[event] for event in state.events if event in facts.evidence]
        citing = facts.citing(plan)
        sources += [source(one, plan, lambda code: full_name(facts.register, code), citing) for one in described]
    return "; ".join(texts) or "Có vụ việc đang xem xét", "; ".join(map(capitalised, dict.fromkeys(sources)))


def _statements(facts: SessionFacts, kind: str) -> Sequence[Block]:
    """What the plans order, with who does it and where they say so."""
    rows: list[Row] = []
    for plan in _plans(facts):
        statements: Sequence[Statement] = plan.exemplar_steps if kind == "exemplar_steps" else plan.monitoring
        citing = facts.citing(plan)
        for statement in statements:
            when = f" ({statement.when})" if statement.when else ""
            what = f"{statement.text.strip().rstrip('.')}{when}"
            rows.append(Row([str(len(rows) + 1), what, statement.who or "", citing.text(statement.cite), ""]))
    columns = [Column("TT", 0.7, "center"), Column("Việc", 7), Column("Cơ quan thực hiện", 3.4), Column("Căn cứ", 2.8)]
    columns.append(Column("Kết quả", 2))
    return [Table(columns, rows, small=True)] if rows else [Line("Kế hoạch không nêu.")]


def _plans(facts: SessionFacts) -> Iterator[Plan]:
    """The council's plan, then those of the movements that the session considers."""
    yield facts.plan
    considered = {movement_of(item) for item in facts.items}
    yield from (plan for movement, plan in facts.plans.items() if movement in considered and plan is not facts.plan)
