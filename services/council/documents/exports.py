"""The desk's tables as Excel workbooks and CSV files. Pure.

A text that a spreadsheet would take for a formula stays text: Excel is told so, and CSV gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import xlsxwriter

from services.council.documents.facts import SessionFacts, movement_of
from services.council.documents.phrases import OUTCOMES, movement_clause
from services.council.documents.review_lists import result_text
from shared.wording.formats import ngay

TABLE_NAMES: Mapping[str, str] = {
    "agenda": "Chương trình",
    "eligibility": "Xét tiêu chuẩn",
    "nominations": "Đề nghị",
    "decisions": "Ý kiến Hội đồng",
}
"""The names of the tables, by the name in their address."""

Value = str | int | Decimal | date | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MADE_AT = datetime(2023, 1, 1, tzinfo=UTC)
_WIDEST = 60
_A4 = 9
_LONGEST_TITLE = 240
"""Excel takes 255 characters of a header."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its name, the heads of its columns and its rows. Numbers are numbers, local days are days.

    ``title`` says in words what the table shows; it is printed above the sheet.
    """

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Value]]
    title: str = ""


def xlsx(sheet: Sheet) -> bytes:
    """A workbook with one sheet, whose head is frozen and has filters. The same sheet gives the same bytes."""
    content = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        content,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    workbook.set_properties({"created": _MADE_AT})
    font = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter"}
    head = workbook.add_format({**font, "bold": True, "border": 1, "text_wrap": True, "align": "center"})
    text = workbook.add_format({**font, "border": 1, "text_wrap": True, "num_format": "@"})
    whole = workbook.add_format({**font, "border": 1, "num_format": "#,##0"})
    decimal = workbook.add_format({**font, "border": 1, "num_format": "#,##0.00##"})
    day = workbook.add_format({**font, "border": 1, "num_format": "dd/mm/yyyy"})
    page = workbook.add_worksheet(sheet.name[:31])
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    if sheet.title:
        page.set_header(f"&C{sheet.title.replace('&', '&&')[:_LONGEST_TITLE]}")
    page.set_footer("&CTrang &P/&N")
    for column, title in enumerate(sheet.heads):
        page.write_string(0, column, title, head)
        longest = max([len(title), *(len(str(row[column] or "")) for row in sheet.rows)])
        page.set_column(column, column, min(longest + 2, _WIDEST))
    for number, row in enumerate(sheet.rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, int | Decimal):
                page.write_number(number, column, float(value), decimal if isinstance(value, Decimal) else whole)
            elif isinstance(value, date):
                page.write_datetime(number, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
            else:
                page.write_string(number, column, value or "", text)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, len(sheet.rows), len(sheet.heads) - 1)
    workbook.close()
    return content.getvalue()


def csv_file(sheet: Sheet) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads the Vietnamese marks; decimals have a comma."""
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\r\n")
    writer.writerows([[_harmless(value) for value in row] for row in (sheet.heads, *sheet.rows)])
    return content.getvalue().encode("utf-8-sig")


def _harmless(value: Value) -> str:
    if isinstance(value, Decimal):
        return str(value).replace(".", ",")
    if isinstance(value, date):
        return ngay(value)
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _agenda(facts: SessionFacts) -> Sheet:
    numbered = facts.session.agenda.numbered
    rows: list[Sequence[Value]] = []
    for item in facts.items:
        outcome = facts.outcome(item)
        outcome_text = OUTCOMES[outcome] if outcome else ""
        number = item.number if numbered else None
        rows.append([number, item.title, len(facts.subjects(item)), outcome_text, facts.outcome_reason(item)])
    return Sheet(TABLE_NAMES["agenda"], ["Số", "Nội dung", "Trường hợp", "Kết quả", "Lý do"], rows)


def _eligibility(facts: SessionFacts) -> Sheet:
    rows: list[Sequence[Value]] = []
    for item in facts.of_kind("candidates", "for_judgement", "held", "otherwise"):
        award = facts.award_of(item)
        for unit in item.units:
            for criterion, name in facts.criteria(item):
                state = facts.finding(item, unit, criterion)
                shown = result_text(facts, item, criterion, state)
                rank = state.rank if state else None
                rows.append([award.name if award else "", facts.subject_name(unit), name, shown, rank])
    return Sheet(TABLE_NAMES["eligibility"], ["Khen thưởng", "Đơn vị", "Tiêu chuẩn", "Kết quả", "Hạng"], rows)


def _nominations(facts: SessionFacts) -> Sheet:
    states = {"accepted": "đã tiếp nhận", "refused": "không tiếp nhận", "withdrawn": "đã rút"}
    rows: list[Sequence[Value]] = [
        [
            facts.subject_name(nomination.nominator),
            _subject(facts, nomination.id, nomination.subject),
            movement_clause(facts, nomination.movement),
            states[nomination.status],
            nomination.detail,
        ]
        for nomination in facts.nominations.values()
    ]
    return Sheet(
        TABLE_NAMES["nominations"], ["Cơ quan đề nghị", "Được đề nghị", "Phong trào", "Trạng thái", "Lý do"], rows
    )


def _subject(facts: SessionFacts, nomination: str, subject: str) -> str:
    return facts.subject_name(subject if subject in facts.register.by_code else nomination)


def _decisions(facts: SessionFacts) -> Sheet:
    rows: list[Sequence[Value]] = []
    for item in facts.about_awards():
        vote, award = facts.vote(item), facts.award_of(item)
        votes = {row.subject: row for row in vote.given.rows} if vote else {}
        for subject in facts.subjects(item):
            outcome, row = facts.outcome(item, subject), votes.get(subject)
            counts = [row.agree, row.disagree, row.no_opinion] if row else [None, None, None]
            outcome_text = OUTCOMES[outcome] if outcome else ""
            name = award.name if award else item.title
            reason = facts.outcome_reason(item, subject)
            movement = movement_clause(facts, movement_of(item))
            rows.append([name, facts.subject_name(subject), movement, *counts, outcome_text, reason])
    heads = ["Khen thưởng", "Trường hợp", "Phong trào", "Đồng ý", "Không đồng ý", "Không có ý kiến", "Kết quả", "Lý do"]
    return Sheet(TABLE_NAMES["decisions"], heads, rows)


TABLES: Mapping[str, Callable[[SessionFacts], Sheet]] = {
    "agenda": _agenda,
    "decisions": _decisions,
    "eligibility": _eligibility,
    "nominations": _nominations,
}
"""The tables of a session, by the name in their address."""
