"""Đường đi sự kiện: how far behind each hop is, what was set aside, and why."""

from __future__ import annotations

from typing import Final

from deploy.grafana.boards import Board, Row
from deploy.grafana.panels import BAD, GOOD, Query, above, below, lines, stat

CAUSES: Final = {
    "transient": "cơ sở dữ liệu hoặc Kafka",
    "conflict": "tiến trình khác đã ghi trước",
    "bug": "lỗi chương trình",
    "letter_limit": "quá nhiều bản ghi hỏng",
    "replay": "phát lại vẫn hỏng",
    "too_large": "tin quá lớn",
    "undeliverable": "Kafka không nhận",
    "standstill": "bộ đọc đứng yên, đã khởi động lại",
}
"""The values of the label ``cause``, as operators read them."""
REASONS: Final = {"bug": "lỗi chương trình", "dead_letters": "quá nhiều bản ghi hỏng", "no_plan": "thiếu kế hoạch"}
"""The values of the label ``reason`` of paused partitions."""

READY: Final = stat(
    "Dịch vụ làm việc",
    "Ô đỏ là dịch vụ không làm việc; bấm vào ô để mở bảng của dịch vụ ấy.",
    "bool_yes_no",
    Query("min by (job) (thidua:ready)", "{{job}}"),
    steps=below(1),
).linked("Bảng của dịch vụ", "/d/thidua-${__field.labels.job}")
"""Which services do their work."""

_AGES: Final = (
    READY.wide(12),
    stat(
        "Bản ghi hỏng đang chờ",
        "Khác không thì chạy thidua dlq list của dịch vụ ấy để biết vì sao.",
        "none",
        Query("sum by (job) (thidua_open_dead_letters)", "{{job}}"),
        steps=above(1),
    ).wide(12),
    lines(
        "Bản ghi cũ nhất chưa xử lý",
        "Quá 5 phút là có việc đứng lại: xem lỗi và phân vùng tạm dừng ở dưới.",
        "s",
        Query("max by (job, topic) (thidua_unhandled_age_seconds)", "{{job}} {{topic}}"),
        limit=300,
    ),
    lines(
        "Tài liệu cũ nhất chưa phát",
        "Quá 2 phút là Kafka không nhận; nhật ký của dịch vụ nêu lý do.",
        "s",
        Query("max by (job) (thidua_unsent_age_seconds)", "{{job}}"),
        limit=120,
    ),
    lines(
        "Từ tiếp nhận đến bảng xếp hạng",
        "Đường 99% vượt 30 giây là cam kết đang bị vi phạm.",
        "s",
        *(
            Query(
                f"histogram_quantile({share}, sum by (le) (rate(thidua_board_seconds_bucket[10m])))",
                f"{share * 100:.0f}% nhanh hơn",
                colour,
            )
            for share, colour in ((0.5, GOOD), (0.99, BAD))
        ),
        limit=30,
    ),
    lines(
        "Số liệu chờ lên bảng",
        "Quá 2 phút thì xem nhật ký của scoring.",
        "s",
        Query("max(thidua_standings_age_seconds)", "scoring: bảng xếp hạng", "#8F3BB8"),
        limit=120,
    ),
    lines(
        "Chương trình chưa cập nhật",
        "Quá 5 phút thì xem nhật ký của council.",
        "s",
        Query("min(thidua_agendas_age_seconds)", "council: chương trình phiên họp", "#0E9AA7"),
        limit=300,
    ),
    lines(
        "Từ lúc phải nhắc đến lúc viết thư",
        "Đường 99% vượt 10 phút là notify ngừng chạy vào lúc phải nhắc.",
        "s",
        Query(
            "histogram_quantile(0.99, sum by (le) (increase(thidua_reminder_seconds_bucket[1d])))",
            "99% nhanh hơn",
            BAD,
        ),
        limit=600,
    ),
)

_FLOW: Final = (
    lines(
        "Bản ghi đọc vào mỗi giây",
        "Bằng không ở giờ làm việc trong khi nơi khác vẫn phát ra là dịch vụ không đọc được.",
        "ops",
        Query("sum by (job) (rate(thidua_consumed_records_total[$__rate_interval]))", "{{job}}"),
    ),
    lines(
        "Tin phát ra mỗi giây",
        "So với bản ghi đọc vào của dịch vụ sau để biết chặng nào chậm.",
        "ops",
        Query("sum by (job) (rate(thidua_published_messages_total[$__rate_interval]))", "{{job}}"),
    ),
    lines(
        "Bản ghi còn chờ theo chủ đề",
        "Lên xuống là bình thường; chỉ tăng mãi mới là lỗi.",
        "none",
        Query("sum by (job, topic) (thidua_consumer_lag_records)", "{{job}} {{topic}}"),
    ),
    lines(
        "Tài liệu còn chờ phát",
        "Vài tài liệu luôn chờ là bình thường; chỉ tăng mãi mới là lỗi.",
        "none",
        Query("sum by (job) (thidua_unsent_documents)", "{{job}}"),
    ),
    lines(
        "Thời gian xử lý một lô",
        "95 trong 100 lô nhanh hơn; trên một phút thì Kafka giao phân vùng cho tiến trình khác.",
        "s",
        Query(
            "histogram_quantile(0.95, sum by (job, le) (rate(thidua_batch_seconds_bucket[$__rate_interval])))",
            "{{job}}",
        ),
        limit=60,
    ),
    lines(
        "Bản ghi lặp lại và bản ghi cũ",
        "Nhiều sau khi dựng lại hoặc khởi động lại là bình thường và không làm sai số liệu.",
        "none",
        Query("sum by (job) (increase(thidua_duplicate_records_total[1h]))", "{{job}} lặp lại"),
        Query("sum by (job) (increase(thidua_stale_records_total[1h]))", "{{job}} cũ hơn"),
    ),
)

_FAULTS: Final = (
    lines(
        "Phân vùng tạm dừng",
        "Khác không quá 5 phút thì mở /progress của dịch vụ và làm theo cảnh báo PartitionsPaused.",
        "none",
        *(
            Query(
                f'sum by (job) (max_over_time(thidua_paused_partitions{{reason="{reason}"}}[1m]))',
                f"{{{{job}}}} {name}",
            )
            for reason, name in REASONS.items()
        ),
    ),
    lines(
        "Lần xử lý hỏng trong 5 phút",
        "Lỗi chương trình thì giữ nhật ký và cài bản sửa; nguyên nhân khác tự hết khi nơi kia trở lại.",
        "none",
        *(
            Query(f'sum(increase(thidua_handler_failures_total{{cause="{cause}"}}[5m]))', name)
            for cause, name in CAUSES.items()
        ),
    ),
    lines(
        "Bản ghi bị gạt ra trong mỗi giờ",
        "Có thì chạy thidua dlq list và báo cho nơi gửi.",
        "none",
        Query("sum by (job, topic) (increase(thidua_dead_letters_total[1h]))", "{{job}} {{topic}}"),
    ),
    lines(
        "Sự kiện của bản mới hơn",
        "Có thì hoàn tất việc nâng cấp rồi chạy thidua rebuild của dịch vụ ấy.",
        "none",
        Query("sum by (job, topic) (increase(thidua_unheard_records_total[1h]))", "{{job}} {{topic}}"),
    ),
    lines(
        "Vị trí đọc không ghi được",
        "Tăng mãi thì xem Kafka và thời gian xử lý một lô.",
        "none",
        Query("sum by (job) (increase(thidua_commit_failures_total[15m]))", "{{job}}"),
        limit=5,
    ),
    lines(
        "Lần chia lại phân vùng",
        "Quá 12 lần trong 30 phút là có tiến trình bị khởi động lại liên tục.",
        "none",
        Query("sum by (job) (increase(thidua_rebalances_total[30m]))", "{{job}}"),
        limit=12,
    ),
    lines(
        "Tiêu đề của bản ghi bị bỏ",
        "Có thì nơi gửi ghi tiêu đề không đúng UTF-8; nội dung vẫn được nhận.",
        "none",
        Query("sum by (job, topic) (increase(thidua_bad_headers_total[1h]))", "{{job}} {{topic}}"),
    ).wide(12),
    lines(
        "Mục trong chuỗi kiểm toán",
        "Mỗi tin phát ra thêm một mục; đường nằm ngang trong khi vẫn phát là lỗi.",
        "none",
        Query("max by (job) (thidua_audit_entries)", "{{job}}"),
    ).wide(12),
)

EVENTS: Final = Board(
    "thidua-su-kien",
    "Đường đi sự kiện",
    "Từ lúc báo cáo được tiếp nhận đến bảng xếp hạng, chương trình phiên họp và thư nhắc: chặng nào chậm, vì sao.",
    (Row("Chậm bao lâu", _AGES), Row("Lưu lượng", _FLOW), Row("Lỗi", _FAULTS)),
)
