"""Papers about the candidates: bảng tổng hợp, danh sách theo dõi, báo cáo thẩm định, phiếu giải thích. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import shorten

from services.council.changes import FindingState
from services.council.documents.blocks import Block, Column, Line, Paper, Row, Table
from services.council.documents.facts import SessionFacts, movement_of
from services.council.documents.phrases import (
    capitalised,
    letterhead,
    movement_clause,
    recipients,
    signature,
    two_digits,
)
from services.council.documents.sitting_papers import item_number
from shared.contracts.awards import Award
from shared.contracts.council import AgendaItem
from shared.contracts.model import Verdict, local
from shared.plans.feeds import missing_feed
from shared.wording.formats import gio_ngay
from shared.wording.plan_names import criterion_name
from shared.wording.unit_names import full_name, short_name
from shared.wording.verdicts import VERDICTS, source

_LONGEST_HEAD = 75

_REVIEWED = ("candidates", "for_judgement", "otherwise", "nominations")


def results(facts: SessionFacts) -> Paper:
    """Every award's candidates with the result of each criterion, in landscape."""
    blocks: list[Block] = []
    for item in facts.of_kind(*_REVIEWED):
        blocks.append(Line(f"{item_number(facts, item)} {item.title}", "part"))
        blocks.append(_results_of(facts, item))
        blocks += _full_names(facts, item)
    if not blocks:
        blocks.append(Line("Chương trình không có nội dung xét khen thưởng."))
    return Paper(
        key="results",
        name="Bảng tổng hợp kết quả xét",
        letterhead=letterhead(facts, "results", numbered=False),
        title="BẢNG TỔNG HỢP KẾT QUẢ XÉT",
        subtitle=f"{facts.name} của {facts.papers.council.name}",
        remark=f"({fixed_note(facts)})",
        blocks=[*blocks, Line("Hạng chỉ ghi khi nằm trong số hạng được xét.", "note")],
        signatures=(),
        recipients=(),
        landscape=True,
        working=True,
    )


def _results_of(facts: SessionFacts, item: AgendaItem) -> Table:
    criteria = facts.criteria(item)
    columns = [Column("TT", 0.7, "center"), Column("Đơn vị", 3)]
    columns += [Column(_shortened(name), 1.7) for _, name in criteria]
    columns += [Column("Ý kiến thẩm định", 2), Column("Cơ quan đề nghị", 2), Column("Ghi chú", 1.2)]
    rows = [
        Row(
            [
                str(n),
                facts.subject_name(subject),
                *(
                    result_text(facts, item, criterion, facts.finding(item, subject, criterion))
                    for criterion, _ in criteria
                ),
                _appraisal(facts, item, subject),
                _nominators(facts, item, subject),
                "; ".join(filter(None, [_supplement(item), _opinions(facts, item, subject)])),
            ]
        )
        for n, subject in enumerate(facts.subjects(item), 1)
    ]
    return Table(columns, rows, small=True)


def _full_names(facts: SessionFacts, item: AgendaItem) -> list[Block]:
    """The whole names of criteria that do not fit into the head of a column."""
    names = [name for _, name in facts.criteria(item)]
    return [Line(f"{_shortened(name)}: {name}.", "note") for name in names if _shortened(name) != name]


def _shortened(name: str) -> str:
    return shorten(name, _LONGEST_HEAD, placeholder=" …")


def result_text(facts: SessionFacts, item: AgendaItem, criterion: str, state: FindingState | None) -> str:
    """A result in a cell, "Đạt, hạng 1 (báo cáo số 12/BC-STTTT)"; empty for a criterion without a result."""
    if state is None:
        return ""
    if state.verdict == Verdict.MISSING.value and _nobody_reports(facts, item, criterion):
        return "Chờ thẩm định"
    rank = f", hạng {state.rank}" if state.rank else ""
    reports = facts.reports(state)
    cited = f" (báo cáo số {', '.join(reports)})" if reports else ""
    return f"{capitalised(VERDICTS[Verdict(state.verdict)])}{rank}{cited}"


def _nobody_reports(facts: SessionFacts, item: AgendaItem, criterion: str) -> bool:
    """Whether the standing office judges a criterion, because no agency is asked to report it."""
    plan, award = facts.plan_of(item), facts.award_of(item)
    if plan is None or not isinstance(award, Award):
        return False
    missing = (missing_feed(plan, award, rule) for rule in award.rules if rule.criterion == criterion)
    return any(one is not None and one.reason != "not_stated" for one in missing)


def _appraisal(facts: SessionFacts, item: AgendaItem, unit: str) -> str:
    plan = facts.plan_of(item)
    given = [j for j in facts.judgements.get(movement_of(item), ()) if j.unit == unit]
    if plan is None or not given:
        return ""
    passed, failed = [j for j in given if j.verdict is Verdict.PASS], [j for j in given if j.verdict is Verdict.FAIL]
    parts = [f"Đạt {two_digits(len(passed))} tiêu chuẩn"] if passed else []
    parts += [f"không đạt: {criterion_name(plan, j.criterion)} ({j.reason})" for j in failed]
    return "; ".join(parts)


def _nominators(facts: SessionFacts, item: AgendaItem, subject: str) -> str:
    if nomination := facts.nominations.get(subject):
        return short_name(facts.register, nomination.nominator)
    made = [
        n for n in facts.nominations.values() if n.subject == subject and item.award in (n.award, n.into) and subject
    ]
    nominators = dict.fromkeys(short_name(facts.register, n.nominator) for n in made if n.status == "accepted")
    return "; ".join(nominators) or ("Đã đề nghị" if subject in item.proposed else "")


def _supplement(item: AgendaItem) -> str:
    return "Bổ sung" if item.supplement else ""


def _opinions(facts: SessionFacts, item: AgendaItem, subject: str) -> str:
    questions = [
        o
        for o in facts.opinions.get(movement_of(item), ())
        if o.award == item.award and (not o.subjects or subject in o.subjects)
    ]
    answers = [
        f"{full_name(facts.register, o.agency)}: {o.answer.answer if o.answer else 'chưa trả lời'}" for o in questions
    ]
    return "; ".join(answers)


def watch_list(facts: SessionFacts) -> Paper:
    """The units whose case is open or whose figures are not there yet, with the reason."""
    rows: list[Row] = []
    for item in facts.of_kind("held", "for_judgement", "otherwise"):
        rows.append(Row([f"{item_number(facts, item)} {item.title}"], "group"))
        for n, unit in enumerate(item.units, 1):
            reasons = _open_reasons(facts, item, unit)
            rows.append(Row([str(n), facts.subject_name(unit), _state(item), reasons]))
    for item in facts.of_kind("open_report"):
        rows.append(Row([f"{item_number(facts, item)} {item.title}"], "group"))
        for n, unit in enumerate(item.units, 1):
            rows.append(Row([str(n), full_name(facts.register, unit), "Chưa nhận đủ báo cáo", ""]))
    columns = [
        Column("TT", 0.7, "center"),
        Column("Đơn vị", 4),
        Column("Trạng thái", 2.2),
        Column("Lý do, tiêu chuẩn", 5),
    ]
    empty: list[Block] = [Line("Không có trường hợp tạm dừng xét hoặc chưa đủ căn cứ.")]
    return Paper(
        key="watch_list",
        name="Danh sách theo dõi",
        letterhead=letterhead(facts, "watch_list", numbered=False),
        title="DANH SÁCH THEO DÕI",
        subtitle="Trường hợp tạm dừng xét, chưa đủ căn cứ",
        remark=f"({facts.name}; {fixed_note(facts)})",
        blocks=[Table(columns, rows)] if rows else empty,
        signatures=(),
        recipients=(),
        working=True,
    )


def _state(item: AgendaItem) -> str:
    states = {"held": "Tạm dừng xét", "for_judgement": "Chờ thẩm định", "otherwise": "Theo cách hiểu khác"}
    return states.get(item.kind, "")


def _open_reasons(facts: SessionFacts, item: AgendaItem, unit: str) -> str:
    reasons = []
    for criterion, name in facts.criteria(item):
        state = facts.finding(item, unit, criterion)
        if state is not None and state.verdict != Verdict.PASS.value:
            reasons.append(f"{name}: {result_text(facts, item, criterion, state)}")
    return "; ".join(reasons)


def appraisal(facts: SessionFacts) -> Paper:
    """The standing office's report before the session: lists by award, its opinions, and what is open."""
    office, reviewed = facts.papers.office.name, facts.of_kind(*_REVIEWED)
    blocks: list[Block] = [
        Line(
            f"Căn cứ {facts.papers.rules_of_procedure}, {office} báo cáo {facts.papers.council.name} kết quả tổng hợp, "
            f"thẩm định phục vụ {facts.name} ({fixed_note(facts)}) như sau:"
        ),
        Line("1. Kết quả theo số liệu", "part"),
    ]
    rows = [Row([str(n), *_counts(facts, item)]) for n, item in enumerate(reviewed, 1)]
    columns = [Column("TT", 0.8, "center"), Column("Nội dung", 8), Column("Trường hợp", 1.8, "center")]
    columns.append(Column("Đã đề nghị", 1.8, "center"))
    blocks.append(Table(columns, rows) if rows else Line("Không có nội dung xét khen thưởng."))
    blocks.append(Line("2. Ý kiến thẩm định", "part"))
    waiting = facts.of_kind("for_judgement")
    blocks += _judgement_lines(facts, waiting=bool(waiting))
    blocks += [
        Line(f"- Còn chờ thẩm định {two_digits(len(i.units))} đơn vị: {_award_name(facts, i)}.") for i in waiting
    ]
    blocks.append(Line("3. Trường hợp tạm dừng xét, chưa đủ căn cứ", "part"))
    open_items = facts.of_kind("held", "open_report")
    blocks += [Line(f"- {item.title} ({two_digits(len(item.units))} đơn vị).") for item in open_items]
    if not open_items:
        blocks.append(Line("Không có."))
    blocks.append(Line(f"{office} kính trình Hội đồng xem xét, cho ý kiến./."))
    return Paper(
        key="appraisal",
        name="Báo cáo thẩm định",
        letterhead=letterhead(facts, "appraisal"),
        title="BÁO CÁO",
        subtitle=f"Kết quả tổng hợp, thẩm định phục vụ {facts.name} của {facts.papers.council.name}",
        blocks=blocks,
        signatures=[signature(facts, "appraisal")],
        recipients=recipients(facts, "appraisal"),
    )


def _counts(facts: SessionFacts, item: AgendaItem) -> tuple[str, str, str]:
    proposed = len(item.proposed) + len(item.nominations)
    return item.title, str(len(facts.subjects(item))), str(proposed)


def _award_name(facts: SessionFacts, item: AgendaItem) -> str:
    award = facts.award_of(item)
    return award.name if award else item.title


def _judgement_lines(facts: SessionFacts, *, waiting: bool) -> Sequence[Line]:
    lines: list[Line] = []
    for movement, judgements in facts.judgements.items():
        plan = facts.plans[movement]
        by_criterion: dict[str, list[int]] = {}
        for judgement in judgements:
            counts = by_criterion.setdefault(judgement.criterion, [0, 0])
            counts[judgement.verdict is Verdict.FAIL] += 1
        lines += [
            Line(
                f"- {criterion_name(plan, criterion)}: đạt {two_digits(passed)}, không đạt {two_digits(failed)} đơn vị."
            )
            for criterion, (passed, failed) in by_criterion.items()
        ]
    return lines if lines or waiting else [Line("Không có tiêu chuẩn cần thẩm định.")]


def explanation(facts: SessionFacts, item: AgendaItem, unit: str) -> Paper:
    """The evidence behind one unit's results on one award, on one page."""
    plan, award = facts.plan_of(item), facts.award_of(item)
    assert plan is not None
    assert award is not None
    citing, rows = facts.citing(plan), []
    for n, (criterion, name) in enumerate(facts.criteria(item), 1):
        state = facts.finding(item, unit, criterion)
        verdict = capitalised(VERDICTS[Verdict(state.verdict)]) if state else ""
        rank = f", hạng {state.rank}" if state and state.rank else ""
        described = [facts.evidence[event] for event in state.events if event in facts.evidence] if state else []
        sources = [source(one, plan, lambda code: full_name(facts.register, code), citing) for one in described]
        rows.append(Row([str(n), name, f"{verdict}{rank}", "; ".join(map(capitalised, sources))]))
    columns = [Column("TT", 0.7, "center"), Column("Tiêu chuẩn", 3.5), Column("Kết quả", 1.8), Column("Căn cứ", 6)]
    return Paper(
        key=f"explanation-{item.award}-{unit}",
        name=f"Phiếu giải thích: {facts.subject_name(unit)}",
        letterhead=letterhead(facts, "explanation", numbered=False),
        title="PHIẾU GIẢI THÍCH KẾT QUẢ XÉT",
        subtitle=facts.subject_name(unit),
        remark=f"({award.name}; {movement_clause(facts, movement_of(item))}; {fixed_note(facts)})",
        blocks=[Table(columns, rows, small=True)],
        signatures=(),
        recipients=(),
        working=True,
    )


def explained(facts: SessionFacts) -> Iterator[tuple[AgendaItem, str]]:
    """Every (item, unit) that has a sheet of its own: the candidates of awards that figures decide."""
    for item in facts.of_kind("candidates"):
        if isinstance(facts.award_of(item), Award):
            yield from ((item, unit) for unit in item.units)


def fixed_note(facts: SessionFacts) -> str:
    """When the figures were fixed, "số liệu chốt lúc 09:00 ngày 20/12/2023", or that the agenda is a draft."""
    if facts.fixed_at is None:
        return f"dự thảo, số liệu đến {gio_ngay(local(facts.session.changed_at))}"
    return f"số liệu chốt lúc {gio_ngay(facts.fixed_at)}"
