"""What the checks of a plan's meaning say, in Vietnamese, for the people who write plans. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from shared.contracts.model import Tier
from shared.contracts.obligations import Window
from shared.wording.formats import ky, ngay
from shared.wording.plan_names import TIERS

_WRITTEN_DAY = re.compile(r"“[^”]*”|(?<![\w-])(\d{4})-(\d\d)-(\d\d)(?![\w-])")

NO_REGISTER = (
    "không có danh mục đơn vị (units-*.csv) đọc được bên cạnh kế hoạch, nên chưa kiểm tra mã đơn vị và mức xếp hạng"
)
NO_REMINDERS = "có thời hạn mà kế hoạch không có lịch nhắc (mục “reminders”), nên không ai được nhắc"
NO_CRITERIA = "không có tiêu chuẩn nào, nên đơn vị nào cũng đạt"


def readable_days(text: str) -> str:
    """A text in which days as files have them (2023-12-05) are written for people. They need not be real days.

    A quotation stays as it is, so that people find it in the file.
    """

    def readable(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        try:
            return ngay(date.fromisoformat(match[0]))
        except ValueError:
            return f"{match[3]}/{match[2]}/{match[1]}"

    return _WRITTEN_DAY.sub(readable, text)


def _span(first: date, last: date) -> str:
    return f"{ngay(first)} - {ngay(last)}"


def not_checked(unread: Sequence[str], about: Sequence[str]) -> str:
    """What could not be read, and which checks were left out because of it."""
    if not about:
        return f"chưa đọc được {'; '.join(unread)}; các phần khác đã được kiểm tra"
    return (
        f"chưa đọc được {'; '.join(unread)}, nên chưa kiểm tra: {', '.join(about)}; hãy sửa lỗi ở đó rồi kiểm tra lại"
    )


def duplicate_key(key: str, first_line: int) -> str:
    """A key that stands twice in one place."""
    return f"mục “{key}” đã có ở dòng {first_line}; chỉ một trong hai được đọc"


def not_nfc(lines: int) -> str:
    """Letters written as a letter and marks, from here on in so many lines."""
    return (
        f"chữ có dấu viết rời (Unicode tổ hợp), tính từ đây có {lines} dòng; cùng một từ mà máy coi là khác nhau. "
        "Hãy lưu lại tệp ở dạng dựng sẵn (NFC)"
    )


def no_section(cited: str) -> str:
    """A cited section that its document does not have."""
    return f"văn bản không có mục được dẫn: “{cited}”"


def no_document(document: str, cited: str) -> str:
    """A cited document that is not among the source texts."""
    return f"không có văn bản {document} trong thư mục sources, nên không tra được “{cited}”"


def no_source_text(document: str | None) -> str:
    """No citation could be looked up: without the plan's own document, or without any text (None)."""
    if document is None:
        return "không có văn bản nguồn nào (thư mục sources) bên cạnh kế hoạch, nên chưa tra được căn cứ nào"
    return f"không có văn bản {document} trong thư mục sources, nên chưa tra được các căn cứ dẫn văn bản này"


def unknown_unit(code: str, similar: str | None) -> str:
    """A unit that the register does not have, and one with a similar code."""
    hint = f"; có phải là “{similar}”?" if similar else ""
    return f"không có đơn vị nào mang mã “{code}” trong danh mục đơn vị{hint}"


def unknown_movement(movement: str) -> str:
    """A movement that no other plan of the folder has."""
    return f"không kế hoạch nào khác trong thư mục có phong trào “{movement}”"


def unknown_award(movement: str, award: str) -> str:
    """An award that the enclosing movement does not have."""
    return f"phong trào “{movement}” không có hình thức khen thưởng “{award}”"


def movement_of_two_plans(movement: str) -> str:
    """A movement that two plans have."""
    return f"một kế hoạch khác trong thư mục cũng có phong trào “{movement}”"


def as_of_after_due(as_of: date, due: date) -> str:
    """Figures counted to a day after the last permitted one."""
    return f"ngày chốt số liệu {ngay(as_of)} sau thời hạn ({ngay(due)})"


def issued_after_movement(issued: date, period: Window) -> str:
    """A document issued after its movement."""
    return f"ban hành ngày {ngay(issued)}, sau khi phong trào kết thúc ({ngay(period.last)})"


def as_of_outside(as_of: date, period: Window) -> str:
    """Figures counted to a day outside the movement."""
    return f"ngày chốt số liệu {ngay(as_of)} nằm ngoài thời gian phong trào ({_span(period.first, period.last)})"


def as_of_outside_period(as_of: date, period: str) -> str:
    """Figures counted to a day outside the period that the obligation names."""
    return f"ngày chốt số liệu {ngay(as_of)} nằm ngoài kỳ báo cáo ({ky(period)})"


def decided_before_as_of(decided_by: date, as_of: date) -> str:
    """Awards decided before the figures are counted."""
    return f"ngày quyết định cuối cùng {ngay(decided_by)} trước ngày chốt số liệu ({ngay(as_of)})"


def no_obligation_counted_to(as_of: date, counted_to: Iterable[tuple[str, date]]) -> str:
    """The movement's as-of day that no obligation has; ``counted_to`` are their ids and days."""
    obligations: dict[date, list[str]] = {}
    for obligation, day in counted_to:
        obligations.setdefault(day, []).append(obligation)
    days = "; ".join(f"{', '.join(ids)}: ngày {ngay(day)}" for day, ids in obligations.items())
    return (
        f"không nghĩa vụ nào chốt số liệu ngày {ngay(as_of)} ({days}); "
        "mọi đơn vị sẽ chưa đủ căn cứ ở mọi hình thức khen thưởng xét theo số liệu"
    )


def as_of_differs(as_of: date, of_movement: date) -> str:
    """An obligation counted to another day than its movement."""
    if as_of < of_movement:
        relation, effect = "trước", "số liệu này chỉ được coi là tạm tính"
    else:
        relation, effect = "sau", "số liệu này không được tính"
    return f"ngày chốt số liệu {ngay(as_of)} {relation} ngày chốt của phong trào ({ngay(of_movement)}); {effect}"


def far_date(day: date, span: tuple[date, date], is_issue: bool) -> str:
    """A day more than a year away from the movement, or from the day of issue if the plan has no movement."""
    from_what = f"ngày ban hành ({ngay(span[0])})" if is_issue else f"thời gian phong trào ({_span(*span)})"
    return f"ngày {ngay(day)} cách {from_what} hơn một năm; hãy xem lại năm"


def issued_after_every_due(issued: date, latest: date) -> str:
    """A document issued after the last due date."""
    return (
        f"ban hành ngày {ngay(issued)}, sau mọi thời hạn (thời hạn cuối cùng là {ngay(latest)}); "
        "mọi việc là việc đã qua nên không ai được nhắc"
    )


def nobody_holds(first: date, last: date) -> str:
    """Days on which no unit holds a role."""
    return f"từ ngày {ngay(first)} đến {ngay(last)} không đơn vị nào giữ vai trò này nên không ai báo cáo được"


def cannot_be_won(tier: Tier, *, possible: bool) -> str:
    """An award none of whose criteria has a feed; ``possible`` if voluntary reports or the council may replace it."""
    text = f"không tiêu chuẩn nào có nguồn số liệu về {TIERS[tier]}, nên không đơn vị nào đạt được"
    return f"{text} nếu không có báo cáo ngoài nghĩa vụ hoặc ý kiến của Hội đồng" if possible else text


def no_units(tier: Tier, as_of: date) -> str:
    """An award for a tier without units."""
    return f"ngày {ngay(as_of)} danh mục đơn vị không có {TIERS[tier]} nào được xếp hạng, nên không đơn vị nào đạt được"


def two_feeds(other: str, name: str, tiers: Iterable[Tier]) -> str:
    """Another obligation to report the same figures."""
    return (
        f"{other} cũng báo cáo “{name}” về {'; '.join(TIERS[tier] for tier in tiers)}; "
        "số liệu đến sau thay số liệu đến trước"
    )


def cut_off_too_large(at_most: int, units: int) -> str:
    """A cut-off that every unit is within."""
    return f"hạng 1 đến {at_most} nhưng chỉ có {units} đơn vị được xếp hạng cùng nhau; đơn vị nào có điểm cũng đạt"


def quota_too_large(quota: int, units: int) -> str:
    """More awards than units."""
    return f"được tặng đến {quota} nhưng chỉ có {units} đơn vị được xét"
