"""The layout of Excel reports: columns and labels of every kind of report, for writing and reading forms. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shared.contracts.model import Kind, Tier
from shared.wording.plan_names import TIERS

CellType = Literal["text", "count", "score", "yes", "day"]
"""The type of a cell's value; ``yes`` is "Có" or "Không"."""

FORM_MARKER = "#thidua"
"""The first cell of the machine row; movement, obligation, period and kind are to its right."""

SHEET = "Báo cáo"
UNIT_CODE, UNIT_NAME = "Mã đơn vị", "Tên đơn vị"
YES, NO = "Có", "Không"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table, or a labelled cell above it. ``key`` is the report's field that it fills."""

    key: str
    heading: str
    type: CellType
    note: str
    required: bool = True


COLUMNS: Mapping[Kind, tuple[Column, ...]] = {
    Kind.SCORE: (
        Column("score", "Điểm", "score", "Điểm của đơn vị; dùng dấu phẩy cho phần thập phân."),
        Column("declared_rank", "Xếp hạng đã công bố", "count", "Thứ hạng cơ quan đánh giá đã công bố, nếu có.", False),
    ),
    Kind.TASKS: (
        Column("due", "Số nhiệm vụ đến hạn", "count", "Nhiệm vụ có hạn đến hết ngày chốt số liệu, kể cả đã hủy bỏ."),
        Column(
            "done_on_time", "Số nhiệm vụ hoàn thành đúng hạn", "count", "Gia hạn trước khi hết hạn tính là đúng hạn."
        ),
        Column("cancelled", "Số nhiệm vụ được hủy bỏ", "count", "Để trống nếu không có.", False),
    ),
    Kind.DISCIPLINE: (Column("violations", "Số vi phạm đã kết luận", "count", "Không có vi phạm thì ghi 0."),),
    Kind.ATTENDANCE: (
        Column("invited", "Số cuộc họp được mời, triệu tập", "count", "Tổng số cuộc họp trong kỳ."),
        Column("present", "Số cuộc lãnh đạo dự họp", "count", "Lãnh đạo trực tiếp dự."),
        Column("substitute", "Số cuộc cử người dự thay", "count", "Để trống nếu không có.", False),
        Column("excused", "Số cuộc vắng có lý do", "count", "Để trống nếu không có.", False),
        Column("unexcused", "Số cuộc vắng không lý do", "count", "Để trống nếu không có.", False),
    ),
    Kind.LISTED: (
        Column("listed", "Có trong danh sách", "yes", "Để trống là Có; ghi Không để đưa ra khỏi danh sách.", False),
        Column("note", "Thành tích, kết quả nổi bật", "text", "Tối đa 500 ký tự.", False),
        Column("tax_code", "Mã số thuế doanh nghiệp", "text", "Chỉ ghi cho doanh nghiệp; tên ghi ở cột tên.", False),
    ),
    Kind.INSPECTION: (
        Column("case", "Số, ký hiệu vụ việc", "text", "Cùng số, ký hiệu thì thay thế nội dung đã báo cáo trước."),
        Column("about", "Nội dung vụ việc", "text", "Để trống nếu không có.", False),
        Column("signs_of_violation", "Có dấu hiệu vi phạm", "yes", "Có hoặc Không."),
        Column("opened", "Ngày mở vụ việc", "day", "Dạng ngày/tháng/năm."),
        Column("closed", "Ngày khép lại vụ việc", "day", "Để trống khi vụ việc chưa khép lại.", False),
        Column("violation_found", "Kết luận có vi phạm", "yes", "Chỉ ghi khi vụ việc đã khép lại.", False),
    ),
    Kind.DOCUMENT: (),
}
"""The columns of each kind of report; the unit's code and name come before them."""

NUMBER = Column("number", "Số, ký hiệu báo cáo", "text", "Ví dụ: 12/BC-BTĐKT; không có khoảng trắng.", False)
DATE = Column("date", "Ngày báo cáo", "day", "Ngày ghi trên văn bản, dạng ngày/tháng/năm.", False)
AS_OF = Column("as_of", "Số liệu tính đến ngày", "day", "Chỉ sửa thành ngày sớm hơn khi gửi số liệu tạm tính.", False)
NOTE = Column("note", "Ghi chú chung", "text", "Tối đa 2.000 ký tự.", False)

DOCUMENT = (
    Column("number", "Số, ký hiệu văn bản", "text", "Ví dụ: 46/KH-UBND."),
    Column("issued", "Ngày ban hành văn bản", "day", "Dạng ngày/tháng/năm."),
    Column("title", "Trích yếu nội dung", "text", "Tối đa 2.000 ký tự."),
)
"""The labelled cells of a report that consists of a document, whose number and date are the report's."""

PAPER_OF_DOCUMENT: Mapping[str, str] = {"number": "number", "issued": "date"}
"""The fields of a report that the cells of its document fill as well."""


def completeness_cell(tier: Tier) -> Column:
    """The labelled cell in which the reporter declares a tier complete (A39)."""
    heading = f"Đã đủ số liệu: {TIERS[tier]}"
    return Column(tier.value, heading, "yes", "Ghi Có nếu đơn vị không có tên dưới đây là không có số liệu.", False)


def labelled_cells(kind: Kind, tiers: tuple[Tier, ...] = tuple(Tier)) -> tuple[Column, ...]:
    """The labelled cells above the table of a kind of report, in the form's order."""
    if kind is Kind.DOCUMENT:
        return (*DOCUMENT, AS_OF, NOTE)
    completeness = () if kind is Kind.INSPECTION else tuple(completeness_cell(tier) for tier in tiers)
    return (NUMBER, DATE, AS_OF, NOTE, *completeness)
