"""Tổng quan nghiệp vụ: what the standing office's year looks like, and what will run out."""

from __future__ import annotations

from typing import Final, get_args

from deploy.grafana.boards import Board, Row
from deploy.grafana.events import READY
from deploy.grafana.panels import BAD, GOOD, WAITS, Panel, Query, above, bars, below, lines, stat, table
from services.council.sessions.lifecycle import PHASE_NAMES
from shared.contracts.sessions import Phase

_DAY: Final = 86_400
_ALERTS: Final = (
    stat(
        "Cảnh báo đang có",
        "Khác không thì xem bảng bên cạnh và làm theo hướng dẫn của từng cảnh báo trong docs/operations.md.",
        "none",
        'count(ALERTS{alertstate="firing"}) or vector(0)',
        steps=above(1),
    ),
    READY.wide(8),
    table(
        "Cảnh báo và dịch vụ gặp lỗi",
        "Mỗi dòng là một cảnh báo chưa hết; tìm tên của nó trong docs/operations.md và làm theo từng bước.",
        "none",
        'max by (alertname, job, severity) (ALERTS{alertstate="firing"})',
        alertname="Cảnh báo",
        job="Dịch vụ",
        severity="Mức",
    ).wide(12),
)


def duties(state: str) -> str:
    """How many duties are in a state."""
    return f'sum(thidua_duties{{state="{state}"}})'


_REPORTS: Final = (
    stat(
        "Báo cáo phải nộp",
        "Số báo cáo mà các cơ quan phải nộp theo mọi kế hoạch đang thi hành.",
        "none",
        duties("expected"),
    ),
    stat(
        "Đã nhận đủ",
        "Số báo cáo phải nộp đã được tiếp nhận đủ.",
        "none",
        duties("received"),
        steps=((None, GOOD),),
    ),
    stat(
        "Quá hạn chưa nộp",
        "Khác không thì xem bảng nghĩa vụ quá hạn để biết phải đôn đốc việc nào.",
        "none",
        duties("late"),
        steps=above(1),
    ),
    stat(
        "Hạn nộp gần nhất",
        "Thời điểm hết hạn của báo cáo phải nộp sớm nhất trong các báo cáo chưa đến hạn.",
        "time:DD/MM/YYYY",
        "min(thidua_deadline_timestamp_seconds > time()) * 1000",
    ),
    stat(
        "Phải bổ sung trong 24 giờ",
        "Nhiều bất thường thì xem cơ quan gửi sai điều gì ở biểu đồ báo cáo phải bổ sung.",
        "none",
        'sum(increase(thidua_reports_total{status="returned"}[1d]))',
        steps=above(50, 10),
    ),
    stat(
        "Cơ quan có khóa truy cập",
        "Số cơ quan đang gửi được báo cáo bằng khóa; ít hơn số cơ quan phải nộp thì cấp thêm khóa.",
        "none",
        "max(thidua_agencies_with_key)",
    ),
    lines(
        "Báo cáo gửi đến trong mỗi giờ",
        "Đường “phải bổ sung” cao là biểu mẫu hoặc phần mềm của nơi gửi có lỗi.",
        "none",
        *(
            Query(f'sum(increase(thidua_reports_total{{status="{status}"}}[1h]))', name, colour)
            for status, name, colour in (
                ("accepted", "được tiếp nhận", GOOD),
                ("returned", "phải bổ sung", BAD),
                ("duplicate", "gửi lặp lại", WAITS),
                ("taken_back", "được rút", "#8AB8FF"),
            )
        ),
    ),
    bars(
        "Tỷ lệ đã nộp theo kế hoạch",
        "Thanh ngắn gần đến hạn là kế hoạch cần đôn đốc trước.",
        "percentunit",
        Query(
            'sum by (plan) (thidua_duties{state="received"}) / sum by (plan) (thidua_duties{state="expected"})',
            "{{plan}}",
        ),
    ),
    table(
        "Nghĩa vụ báo cáo quá hạn",
        "Mỗi dòng là một nghĩa vụ của kế hoạch cùng số cơ quan chưa nộp; sổ theo dõi của notify nêu từng cơ quan.",
        "none",
        'max by (plan, obligation) (thidua_duties{state="late"} > 0)',
        plan="Kế hoạch",
        obligation="Nghĩa vụ",
    ),
    bars(
        "Báo cáo phải bổ sung trong 30 ngày",
        "Nghĩa vụ đứng đầu là chỗ hướng dẫn chưa rõ hoặc biểu mẫu khó điền.",
        "none",
        Query(
            "topk(12, sum by (plan, obligation) (increase(thidua_returned_reports_total[30d])))",
            "{{plan}} {{obligation}}",
        ),
    ).wide(12),
)

_AWARDS: Final = (
    bars(
        "Đơn vị đạt đủ tiêu chí",
        "Số đơn vị trong danh sách đạt đủ tiêu chuẩn của từng danh hiệu theo số liệu hiện có.",
        "none",
        Query('max by (movement, award) (thidua_eligible_units{list="candidates"})', "{{movement}} {{award}}"),
        steps=((None, GOOD),),
    ),
    bars(
        "Chờ Hội đồng xem xét",
        "Số đơn vị còn tiêu chí mà Hội đồng phải cho ý kiến trước phiên họp.",
        "none",
        Query('max by (movement, award) (thidua_eligible_units{list="for_judgement"})', "{{movement}} {{award}}"),
        steps=((None, WAITS),),
    ),
    bars(
        "Tạm dừng xét",
        "Số đơn vị có vụ việc chưa kết luận nên chưa được xét.",
        "none",
        Query('max by (movement, award) (thidua_eligible_units{list="held"})', "{{movement}} {{award}}"),
        steps=((None, BAD),),
    ),
    bars(
        "Số đề nghị còn được gửi",
        "Bằng không thì cổng từ chối đề nghị mới của danh hiệu ấy.",
        "none",
        Query("max by (plan, award) (thidua_places_left)", "{{plan}} {{award}}"),
    ).wide(12),
    bars(
        "Nội dung trong chương trình phiên họp",
        "Số nội dung của từng phiên họp ở lần cập nhật gần nhất.",
        "none",
        Query("max by (plan, session) (thidua_agenda_items)", "{{plan}} {{session}}"),
    ).wide(12),
    bars(
        "Phiên họp theo trạng thái",
        "Phiên đã họp mà lâu không sang “đã thông qua biên bản” là việc Thư ký còn phải làm.",
        "none",
        *(Query(f'max(thidua_sessions{{phase="{phase}"}})', PHASE_NAMES[phase]) for phase in get_args(Phase)),
    ).wide(12),
    stat(
        "Phiên họp sắp tới",
        "Ngày đầu của thời gian dự kiến cho phiên họp kế tiếp.",
        "time:DD/MM/YYYY",
        "min(thidua_session_timestamp_seconds > time()) * 1000",
    ).wide(12),
)

_REMINDERS: Final = (
    lines(
        "Thông báo nhắc việc trong mỗi ngày",
        "“Không cần nữa” là báo cáo đã đến trước khi thư được gửi đi.",
        "none",
        Query('sum(increase(thidua_notices_total{outcome="sent"}[1d]))', "được viết", GOOD),
        Query('sum(increase(thidua_notices_total{outcome="suppressed"}[1d]))', "không cần nữa", "#8AB8FF"),
    ),
    lines(
        "Thư gửi đi trong mỗi ngày",
        "Có “không gửi được” thì sửa địa chỉ trong danh bạ hộp thư.",
        "none",
        *(
            Query(f'sum(increase(thidua_deliveries_total{{outcome="{outcome}"}}[1d]))', name, colour)
            for outcome, name, colour in (
                ("sent", "đã gửi", GOOD),
                ("retried", "phải gửi lại", WAITS),
                ("failed", "không gửi được", BAD),
                ("not_needed", "không cần nữa", "#8AB8FF"),
                ("interrupted", "bị ngắt giữa chừng", "#CA95E5"),
            )
        ),
    ),
    stat(
        "Thư đang chờ gửi",
        "Không giảm về không thì xem cảnh báo DeliveriesFailing.",
        "none",
        "sum(thidua_undelivered_notices)",
        steps=above(500, 50),
    ),
    stat(
        "Địa chỉ không nhận được thư",
        "Khác không thì chạy thidua mailboxes flagged để biết địa chỉ nào.",
        "none",
        "max(thidua_mailboxes_flagged)",
        steps=above(1),
    ),
)


def promise(name: str, text: str, panel: str) -> Panel:
    """How much of a promise was kept over 30 days; the budget is one of a hundred."""
    return stat(name, text, "percentunit", f"1 - thidua:{panel}:share30d", steps=below(0.99, 0.995)).wide(8)


_PROMISES: Final = (
    promise(
        "Biên nhận trả lời trong 2 giây", "Dưới 99% là đã dùng hết phần được phép sai của 30 ngày.", "receipts_late"
    ),
    promise(
        "Lên bảng xếp hạng trong 30 giây", "Dưới 99% là đã dùng hết phần được phép sai của 30 ngày.", "boards_late"
    ),
    promise("Nhắc việc trong 10 phút", "Dưới 99% là đã dùng hết phần được phép sai của 30 ngày.", "reminders_late"),
)

_CARE: Final = (
    stat(
        "Lịch ngày làm việc còn",
        "Dưới 60 ngày thì bổ sung năm sau vào lịch ngày nghỉ.",
        "d",
        "min(thidua_calendar_days_left)",
        steps=below(60, 90),
    ),
    stat(
        "Khóa hết hạn sớm nhất sau",
        "Dưới 14 ngày thì cấp khóa mới cho cơ quan mà thidua agency list nêu tên.",
        "d",
        "min(thidua_key_days_left < +Inf)",
        steps=below(14, 30),
    ),
    stat(
        "Lần sao lưu gần nhất cách đây",
        "Quá 8 ngày hoặc không có số liệu thì sao lưu ngay.",
        "s",
        'max(thidua_maintenance_age_seconds{task="backup"})',
        steps=above(8 * _DAY, 2 * _DAY),
    ),
    stat(
        "Lần kiểm tra lại cách đây",
        "Quá 35 ngày hoặc không có số liệu thì chạy thidua verify.",
        "s",
        'max(thidua_maintenance_age_seconds{task="verify"})',
        steps=above(35 * _DAY),
    ),
    stat(
        "Sai khác khi kiểm tra lại",
        "Khác không thì chạy lại thidua verify và làm theo cảnh báo VerifyMismatch.",
        "none",
        "max(thidua_verify_mismatches)",
        steps=above(1),
    ),
    stat(
        "Dấu kiểm toán cũ nhất",
        "Quá hai ngày là một dịch vụ chưa công bố dấu của mình.",
        "s",
        "max(thidua_audit_head_age_seconds)",
        steps=above(2 * _DAY),
    ),
)

BUSINESS: Final = Board(
    "thidua-nghiep-vu",
    "Tổng quan nghiệp vụ",
    "Báo cáo, danh hiệu, phiên họp, nhắc việc và những việc có thời hạn.",
    (
        Row("Tình trạng", _ALERTS),
        Row("Báo cáo", _REPORTS),
        Row("Xét khen thưởng và phiên họp", _AWARDS),
        Row("Nhắc việc và thư", _REMINDERS),
        Row("Cam kết trong 30 ngày", _PROMISES),
        Row("Việc có thời hạn", _CARE),
    ),
    hours=24 * 7,
)
