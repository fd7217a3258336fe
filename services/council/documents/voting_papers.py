"""Papers of a vote: phiếu bầu, phiếu lấy ý kiến, biên bản kiểm phiếu. Pure."""

from __future__ import annotations

from services.council.documents.blocks import BLANK, BOX, Block, Column, Line, Paper, Row, Signature, Table
from services.council.documents.facts import SessionFacts, movement_of
from services.council.documents.phrases import day_or_blank, hour, letterhead, movement_clause, two_digits
from shared.contracts.awards import Award
from shared.contracts.council import AgendaItem
from shared.contracts.council_rules import Threshold, fraction
from shared.contracts.sessions import Vote, VoteRow

_VOTED = ("candidates", "nominations")
_BASES = {
    "total_members": "tổng số thành viên Hội đồng",
    "present": "số thành viên có mặt",
    "valid_ballots": "số phiếu hợp lệ",
}


def ballots(facts: SessionFacts, round_number: int = 1) -> list[Paper]:
    """One ballot for each award. It names no voter."""
    return [_ballot(facts, item, round_number) for item in facts.of_kind(*_VOTED)]


def _ballot(facts: SessionFacts, item: AgendaItem, round_number: int) -> Paper:
    award = facts.award_of(item)
    rows = [Row([str(n), facts.subject_name(s), BOX, BOX]) for n, s in enumerate(facts.subjects(item), 1)]
    columns = [Column("TT", 0.8, "center"), Column("Tên", 8), Column("Đồng ý", 1.6, "center")]
    columns.append(Column("Không đồng ý", 1.8, "center"))
    note = (
        "Đánh dấu X vào một ô ở mỗi dòng. Dòng không đánh dấu là không có ý kiến; dòng đánh cả hai ô là không hợp lệ "
        "với trường hợp đó."
    )
    if isinstance(award, Award) and award.quota is not None and award.quota < len(rows):
        note = f"{note} Được đồng ý không quá {two_digits(award.quota)} trường hợp."
    return Paper(
        key=f"ballot-{movement_of(item)}-{item.award}",
        name=f"Phiếu bầu: {_award_name(facts, item)}",
        letterhead=letterhead(facts, "ballot", numbered=False),
        title="PHIẾU BẦU",
        subtitle=f"Xét, đề nghị tặng {_award_name(facts, item)}",
        remark=f"({movement_clause(facts, movement_of(item))}; {facts.name}, lượt {round_number})",
        blocks=[Table(columns, rows), Line(note, "note")],
        signatures=(),
        recipients=(),
    )


def opinion_form(facts: SessionFacts) -> Paper:
    """The form on which a member gives an opinion in writing, with name and signature."""
    blocks: list[Block] = [
        Line(f"Họ và tên, chức vụ thành viên Hội đồng: {BLANK}{BLANK}{BLANK}{BLANK}", "left"),
        Line(f"Ý kiến về các nội dung của {facts.name}:"),
    ]
    columns = [Column("TT", 0.7, "center"), Column("Tên", 6), Column("Đồng ý", 1.4, "center")]
    columns += [Column("Không đồng ý", 1.6, "center"), Column("Ý kiến khác", 3)]
    rows: list[Row] = []
    for item in facts.of_kind(*_VOTED):
        rows.append(Row([f"Xét, đề nghị tặng {_award_name(facts, item)}"], "group"))
        rows += [Row([str(n), facts.subject_name(s), BOX, BOX, ""]) for n, s in enumerate(facts.subjects(item), 1)]
    leave = f" {facts.head.leave}." if facts.head.leave else ""
    blocks += [
        Table(columns, rows) if rows else Line("Không có nội dung cần bỏ phiếu."),
        Line(
            "Đánh dấu X vào một ô ở mỗi dòng. Dòng không đánh dấu là không có ý kiến. Chưa gửi phiếu không được tính "
            "là đồng ý.",
            "note",
        ),
        Line(f"Đề nghị gửi về {facts.papers.office.name} trước {hour(None)} ngày {BLANK}.{leave}"),
    ]
    return Paper(
        key="opinion_form",
        name="Phiếu lấy ý kiến",
        letterhead=letterhead(facts, "opinion_form", numbered=False),
        title="PHIẾU LẤY Ý KIẾN",
        subtitle=f"{facts.name} của {facts.papers.council.name}",
        blocks=blocks,
        signatures=[Signature("", "THÀNH VIÊN HỘI ĐỒNG", "(Ký, ghi rõ họ tên)")],
        recipients=(),
    )


def counting_minutes(facts: SessionFacts) -> list[Paper]:
    """The minutes of every count of ballots. Of several rounds on an item the last one counts and is kept."""
    papers: list[Paper] = []
    for item in facts.items:
        rounds = sum(step.verb == "vote" and step.item == item.id for step in facts.meeting.steps)
        if (vote := facts.vote(item)) is not None and vote.given.ballots is not None:
            papers.append(_counting(facts, item, vote, max(rounds, 1)))
    return papers


def _counting(facts: SessionFacts, item: AgendaItem, vote: Vote, round_number: int) -> Paper:
    given, ballots_given = vote.given, vote.given.ballots
    assert ballots_given is not None
    counters = [_counter(n, office) for n, office in enumerate(given.counters)]
    base = threshold_base(vote)
    rows = [_counted_row(facts, item, vote, row, n) for n, row in enumerate(given.rows, 1)]
    rows.append(_total(given.rows))
    columns = [
        Column("TT", 0.7, "center"),
        Column("Trường hợp", 4.4),
        Column("Đồng ý (phiếu + văn bản)", 1.5, "center"),
        Column("Không đồng ý", 1.3, "center"),
        Column("Không có ý kiến", 1.3, "center"),
        Column("Không hợp lệ", 1.2, "center"),
        Column(f"Tỷ lệ trên {base}", 1.5, "center"),
        Column(f"Đạt ngưỡng {threshold_text(vote.threshold)}", 1.5, "center"),
    ]
    blocks: list[Block] = [
        Line(
            f"Hồi {hour(None)} {day_or_blank(facts.day)}, tại {facts.head.place or BLANK}, Ban kiểm phiếu được Hội "
            "đồng thông qua gồm:"
        ),
        *(Line(f"{n}. {office}.") for n, office in enumerate(counters, 1)),
        Line(
            f"1. Tổng số thành viên Hội đồng: {two_digits(vote.members)}. Có mặt, có quyền bỏ phiếu: "
            f"{two_digits(vote.present)}. Gửi ý kiến bằng văn bản: {two_digits(given.written)}."
        ),
        Line(
            f"2. Tại phiên họp: phát ra {two_digits(ballots_given.handed_out)}; thu về "
            f"{two_digits(ballots_given.returned)}; hợp lệ {two_digits(ballots_given.valid)}; không hợp lệ "
            f"{two_digits(ballots_given.invalid)}."
        ),
        Line("3. Kết quả:", "part"),
        Table(columns, rows, small=True),
        Line(f"4. Ý kiến, khiếu nại về kiểm phiếu: không. Phiếu được niêm phong, giao {facts.papers.office.name} lưu."),
        Line(f"Biên bản lập thành 02 bản, đọc lại và thông qua lúc {hour(None)}./."),
    ]
    return Paper(
        key=f"counting_minutes-{movement_of(item) or 'item'}-{item.award or item.number}-{round_number}",
        name=f"Biên bản kiểm phiếu: {_award_name(facts, item)}",
        letterhead=letterhead(facts, "counting_minutes"),
        title="BIÊN BẢN KIỂM PHIẾU",
        subtitle=f"Xét, đề nghị tặng {_award_name(facts, item)}" if item.award else item.title,
        remark=f"({facts.name}, lượt {round_number})",
        blocks=blocks,
        signatures=[
            Signature("", "THƯ KÝ", "(Ký, ghi rõ họ tên)"),
            Signature("", "CÁC ỦY VIÊN", "(Ký, ghi rõ họ tên)"),
            Signature("", "TRƯỞNG BAN KIỂM PHIẾU", "(Ký, ghi rõ họ tên)"),
        ],
        recipients=(),
    )


def _counter(n: int, office: str) -> str:
    """A member of the counting board. What the secretary wrote may name the part already ("Trưởng ban: …")."""
    if ":" in office:
        part, _, who = office.partition(":")
        return f"{who.strip()}, {part.strip()}"
    return f"{office}, {('Trưởng ban', 'Thư ký')[n] if n < 2 else 'Ủy viên'}"


def _counted_row(facts: SessionFacts, item: AgendaItem, vote: Vote, row: VoteRow, n: int) -> Row:
    name = facts.subject_name(row.subject) if row.subject else item.title
    passed = "Đạt" if row.subject in vote.passed else "Không đạt"
    votes = (row.agree, row.disagree, row.no_opinion, row.invalid)
    return Row([str(n), name, *map(str, votes), percentage(row, vote), passed])


def _total(rows: tuple[VoteRow, ...]) -> Row:
    sums = (sum(getattr(row, part) for row in rows) for part in ("agree", "disagree", "no_opinion", "invalid"))
    return Row(["", "Cộng", *map(str, sums), "", ""], "total")


def percentage(row: VoteRow, vote: Vote) -> str:
    """The share of those who agree, to two places: "77,78%". The division is in whole numbers."""
    base = base_number(row, vote)
    if not base:
        return ""
    hundredths = (row.agree * 10000 * 2 + base) // (2 * base)
    whole, rest = divmod(hundredths, 100)
    return f"{whole}%" if not rest else f"{whole},{rest:02}%"


def base_number(row: VoteRow, vote: Vote) -> int:
    """The number that the threshold is a share of, as it was when the vote was counted."""
    given = vote.given
    if vote.threshold.base == "total_members":
        return vote.members
    if vote.threshold.base == "valid_ballots" and given.ballots is not None:
        return given.ballots.valid + given.written
    return given.written if given.way == "written" else vote.present - len(row.recused) + given.written


def threshold_base(vote: Vote) -> str:
    """What the threshold is a share of: "tổng số thành viên Hội đồng"."""
    return _BASES[vote.threshold.base]


def threshold_text(threshold: Threshold) -> str:
    """A threshold, "quá 50%" or "từ 2/3": a share that is no whole percentage stays a fraction."""
    numerator, denominator = fraction(threshold.share)
    whole, rest = divmod(numerator * 100, denominator)
    return f"{'từ' if threshold.at_least else 'quá'} {threshold.share if rest else f'{whole}%'}"


def _award_name(facts: SessionFacts, item: AgendaItem) -> str:
    award = facts.award_of(item)
    return award.name if award else item.title
