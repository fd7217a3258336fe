"""Công văn xin ý kiến: the official letters by which the standing office asks other agencies for their opinion. Pure.

A letter that is recorded is written with its number, its day and its agencies. For an award about which no letter is
recorded there is a draft without them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from services.council.documents.blocks import BLANK, Block, Column, Letterhead, Line, Paper, Row, Table
from services.council.documents.facts import SessionFacts, movement_of
from services.council.documents.phrases import (
    letterhead,
    long_day,
    recipients,
    signature,
    two_digits,
)
from shared.contracts.council import AgendaItem
from shared.contracts.opinions import AgencyOpinion
from shared.wording.citations import document_with_subject
from shared.wording.formats import ngay
from shared.wording.unit_names import addressed_to, full_name

_REVIEWED = ("candidates", "for_judgement", "nominations")
_MOST_ADDRESSED = 8
_MANY = "Các cơ quan, đơn vị có tên tại Nơi nhận"


def consultations(facts: SessionFacts) -> list[Paper]:
    """The letters that are recorded, by day and number, then a draft for each award that none is recorded about."""
    opinions = [opinion for of_movement in facts.opinions.values() for opinion in of_movement]
    ordered = sorted(opinions, key=lambda one: (one.date, one.number, one.award))
    papers = [
        _recorded(facts, list(of_number))
        for _, of_number in groupby(ordered, key=lambda one: (one.date, one.number, one.movement, one.award))
    ]
    with_opinions = {(opinion.movement, opinion.award) for opinion in opinions}
    drafts = dict[tuple[str, str], list[AgendaItem]]()
    for item in facts.of_kind(*_REVIEWED):
        key = (movement_of(item), item.award or "")
        if key not in with_opinions and key[0] in facts.plans and facts.subjects(item):
            drafts.setdefault(key, []).append(item)
    return [*papers, *(_draft(facts, *key, items) for key, items in drafts.items())]


def _recorded(facts: SessionFacts, opinions: Sequence[AgencyOpinion]) -> Paper:
    """One letter, which may ask several agencies."""
    first = opinions[0]
    agencies = [full_name(facts.register, opinion.agency) for opinion in opinions]
    subjects = first.subjects or tuple(_subjects_of(facts, first.movement, first.award))
    head = letterhead(facts, "consultation", about=_about(facts, first.movement, first.award))
    day = f"{facts.papers.place}, {long_day(first.date)}"
    head = replace(head, number=f"Số: {first.number}", place_and_day=day, draft="")
    wanted = f"trước ngày {ngay(first.answer_by)}" if first.answer_by else f"trước ngày {BLANK}"
    number = "".join(char for char in first.number if char.isascii() and char.isalnum())  # it is part of a file's name
    key = f"{first.movement}-{first.award}-{number}"
    return _paper(facts, first.movement, first.award, key, head, agencies, subjects, first.about, wanted)


def _draft(facts: SessionFacts, movement: str, award: str, items: Sequence[AgendaItem]) -> Paper:
    """A letter that has not left yet: whom it asks, and by when, is filled in by hand."""
    subjects = [subject for item in items for subject in facts.subjects(item)]
    head = letterhead(facts, "consultation", about=_about(facts, movement, award))
    about = "việc chấp hành chủ trương của Đảng, chính sách, pháp luật của Nhà nước và kết quả thực hiện nhiệm vụ"
    return _paper(facts, movement, award, f"{movement}-{award}", head, [], list(dict.fromkeys(subjects)), about)


def _paper(
    facts: SessionFacts,
    movement: str,
    award: str,
    key: str,
    head: Letterhead,
    agencies: Sequence[str],
    subjects: Sequence[str],
    about: str,
    wanted: str = f"trước ngày {BLANK}",
) -> Paper:
    plan, office = facts.plans[movement], facts.papers.office.name
    addressed = "; ".join(agencies) if 0 < len(agencies) <= _MOST_ADDRESSED else _MANY if agencies else BLANK * 3
    rows = [Row([str(n), facts.subject_name(subject), ""]) for n, subject in enumerate(subjects, 1)]
    columns = [Column("TT", 0.8, "center"), Column("Tập thể, cá nhân được xét", 7), Column("Ý kiến của cơ quan", 5)]
    cases = f"{two_digits(len(rows))} trường hợp xét tặng {_award_name(facts, movement, award)} dưới đây"
    if not rows:  # they have come off the agenda since the letter was sent
        cases = f"các trường hợp xét tặng {_award_name(facts, movement, award)} (danh sách kèm theo công văn đã gửi)"
    blocks: list[Block] = [
        Line(addressed_to(addressed), "center"),
        Line(f"Thực hiện {document_with_subject(plan.source)}, {office} đang thẩm định hồ sơ trình {facts.name}."),
        Line(f"{office} đề nghị quý cơ quan cho ý kiến đối với {cases} về {about.strip().rstrip('.')}."),
        *([Table(columns, rows)] if rows else []),
        Line(
            f"Văn bản trả lời đề nghị gửi về {office} {wanted} để tổng hợp, báo cáo {facts.papers.council.name}. "
            "Sau thời hạn này, trường hợp chưa có ý kiến được báo cáo Hội đồng là chưa nhận được trả lời."
        ),
        Line("Trân trọng cảm ơn sự phối hợp của quý cơ quan./."),
    ]
    named = agencies if len(agencies) > _MOST_ADDRESSED else []
    return Paper(
        key=f"consultation-{key}",
        name=f"Công văn xin ý kiến về {_award_name(facts, movement, award)}",
        letterhead=head,
        title="",
        subtitle="",
        blocks=blocks,
        signatures=[signature(facts, "consultation")],
        recipients=recipients(facts, "consultation", *named),
    )


def _about(facts: SessionFacts, movement: str, award: str) -> str:
    """What the letter is about, short enough for its head: the award without the units it is for, and the year."""
    plan, name = facts.plans[movement], _award_name(facts, movement, award).partition(" cho ")[0]
    year = f" năm {plan.movement.period.first.year}" if plan.movement else ""
    return f"V/v xin ý kiến về các trường hợp xét tặng {name}{year}"


def _award_name(facts: SessionFacts, movement: str, award: str) -> str:
    plan = facts.plans[movement]
    of_plan = plan.award.get(award) or plan.nominated_award.get(award)
    return of_plan.name if of_plan else "danh hiệu, hình thức khen thưởng"


def _subjects_of(facts: SessionFacts, movement: str, award: str) -> Iterator[str]:
    for item in facts.of_kind(*_REVIEWED):
        if (movement_of(item), item.award) == (movement, award):
            yield from facts.subjects(item)
