"""Papers to the chairman of the committee: tờ trình and dự thảo quyết định with its list. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.council.documents.blocks import BLANK, Block, Column, Line, Paper, Row, Table
from services.council.documents.facts import SessionFacts, movement_of
from services.council.documents.minutes_papers import counts_by_form, proposed_counts
from services.council.documents.phrases import (
    FORMS,
    counted,
    day_or_blank,
    letterhead,
    listed,
    movement_clause,
    recipients,
    signature,
    two_digits,
)
from services.council.documents.reporting_papers import late_arrivals
from shared.contracts.awards import AwardForm, SubjectKind
from shared.contracts.council import AgendaItem
from shared.contracts.model import Tier
from shared.wording.citations import document_with_subject
from shared.wording.formats import so
from shared.wording.plan_names import TIERS
from shared.wording.unit_names import addressed_to, short_name


def submission(facts: SessionFacts) -> Paper:
    """The standing office's submission to the chairman of the committee, with the money that goes with the awards."""
    office, council = facts.papers.office.name, facts.papers.council.name
    movements = list(dict.fromkeys(movement_of(item) for item, _ in facts.proposals())) or list(facts.plans)[:1]
    forms = list(counts_by_form(facts))
    awards = ", ".join(FORMS[form] for form in forms) or "danh hiệu thi đua, hình thức khen thưởng"
    # One that was taken off the agenda is still a report that was not there when the agenda was fixed.
    taken_off = [entry for entry in facts.meeting.removed if entry.item.startswith("report/")]
    open_reports = [*facts.of_kind("open_report"), *taken_off]
    differing = [
        f"{facts.subject_name(subject)}: {why}"
        for item in facts.of_kind("candidates")
        for subject in item.units
        if facts.outcome(item, subject) not in ("proposed", None) and (why := facts.outcome_reason(item, subject))
    ]
    suspended = len({unit for item in facts.of_kind("held") for unit in item.units})
    blocks: list[Block] = [
        Line(addressed_to("Chủ tịch Ủy ban nhân dân tỉnh"), "center"),
        *_bases(facts, movements),
        Line(
            f"Căn cứ Biên bản {facts.name} {day_or_blank(facts.day)} và Biên bản kiểm phiếu {day_or_blank(facts.day)} "
            f"của {council},",
            "basis",
        ),
        Line(f"{office} kính trình Chủ tịch Ủy ban nhân dân tỉnh:"),
        Line(
            f"1. Quá trình thực hiện: còn {two_digits(len(open_reports))} nội dung báo cáo chưa nhận đủ khi chốt "
            f"chương trình, {two_digits(len(late_arrivals(facts)))} báo cáo nhận chậm; "
            f"số trường hợp do các cơ quan đề nghị: {two_digits(_nominated(facts))}."
        ),
        Line("2. Kết quả xét:"),
        _results(facts),
        Line(
            f"Trường hợp khác với kết quả theo số liệu: {listed(differing) or 'không có'}. Trường hợp tạm dừng xét: "
            f"{two_digits(suspended)}."
        ),
        Line(f"3. Đề nghị tặng: {proposed_counts(facts)} (danh sách kèm theo dự thảo Quyết định)."),
        Line(f"4. Kinh phí: {money(facts)}"),
        Line("Kính trình Chủ tịch Ủy ban nhân dân tỉnh xem xét, quyết định./."),
        Line(
            "Kèm theo: (1) dự thảo Quyết định; (2) biên bản họp, biên bản kiểm phiếu; (3) bảng tổng hợp kết quả xét; "
            "(4) hồ sơ đề nghị.",
            "note",
        ),
    ]
    return Paper(
        key="submission",
        name="Tờ trình",
        letterhead=letterhead(facts, "submission"),
        title="TỜ TRÌNH",
        subtitle=f"Về việc đề nghị tặng {awards} trong {listed([movement_clause(facts, m) for m in movements])}",
        blocks=blocks,
        signatures=[signature(facts, "submission")],
        recipients=recipients(facts, "submission"),
    )


def _bases(facts: SessionFacts, movements: Sequence[str]) -> Iterator[Line]:
    laws = facts.papers.laws(facts.signing_day)
    plans = [facts.plans[movement] for movement in movements if movement in facts.plans]
    for law in (*laws, *(document_with_subject(plan.source) for plan in plans)):
        yield Line(f"Căn cứ {law};", "basis")


def _results(facts: SessionFacts) -> Table:
    """How many cases were considered, proposed, not proposed and deferred, by award; the last row has the sums."""
    rows, sums = [], [0, 0, 0, 0]
    for n, item in enumerate(facts.about_awards(), 1):
        outcomes = [facts.outcome(item, subject) for subject in facts.subjects(item)]
        numbers = [len(outcomes), *(outcomes.count(o) for o in ("proposed", "not_proposed", "deferred"))]
        sums = [total + number for total, number in zip(sums, numbers, strict=True)]
        award = facts.award_of(item)
        rows.append(Row([str(n), award.name if award else item.title, *map(str, numbers)]))
    rows.append(Row(["", "Cộng", *map(str, sums)], "total"))
    columns = [Column("TT", 0.8, "center"), Column("Danh hiệu, hình thức; đối tượng", 6), Column("Xét", 1.2, "center")]
    columns += [Column("Thống nhất đề nghị", 1.7, "center"), Column("Không đề nghị", 1.6, "center")]
    return Table([*columns, Column("Để lại", 1.3, "center")], rows)


def _nominated(facts: SessionFacts) -> int:
    items = facts.about_awards()
    return sum(len(item.proposed) + len(item.nominations) for item in items)


def money(facts: SessionFacts) -> str:
    """The money for every form and the sum, or that the rates are missing."""
    parts, total = [], 0
    for form, (collectives, enterprises, persons) in counts_by_form(facts).items():
        for number, is_person in ((collectives + enterprises, False), (persons, True)):
            if not number:
                continue
            amount = facts.papers.money.amount(form, facts.signing_day, person=is_person)
            if amount is None:
                return f"theo {facts.papers.money.rule}, từ {facts.papers.money.fund}."
            total += number * amount
            parts.append(f"{FORMS[form]}: {two_digits(number)} x {so(amount)} đồng = {so(number * amount)} đồng")
    if not parts:
        return "không phát sinh."
    return f"{listed(parts)}; tổng cộng {so(total)} đồng, từ {facts.papers.money.fund}."


def decisions(facts: SessionFacts) -> list[Paper]:
    """One draft decision for each form of award; without proposals none."""
    return [_decision(facts, form) for form in counts_by_form(facts)]


def _decision(facts: SessionFacts, form: AwardForm) -> Paper:
    chosen = [(item, subject) for item, subject in facts.proposals() if facts.form_of(item) is form]
    collectives, persons = _split(facts, chosen)
    movements = list(dict.fromkeys(movement_of(item) for item, _ in chosen))
    numbers = counted([(len(collectives), "tập thể"), (len(persons), "cá nhân")])
    symbol, office = facts.papers.kinds["decision"].symbol, facts.papers.kinds["submission"]
    signer = facts.papers.kinds["submission"].signer.capitalize()
    articles = [
        f"Điều 1. Tặng {FORMS[form]} cho {numbers} đã có thành tích xuất sắc trong thực hiện "
        f"{listed([movement_clause(facts, movement) for movement in movements])} (có danh sách kèm theo).",
        f"Điều 2. Tiền thưởng kèm theo thực hiện theo {facts.papers.money.rule}, từ {facts.papers.money.fund}.",
        "Điều 3. Quyết định này có hiệu lực kể từ ngày ký.",
        f"Điều 4. {', '.join(facts.papers.executors)}, thủ trưởng các cơ quan, đơn vị liên quan và các tập thể, cá "
        "nhân có tên tại Điều 1 chịu trách nhiệm thi hành Quyết định này./.",
    ]
    blocks: list[Block] = [
        Line("CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH", "center_bold"),
        *_bases(facts, movements),
        Line(
            f"Theo đề nghị của {signer} {facts.papers.office.name} tại Tờ trình số        /{office.symbol} ngày "
            f"{BLANK}.",
            "basis",
        ),
        Line("QUYẾT ĐỊNH:", "center_bold"),
        *(Line(article) for article in articles),
    ]
    return Paper(
        key=f"decision-{form.value}",
        name=f"Dự thảo Quyết định tặng {FORMS[form]}",
        letterhead=letterhead(facts, "decision"),
        title="QUYẾT ĐỊNH",
        subtitle=f"Về việc tặng {FORMS[form]}",
        blocks=blocks,
        signatures=[signature(facts, "decision")],
        recipients=recipients(facts, "decision"),
        appendix=_list(facts, form, symbol, collectives, persons),
    )


def _split(
    facts: SessionFacts, chosen: Sequence[tuple[AgendaItem, str]]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The collectives in the order of WORDS 4.0, as pairs of a group's name and a unit's, and the persons."""
    collectives: list[tuple[int, int, str, str]] = []
    persons: list[tuple[str, str]] = []
    for position, (_, subject) in enumerate(chosen):
        if facts.is_person(subject):
            persons.append(("", subject))
            continue
        rank, group = _group(facts, subject)
        collectives.append((rank, _place(facts, subject, position), group, subject))
    return [(group, subject) for _, _, group, subject in sorted(collectives)], persons


_TIERS = (Tier.SO, Tier.HUYEN, Tier.XA, Tier.DVSN, Tier.KHAC)


def _group(facts: SessionFacts, subject: str) -> tuple[int, str]:
    """The place of a unit's group in the list and its name; communes stand below their district."""
    unit = facts.register.by_code.get(subject)
    if unit is None:
        nomination = facts.nominations.get(subject)
        if nomination is not None and nomination.kind is SubjectKind.DOANH_NGHIEP:
            return 6, "Doanh nghiệp"
        return 5, "Tập thể trực thuộc"
    if unit.tier is Tier.XA and unit.parent:
        return 2, f"{TIERS[Tier.XA]} thuộc {short_name(facts.register, unit.parent)}"
    return _TIERS.index(unit.tier), TIERS[unit.tier]


def _place(facts: SessionFacts, subject: str, position: int) -> int:
    """The place within a group: as in the register, by which communes of a district are neighbours."""
    order = facts.unit_order.get(subject)
    return position if order is None else order


def _list(
    facts: SessionFacts,
    form: AwardForm,
    symbol: str,
    collectives: Sequence[tuple[str, str]],
    persons: Sequence[tuple[str, str]],
) -> list[Block]:
    blocks: list[Block] = [
        Line("DANH SÁCH", "center_bold"),
        Line(f"{'Tập thể, cá nhân' if persons else 'Tập thể'} được tặng {FORMS[form]}", "center_bold"),
        Line(f"(Kèm theo Quyết định số        /{symbol} ngày {BLANK} của Chủ tịch Ủy ban nhân dân tỉnh)", "center"),
    ]
    rows: list[Row] = []
    last = ""
    for n, (group, subject) in enumerate(collectives, 1):
        if group != last:
            rows.append(Row([group], "group"))
            last = group
        rows.append(Row([str(n), facts.subject_name(subject)]))
    if rows:
        blocks.append(Line("I. TẬP THỂ", "part"))
        blocks.append(Table([Column("TT", 1, "center"), Column("Tên tập thể", 11)], rows))
    if persons:
        people = [Row([str(n), _person(facts, subject)]) for n, (_, subject) in enumerate(persons, 1)]
        blocks.append(Line("II. CÁ NHÂN" if rows else "I. CÁ NHÂN", "part"))
        blocks.append(Table([Column("TT", 1, "center"), Column("Họ và tên, chức vụ, đơn vị", 11)], people))
    total = counted([(len(collectives), "tập thể"), (len(persons), "cá nhân")])
    return [*blocks, Line(f"Tổng số: {total}./.", "part")]


def _person(facts: SessionFacts, subject: str) -> str:
    name = facts.subject_name(subject)
    return name if facts.has_name(subject) else f"{BLANK}{BLANK} ({name})"
