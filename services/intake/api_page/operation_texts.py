"""What each route is for, in Vietnamese, with an example of its body. Pure.

The order is that of the page: what an agency needs first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from shared.contracts.json_values import JsonObject

AGENCY, OFFICE, OPERATOR = "Cơ quan báo cáo", "Cơ quan Thường trực", "Người vận hành"

_REPORT: JsonObject = {
    "number": "12/BC-SNV",
    "date": "2023-12-04",
    "movement": "phong-trao-thi-dua-2023",
    "obligation": "OB06",
    "period": "2023",
    "kind": "score",
    "as_of": "2023-11-30",
    "rows": [{"unit": "336", "score": "87.5"}, {"unit": "so-y-te", "score": "91.25"}],
}
_EXTENSION: JsonObject = {
    "movement": "phong-trao-thi-dua-2023",
    "obligation": "OB06",
    "period": "2023",
    "until": "2023-12-08",
    "reason": "Chờ kết quả thẩm định của Hội đồng đánh giá",
}
_NOMINATION: JsonObject = {
    "number": "7/TTr-SNV",
    "date": "2023-12-06",
    "movement": "phong-trao-thi-dua-2023",
    "award": "B6",
    "kind": "can_bo",
    "person": {"name": "Nguyễn Văn A", "born": "1980-01-31", "position": "Chuyên viên"},
}


class OperationText(NamedTuple):
    """A route's title and what to know about it; ``example`` is a body, None where it has none to show."""

    title: str
    caller: str
    text: str
    example: JsonObject | None = None


OPERATIONS: Mapping[str, Mapping[str, OperationText]] = {
    "Phải báo cáo gì": {
        "GET /v1/obligations": OperationText(
            "Những báo cáo phải gửi",
            AGENCY,
            "Nội dung, đối tượng, ngày chốt số liệu, thời hạn, các bản đã nhận, các đơn vị còn thiếu số liệu.",
        ),
        "GET /v1/obligations/{obligation}/template.xlsx": OperationText(
            "Tải biểu mẫu Excel của một nội dung", AGENCY, "Biểu mẫu có sẵn các đơn vị phải báo cáo."
        ),
    },
    "Kiểm tra, chưa gửi": {
        "POST /v1/reports/check": OperationText(
            "Kiểm tra một báo cáo JSON",
            AGENCY,
            "Kiểm tra như khi gửi nhưng không lưu, không tính là một bản, không dùng mất số của văn bản. "
            "Trả lời 200 nếu báo cáo sẽ được tiếp nhận; nếu không, trả lời đúng như khi báo cáo không được tiếp nhận.",
            _REPORT,
        ),
        "POST /v1/reports/excel/check": OperationText(
            "Kiểm tra một biểu mẫu Excel đã điền", AGENCY, "Như trên; mục cells nêu từng ô cần sửa."
        ),
    },
    "Gửi báo cáo": {
        "POST /v1/reports": OperationText(
            "Gửi báo cáo JSON",
            AGENCY,
            "Trả lời 202 kèm giấy tiếp nhận: báo cáo đã được lưu. Gửi lại cùng nội dung thì nhận lại giấy đó. "
            "Báo cáo chưa được tiếp nhận thì mục receipt.problems nêu mọi chỗ sai; những gì chưa kiểm tra được nêu ở "
            "receipt.warnings (mã not_checked).",
            _REPORT,
        ),
        "POST /v1/reports/excel": OperationText(
            "Gửi biểu mẫu Excel đã điền", AGENCY, "Nội dung gửi lên là chính tệp .xlsx; mục cells nêu từng ô cần sửa."
        ),
    },
    "Giấy tiếp nhận": {
        "GET /v1/receipts": OperationText(
            "Danh sách giấy tiếp nhận",
            AGENCY,
            "Theo trang; next là giá trị của after cho trang sau. Trạng thái: accepted (đã tiếp nhận), returned (chưa "
            "được tiếp nhận), withdrawal (giấy của việc rút, đề nghị bổ sung báo cáo).",
        ),
        "GET /v1/receipts/{receipt_id}": OperationText(
            "Xem một giấy tiếp nhận",
            AGENCY,
            "Mục taken_back có giá trị khi báo cáo đã được rút hoặc được đề nghị bổ sung.",
        ),
        "POST /v1/receipts/{receipt_id}/withdraw": OperationText(
            "Rút báo cáo", AGENCY, "Số liệu trước đó có hiệu lực trở lại.", {"reason": "Gửi nhầm bản chưa duyệt"}
        ),
        "POST /v1/receipts/{receipt_id}/return": OperationText(
            "Đề nghị bổ sung, hoàn thiện báo cáo", OFFICE, "Cơ quan báo cáo phải gửi lại.", {"reason": "Chưa có chữ ký"}
        ),
    },
    "Gia hạn": {
        "POST /v1/extensions": OperationText(
            "Đề nghị gia hạn", AGENCY, "Mỗi nội dung, mỗi kỳ có một đề nghị đang chờ.", _EXTENSION
        ),
        "GET /v1/extensions": OperationText("Các đề nghị gia hạn", AGENCY, "Lọc theo trạng thái bằng status."),
        "POST /v1/extensions/{extension}/answer": OperationText(
            "Trả lời đề nghị gia hạn", OFFICE, "Từ chối phải nêu lý do.", {"granted": True}
        ),
        "POST /v1/agencies/{code}/extensions": OperationText(
            "Gia hạn khi không có đề nghị", OFFICE, "Ví dụ sau một cuộc điện thoại.", _EXTENSION
        ),
    },
    "Đề nghị khen thưởng": {
        "GET /v1/places": OperationText("Chỉ tiêu còn lại", AGENCY, "left là null nếu không giới hạn."),
        "POST /v1/nominations": OperationText(
            "Đề nghị khen thưởng",
            AGENCY,
            "Ghi đúng một trong các mục unit (mã đơn vị), name (tên tập thể, doanh nghiệp), person (cá nhân).",
            _NOMINATION,
        ),
        "GET /v1/nominations": OperationText("Các đề nghị đã gửi", AGENCY, "Kèm trạng thái và lý do nếu bị từ chối."),
        "POST /v1/nominations/{nomination}/withdraw": OperationText(
            "Rút đề nghị", AGENCY, "Số lượng được dùng lại cho đề nghị khác."
        ),
    },
    "Họ tên cho văn bản của Hội đồng": {
        "GET /v1/persons": OperationText(
            "Lấy họ tên để lập văn bản",
            OFFICE,
            "Cho người được xem họ tên trong loại văn bản ấy (kind). Tiêu đề Purpose nêu văn bản; ai lấy tên của ai, "
            "cho văn bản nào, lúc nào đều được ghi lại.",
        ),
    },
    "Khóa API": {
        "GET /v1/keys": OperationText(
            "Các khóa của cơ quan mình", AGENCY, "Mã khóa, ngày cấp, ngày hết hạn; không bao giờ hiện khóa."
        ),
        "POST /v1/keys": OperationText(
            "Tự xin khóa tiếp theo",
            AGENCY,
            "Gọi bằng khóa đang dùng. Khóa mới chỉ hiện một lần; khóa cũ dùng được đến khi hết hạn hoặc bị thu hồi. "
            "Mỗi cơ quan có tối đa hai khóa còn hiệu lực.",
        ),
        "POST /v1/agencies/{code}/keys": OperationText("Cấp khóa", OPERATOR, "Khóa chỉ hiện một lần."),
        "GET /v1/agencies/{code}/keys": OperationText("Các khóa của một cơ quan", OPERATOR, "Không hiện khóa."),
        "DELETE /v1/agencies/{code}/keys/{key_id}": OperationText("Thu hồi khóa", OPERATOR, "Có hiệu lực ngay."),
    },
    "Cho người vận hành": {
        "PUT /v1/plans": OperationText("Công bố kế hoạch", OPERATOR, "Nội dung do thidua plan-json in ra."),
        "PUT /v1/units": OperationText("Công bố danh mục đơn vị", OPERATOR, "Nội dung do thidua plan-json in ra."),
        "GET /v1/persons/{person}": OperationText(
            "Tra tên một cá nhân", OPERATOR, "Tiêu đề Purpose nêu mục đích và được ghi lại."
        ),
        "GET /v1/counts": OperationText("Số báo cáo đã nhận", OPERATOR, "Không cần khóa."),
    },
}
"""The routes by section, by method and path."""
