"""The panels that only one service has."""

from __future__ import annotations

from typing import Final

from deploy.grafana.panels import BAD, GOOD, WAITS, Panel, Query, bars, lines
from shared.contracts.topics import Service

OWN: Final[dict[Service, tuple[Panel, ...]]] = {
    "intake": (
        lines(
            "Báo cáo trong mỗi giờ",
            "Đường “phải bổ sung” cao là biểu mẫu hoặc phần mềm của nơi gửi có lỗi.",
            "none",
            Query('sum(increase(thidua_reports_total{status="accepted"}[1h]))', "được tiếp nhận", GOOD),
            Query('sum(increase(thidua_reports_total{status="returned"}[1h]))', "phải bổ sung", BAD),
            Query('sum(increase(thidua_reports_total{status="duplicate"}[1h]))', "gửi lặp lại", WAITS),
        ).wide(12),
        lines(
            "Biên nhận chậm hơn 2 giây",
            "Vượt 1% là đang dùng hết phần được phép sai.",
            "percentunit",
            Query("thidua:receipts_late:share1h", "trong 1 giờ", WAITS),
            Query("thidua:receipts_late:share6h", "trong 6 giờ", BAD),
            limit=0.01,
        ).wide(12),
    ),
    "scoring": (
        lines(
            "Báo cáo lên bảng chậm hơn 30 giây",
            "Vượt 1% là đang dùng hết phần được phép sai.",
            "percentunit",
            Query("thidua:boards_late:share1h", "trong 1 giờ", WAITS),
            Query("thidua:boards_late:share6h", "trong 6 giờ", BAD),
            limit=0.01,
        ),
        lines(
            "Số liệu chờ lên bảng",
            "Quá 2 phút thì xem nhật ký của scoring.",
            "s",
            Query("max(thidua_standings_age_seconds)", "chờ lâu nhất"),
            limit=120,
        ),
        bars(
            "Đơn vị trong từng danh sách",
            "Thay đổi mạnh mà không có báo cáo mới thì chạy thidua verify.",
            "none",
            Query(
                'max by (movement, award) (thidua_eligible_units{list="candidates"})',
                "{{movement}} {{award}} đạt đủ tiêu chuẩn",
            ),
            Query(
                'max by (movement, award) (thidua_eligible_units{list="held"} > 0)', "{{movement}} {{award}} tạm dừng"
            ),
        ),
    ),
    "council": (
        bars(
            "Nội dung trong chương trình phiên họp",
            "Số nội dung của từng phiên họp ở lần cập nhật gần nhất.",
            "none",
            Query("max by (plan, session) (thidua_agenda_items)", "{{plan}} {{session}}"),
        ).wide(12),
        lines(
            "Chương trình chưa cập nhật",
            "Quá 5 phút thì xem nhật ký của council.",
            "s",
            Query("min(thidua_agendas_age_seconds)", "lâu nhất"),
            limit=300,
        ).wide(12),
    ),
    "notify": (
        lines(
            "Thư trong mỗi giờ",
            "Có “không gửi được” thì sửa địa chỉ trong danh bạ hộp thư.",
            "none",
            Query('sum(increase(thidua_deliveries_total{outcome="sent"}[1h]))', "đã gửi", GOOD),
            Query('sum(increase(thidua_deliveries_total{outcome="retried"}[1h]))', "phải gửi lại", WAITS),
            Query('sum(increase(thidua_deliveries_total{outcome="failed"}[1h]))', "không gửi được", BAD),
        ),
        lines(
            "Thư đang chờ gửi",
            "Không giảm về không thì xem máy chủ thư.",
            "none",
            Query("sum(thidua_undelivered_notices)", "đang chờ", WAITS),
        ),
        lines(
            "Nhắc việc chậm hơn 10 phút",
            "Vượt 1% là notify ngừng chạy vào lúc phải nhắc.",
            "percentunit",
            Query("thidua:reminders_late:share1d", "trong 1 ngày", BAD),
            limit=0.01,
        ),
    ),
}
"""By service."""
