"""Papers after a sitting: biên bản họp and thông báo kết luận. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from services.council.documents.blocks import BLANK, Block, Line, Paper, Signature
from services.council.documents.facts import SessionFacts
from services.council.documents.phrases import (
    FORMS,
    OUTCOMES,
    capitalised,
    counted,
    day_or_blank,
    hour,
    letterhead,
    listed,
    long_day,
    recipients,
    signature,
    two_digits,
)
from services.council.documents.review_lists import fixed_note
from services.council.documents.voting_papers import percentage
from services.council.sessions.outcomes import is_reported
from shared.contracts.awards import AwardForm, SubjectKind
from shared.contracts.council import AgendaItem
from shared.contracts.sessions import Attendance, Vote
from shared.wording.agenda_changes import change_sentence
from shared.wording.plan_names import criterion_name
from shared.wording.unit_names import full_name

_MOST_NAMED: Final = 20
"""More units and nominees than these are named in the table that goes with the minutes."""

_WAYS = {"hands": "giơ tay", "ballots": "bỏ phiếu kín", "written": "lấy ý kiến bằng văn bản"}


def minutes(facts: SessionFacts) -> Paper:
    """The minutes of the sitting, to be completed with what was discussed."""
    blocks: list[Block] = [
        Line(
            f"Thời gian bắt đầu: {hour(facts.head.at)}, {long_day(facts.day)}. Địa điểm: {facts.head.place or BLANK}."
        ),
        Line("I. THÀNH PHẦN", "part"),
        *_attendance(facts),
        Line("II. NỘI DUNG", "part"),
        Line(f"1. {facts.papers.office.name} báo cáo kết quả tổng hợp, thẩm định; {fixed_note(facts)}."),
        *_changes(facts),
        Line(f"2. Ý kiến thảo luận: {BLANK}{BLANK}{BLANK}"),
        Line("3. Kết quả từng nội dung:"),
        *(Line(_item_result(facts, item)) for item in facts.items),
        Line("III. KẾT LUẬN CỦA NGƯỜI CHỦ TRÌ", "part"),
        Line(f"1. Hội đồng thống nhất đề nghị tặng: {proposed_counts(facts)}."),
        Line(f"2. Giao {facts.papers.office.name}: hoàn thiện hồ sơ, trình Chủ tịch Ủy ban nhân dân tỉnh; {BLANK}."),
        Line(f"Phiên họp kết thúc vào {hour(None)} {long_day(facts.day)}. Biên bản đã được thông qua tại phiên họp./."),
    ]
    return Paper(
        key="minutes",
        name="Biên bản họp",
        letterhead=letterhead(facts, "minutes"),
        title="BIÊN BẢN",
        subtitle=f"{facts.name} của {facts.papers.council.name}",
        blocks=blocks,
        signatures=[
            Signature("", "THƯ KÝ", "(Ký, ghi rõ họ tên)"),
            Signature("", "CHỦ TRÌ", "(Ký, ghi rõ họ tên)"),
        ],
        recipients=(*(f"{name};" for name in facts.papers.kinds["minutes"].recipients), "Lưu: VT, hồ sơ phiên họp."),
    )


def _attendance(facts: SessionFacts) -> list[Block]:
    offices = {member.id: member.office for member in facts.members}
    present = [offices[e.member] for e in facts.meeting.attendance if e.state == "present" and e.member in offices]
    replaced = [e for e in facts.meeting.attendance if e.state == "replaced" and e.member in offices]
    away = [e for e in facts.meeting.attendance if e.state in ("excused", "absent") and e.member in offices]
    votes = any(facts.meeting.present > len(present) for _ in replaced)
    note = "" if votes else " (không bỏ phiếu)"
    quorum = facts.meeting.quorum
    if facts.meeting.form == "written":
        return [Line(f"Lấy ý kiến bằng văn bản {two_digits(len(facts.members))} thành viên Hội đồng.")]
    lines: list[Block] = [
        Line(
            f"1. Thành viên Hội đồng có mặt: {two_digits(len(present))}/{two_digits(len(facts.members))}"
            + (f" ({listed(present)})." if present else ".")
        )
    ]
    if replaced:
        lines.append(Line(f"Dự thay: {listed([_replaced(e, offices) for e in replaced])}{note}."))
    if away:
        lines.append(Line(f"Vắng mặt: {two_digits(len(away))} ({listed([_away(e, offices) for e in away])})."))
    if quorum is not None:
        lines.append(Line(f"Đủ số thành viên để tiến hành phiên họp (từ {quorum.share} tổng số thành viên có mặt)."))
    lines += [
        Line(f"2. Đại biểu mời: {listed(facts.papers.invited) if facts.papers.invited else BLANK}."),
        Line(f"3. Chủ trì: {facts.chair}. Thư ký: {facts.head.secretary or BLANK}."),
    ]
    return lines


def _replaced(entry: Attendance, offices: dict[str, str]) -> str:
    return f"{entry.substitute} dự thay {offices[entry.member]}"


def _away(entry: Attendance, offices: dict[str, str]) -> str:
    return f"{offices[entry.member]}, {entry.reason or ('có lý do' if entry.state == 'excused' else 'không lý do')}"


def _changes(facts: SessionFacts) -> list[Block]:
    changed = [item for item in facts.items if item.change is not None]
    if not changed:
        return [Line("Số liệu không thay đổi từ khi chốt.")]
    return [Line(f"Nội dung số {item.number}: {change_text(facts, item)}.") for item in changed]


def change_text(facts: SessionFacts, item: AgendaItem) -> str:
    """The sentence about who came in and who went out since the agenda was fixed."""
    assert item.change is not None
    plan = facts.plan_of(item)
    criterion: Callable[[str], str] = lambda name: criterion_name(plan, name) if plan else name  # noqa: E731
    return change_sentence(item.change, facts.subject_name, lambda code: full_name(facts.register, code), criterion)


def _item_result(facts: SessionFacts, item: AgendaItem) -> str:
    outcome, vote = facts.outcome(item), facts.vote(item)
    parts = [f"Nội dung {item.number}: {capitalised(item.title.rstrip('.'))}.", *_considered(facts, item)]
    if vote is not None:
        parts.append(f"Hình thức: {_WAYS[vote.given.way]}. {_vote_text(facts, vote)}.")
    if outcome is None:
        return " ".join([*parts, "Chưa có kết quả."])
    reason = facts.outcome_reason(item)
    parts.append(f"Hội đồng {OUTCOMES[outcome]}" + (f"; lý do: {reason}." if reason else "."))
    parts += [
        f"Riêng {facts.subject_name(subject)}: {OUTCOMES[own]}"
        + (f"; lý do: {why}." if (why := facts.outcome_reason(item, subject)) else ".")
        for subject in facts.subjects(item)
        if (own := facts.outcome(item, subject)) is not None and own != outcome
    ]
    return " ".join(parts)


def _considered(facts: SessionFacts, item: AgendaItem) -> list[str]:
    """Whom an item is about that asks for the council's opinion: by name, or in the table that goes with the minutes.

    The title of what is only reported says whom it is about.
    """
    subjects = facts.subjects(item)
    if not subjects or is_reported(item):
        return []
    count = f"Xét {two_digits(len(subjects))} trường hợp"
    if len(subjects) > _MOST_NAMED:
        return [f"{count} (danh sách tại bảng tổng hợp kết quả xét kèm theo)."]
    return [f"{count}: {listed([facts.subject_name(subject) for subject in subjects])}."]


def _vote_text(facts: SessionFacts, vote: Vote) -> str:
    rows = vote.given.rows
    if len(rows) > 1:
        passed = f"{two_digits(len(vote.passed))}/{two_digits(len(rows))}"
        return f"{passed} trường hợp đạt ngưỡng (biên bản kiểm phiếu kèm theo)"
    row = rows[0]
    text = (
        f"Đồng ý {row.agree}/{vote.members} ({percentage(row, vote)}), không đồng ý {row.disagree}, "
        f"không có ý kiến {row.no_opinion}"
    )
    return f"{text}, không hợp lệ {row.invalid}" if row.invalid else text


def proposed_counts(facts: SessionFacts) -> str:
    """What the council proposes, by form: "Cờ thi đua …: 03 tập thể; Bằng khen …: 10 tập thể, 02 cá nhân"."""
    counts = counts_by_form(facts)
    texts = [f"{FORMS[form]}: {counted(_subject_counts(*numbers))}" for form, numbers in counts.items()]
    return listed(texts) if texts else "không có trường hợp nào"


def counts_by_form(facts: SessionFacts) -> dict[AwardForm, list[int]]:
    """How many collectives, enterprises and persons are proposed for each form, the highest form first."""
    counts: dict[AwardForm, list[int]] = {}
    for item, subject in facts.proposals():
        form = facts.form_of(item)
        if form is not None:
            nomination = facts.nominations.get(subject)
            is_enterprise = nomination is not None and nomination.kind is SubjectKind.DOANH_NGHIEP
            kind = 2 if facts.is_person(subject) else int(is_enterprise)
            counts.setdefault(form, [0, 0, 0])[kind] += 1
    return dict(sorted(counts.items(), key=lambda pair: list(FORMS).index(pair[0])))


def _subject_counts(collectives: int, enterprises: int, persons: int) -> list[tuple[int, str]]:
    return [(collectives, "tập thể"), (enterprises, "doanh nghiệp"), (persons, "cá nhân")]


def conclusions(facts: SessionFacts) -> Paper:
    """The chair's conclusions. They name no candidate before there is a decision."""
    about_awards = facts.about_awards()
    cases = sum(facts.outcome(item, subject) == "deferred" for item in about_awards for subject in facts.subjects(item))
    others = sum(facts.outcome(item) == "deferred" for item in facts.items if item not in about_awards)
    deferred = f"{two_digits(cases)} trường hợp xét khen thưởng"
    deferred += f" và {two_digits(others)} nội dung khác" if others else ""
    suspended = len({unit for item in facts.of_kind("held") for unit in item.units})
    present = facts.meeting.present
    blocks: list[Block] = [
        Line(
            f"{capitalised(day_or_blank(facts.day))}, tại {facts.head.place or BLANK}, {facts.chair} chủ trì "
            f"{facts.name} của {facts.papers.council.name}. Dự họp có "
            f"{two_digits(present)}/{two_digits(len(facts.members))} thành viên Hội đồng. Sau khi nghe "
            f"{facts.papers.office.name} báo cáo và ý kiến các thành viên, {facts.chair} kết luận:"
        ),
        Line(f"1. Về kết quả xét: Hội đồng thống nhất đề nghị {proposed_counts(facts)}."),
        Line(
            f"2. Về các trường hợp để lại, tạm dừng xét: để lại phiên sau {deferred}; tạm dừng "
            f"xét {two_digits(suspended)} đơn vị, xem xét khi có kết luận."
        ),
        Line(
            f"3. Giao nhiệm vụ: {facts.papers.office.name}: hoàn thiện hồ sơ, trình Chủ tịch Ủy ban nhân dân tỉnh; "
            f"hoàn thành trước ngày {BLANK}."
        ),
        Line(f"{facts.papers.issuer('conclusions').name} thông báo để các cơ quan, đơn vị biết, thực hiện./."),
    ]
    return Paper(
        key="conclusions",
        name="Thông báo kết luận",
        letterhead=letterhead(facts, "conclusions"),
        title="THÔNG BÁO",
        subtitle=f"Kết luận của {facts.chair} tại {facts.name} của {facts.papers.council.name}",
        blocks=blocks,
        signatures=[signature(facts, "conclusions")],
        recipients=recipients(facts, "conclusions"),
    )
