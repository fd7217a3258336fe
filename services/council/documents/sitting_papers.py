"""Papers around a sitting: giấy mời, chương trình, kịch bản điều hành, danh sách điểm danh. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.council.documents.blocks import BLANK, BOX, Block, Column, Line, Paper, Row, Table
from services.council.documents.facts import SessionFacts
from services.council.documents.phrases import (
    capitalised,
    day_or_blank,
    hour,
    letterhead,
    listed,
    recipients,
    signature,
    two_digits,
    weekday_and_day,
)
from shared.contracts.council import AgendaItem
from shared.contracts.sessions import MemberRole

MEMBER_ROLES: dict[MemberRole, str] = {
    "chair": "Chủ tịch Hội đồng",
    "first_deputy_chair": "Phó Chủ tịch thứ nhất",
    "standing_deputy_chair": "Phó Chủ tịch thường trực",
    "deputy_chair": "Phó Chủ tịch",
    "standing_member": "Ủy viên thường trực",
    "member": "Ủy viên",
    "secretary": "Thư ký Hội đồng",
}

_STATES = {"present": "", "excused": "Vắng có lý do", "absent": "Vắng mặt", "replaced": ""}

_ASKED = ("candidates", "for_judgement", "otherwise", "nominations", "task")


def invitations(facts: SessionFacts, *, one_each: bool = False) -> list[Paper]:
    """One invitation for all members, or one for each of them."""
    if not one_each:
        return [_invitation(facts, "Các thành viên Hội đồng Thi đua - Khen thưởng tỉnh", "invitation")]
    return [_invitation(facts, member.office, f"invitation-{member.id}") for member in facts.members]


def _invitation(facts: SessionFacts, invited: str, key: str) -> Paper:
    council, contact = facts.papers.council.name, facts.papers.contact
    for_opinion, reported = asked_and_reported(facts)
    content = f"xin ý kiến {two_digits(len(for_opinion))} nội dung, báo cáo {two_digits(len(reported))} nội dung"
    way = " hoặc qua điện thoại " + (contact.phone or BLANK)
    blocks: list[Block] = [
        Line(f"{council} trân trọng kính mời: {invited}"),
        Line(f"Tới dự: {facts.name} của {council}."),
        Line(f"Nội dung: {content} (chương trình, tài liệu gửi kèm)."),
        Line(f"Chủ trì: {facts.chair}."),
        Line(f"Thời gian: {hour(facts.head.at)}, {weekday_and_day(facts.day)} ({facts.papers.duration})."),
        Line(f"Địa điểm: {facts.head.place or BLANK}."),
        Line(
            f"Đề nghị xác nhận dự họp trước {hour(None)} ngày {BLANK} tại {contact.address or BLANK}{way}. Trường hợp "
            "vắng mặt, đề nghị báo lý do, cử người dự thay và gửi phiếu lấy ý kiến (gửi kèm) trước giờ họp./."
        ),
    ]
    if facts.papers.invited:
        blocks.insert(2, Line(f"Mời thêm (không bỏ phiếu): {listed(facts.papers.invited)}."))
    return Paper(
        key=key,
        name="Giấy mời",
        letterhead=letterhead(facts, "invitation"),
        title="GIẤY MỜI",
        subtitle=f"Họp {council} ({facts.name})",
        blocks=blocks,
        signatures=[signature(facts, "invitation")],
        recipients=recipients(facts, "invitation"),
    )


def programme(facts: SessionFacts) -> Paper:
    """The programme of the sitting and the list of its items, by their fixed numbers."""
    start, council = _start(facts), facts.papers.council.name
    rows = [Row([at, what, who]) for at, what, who in _steps(facts, start)]
    columns = [Column("Thời gian", 2, "center"), Column("Nội dung", 7), Column("Người thực hiện", 3)]
    return Paper(
        key="programme",
        name="Chương trình",
        letterhead=letterhead(facts, "programme", numbered=False),
        title="CHƯƠNG TRÌNH",
        subtitle=f"{facts.name} của {council}",
        remark=f"(Kèm theo Giấy mời số        /{facts.papers.kinds['invitation'].symbol} ngày {BLANK})",
        blocks=[Table(columns, rows), Line("DANH MỤC NỘI DUNG", "center_bold"), *item_lines(facts)],
        signatures=[signature(facts, "programme")],
        recipients=(),
    )


def item_lines(facts: SessionFacts) -> list[Block]:
    """The items under the two heads of an agenda; a supplement names when the agenda was fixed."""
    for_opinion, reported = asked_and_reported(facts)
    lines: list[Block] = []
    for head, items in (("I. Nội dung xin ý kiến Hội đồng", for_opinion), ("II. Nội dung báo cáo Hội đồng", reported)):
        if items:
            lines.append(Line(head, "part"))
            lines += [Line(_item_line(facts, item)) for item in items]
    if facts.fixed_at and any(item.supplement for item in facts.items):
        lines.append(
            Line(f"Nội dung ghi (bổ sung) được thêm sau khi chốt {day_or_blank(facts.fixed_at.date())}.", "note")
        )
    return lines


def asked_and_reported(facts: SessionFacts) -> tuple[list[AgendaItem], list[AgendaItem]]:
    """The items the council is for_opinion about, and those that are reported to it."""
    for_opinion = [item for item in facts.items if item.kind in _ASKED]
    return for_opinion, [item for item in facts.items if item.kind not in _ASKED]


def item_number(facts: SessionFacts, item: AgendaItem) -> str:
    """The number that people quote; a draft has none."""
    return f"{item.number}." if facts.session.agenda.numbered else "-"


def _item_line(facts: SessionFacts, item: AgendaItem) -> str:
    count = len(facts.subjects(item))
    cases = f" ({two_digits(count)} trường hợp)" if count and item.kind != "open_report" else ""
    added = " (bổ sung)" if item.supplement else ""
    carried = " (chuyển từ phiên trước)" if item.from_session else ""
    return f"{item_number(facts, item)} {capitalised(item.title.rstrip('.'))}{cases}{carried}{added}."


def run_sheet(facts: SessionFacts) -> Paper:
    """The chair's sheet: the steps with their times, then every item with room for its conclusion."""
    start = _start(facts)
    rows = [Row([at, what, who, ""]) for at, what, who in _steps(facts, start)]
    columns = [Column("Thời gian", 2, "center"), Column("Việc", 7), Column("Người thực hiện", 3), Column("Ghi", 3)]
    items = [
        Column("Số", 1, "center"),
        Column("Nội dung", 8),
        Column("Số trường hợp", 2, "center"),
        Column("Kết luận", 4),
    ]
    for_opinion, reported = asked_and_reported(facts)
    listed_items = [
        Row([item_number(facts, item).rstrip("."), item.title, str(len(facts.subjects(item)) or ""), ""])
        for item in (*for_opinion, *reported)
    ]
    return Paper(
        key="run_sheet",
        name="Kịch bản điều hành",
        letterhead=letterhead(facts, "run_sheet", numbered=False),
        title="KỊCH BẢN ĐIỀU HÀNH",
        subtitle=f"{facts.name} của {facts.papers.council.name}",
        remark=f"({hour(facts.head.at)}, {weekday_and_day(facts.day)}; chủ trì: {facts.chair})",
        blocks=[
            Table(columns, rows),
            Line("Lần lượt từng nội dung", "part"),
            Table(items, listed_items),
            Line(
                "Trước khi bỏ phiếu: thông qua Ban kiểm phiếu. Sau mỗi nội dung: người chủ trì nêu kết quả, thư ký ghi "
                "và đọc lại.",
                "note",
            ),
        ],
        signatures=(),
        recipients=(),
    )


def attendance_list(facts: SessionFacts) -> Paper:
    """The members with boxes; what is recorded already is filled in."""
    states = {entry.member: entry for entry in facts.meeting.attendance}
    rows: list[Row] = []
    for n, member in enumerate(facts.members, 1):
        entry = states.get(member.id)
        state = entry.state if entry else None
        mark = {None: BOX, "present": "X"}.get(state, "")
        substitute = (entry.substitute or "") if entry and state == "replaced" else ""
        away = (
            ": ".join(filter(None, [_STATES[state], entry.reason])) if entry and state in ("excused", "absent") else ""
        )
        rows.append(Row([str(n), member.office, MEMBER_ROLES[member.role], mark, substitute, away, ""]))
    columns = [
        Column("TT", 0.7, "center"),
        Column("Họ và tên, chức vụ", 4.2),
        Column("Chức danh trong Hội đồng", 2.4),
        Column("Có mặt", 1, "center"),
        Column("Dự thay (họ tên)", 2.4),
        Column("Vắng, lý do", 2),
        Column("Ký", 1.6),
    ]
    return Paper(
        key="attendance",
        name="Danh sách điểm danh",
        letterhead=letterhead(facts, "attendance", numbered=False),
        title="DANH SÁCH ĐIỂM DANH",
        subtitle=f"{facts.name} của {facts.papers.council.name}",
        remark=f"({hour(facts.head.at)}, {weekday_and_day(facts.day)}, tại {facts.head.place or BLANK})",
        blocks=[Table(columns, rows, small=True), Line(f"Danh sách có {two_digits(len(rows))} thành viên.")],
        signatures=(),
        recipients=(),
        landscape=True,
    )


def _start(facts: SessionFacts) -> datetime | None:
    return datetime.combine(facts.day, facts.head.at) if facts.day and facts.head.at else None


def _steps(facts: SessionFacts, start: datetime | None) -> Sequence[tuple[str, str, str]]:
    """The steps of a sitting: hour, what, who. The discussion gets five minutes an item."""
    for_opinion, _ = asked_and_reported(facts)
    discussion = max(30, 5 * len(for_opinion))
    steps = (
        (
            0,
            "Ổn định tổ chức; tuyên bố lý do, giới thiệu đại biểu; báo cáo số thành viên có mặt",
            "Thư ký",
        ),
        (10, "Khai mạc, thông qua chương trình", "Chủ trì"),
        (15, "Báo cáo tổng hợp, thẩm định", facts.papers.office.name),
        (30, "Thảo luận, cho ý kiến từng nội dung (danh mục dưới đây)", "Hội đồng"),
        (
            30 + discussion,
            "Thông qua Ban kiểm phiếu; bỏ phiếu; kiểm phiếu; công bố kết quả",
            "Ban kiểm phiếu",
        ),
        (60 + discussion, "Kết luận, thông qua kết quả phiên họp, bế mạc", "Chủ trì"),
    )
    return [
        (hour((start + timedelta(minutes=after)).time()) if start else hour(None), what, who)
        for after, what, who in steps
    ]
