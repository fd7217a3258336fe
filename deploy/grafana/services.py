"""A dashboard for each of the four services: what all have, then what only it has."""

from __future__ import annotations

from typing import Final

from deploy.grafana.boards import Board, Row
from deploy.grafana.events import CAUSES, REASONS
from deploy.grafana.own import OWN
from deploy.grafana.panels import BAD, GOOD, NAME, WAITS, Panel, Query, above, below, lines, stat
from shared.contracts.topics import SERVICES, Service

_TITLES: Final[dict[Service, str]] = {
    "intake": "Dịch vụ tiếp nhận (intake)",
    "scoring": "Dịch vụ tính điểm và xét điều kiện (scoring)",
    "council": "Dịch vụ Hội đồng (council)",
    "notify": "Dịch vụ nhắc việc (notify)",
}


def _state(job: Service) -> tuple[Panel, ...]:
    return (
        stat(
            "Đang làm việc",
            "Ô đỏ thì mở /readyz của dịch vụ để biết thiếu gì.",
            "bool_yes_no",
            f'min(thidua:ready{{job="{job}"}})',
            steps=below(1),
        ),
        stat(
            "Bản phần mềm",
            "Các dịch vụ phải cùng một bản, trừ lúc đang nâng cấp.",
            NAME,
            Query(f'max by (version) (thidua_build_info{{job="{job}"}})', "{{version}}"),
        ),
        stat(
            "Chạy liên tục được",
            "Ngắn hơn lần khởi động mà người vận hành biết là tiến trình đã tự chết.",
            "s",
            f'time() - max(process_start_time_seconds{{job="{job}"}})',
        ),
        stat(
            "Bản ghi hỏng đang chờ",
            f"Khác không thì chạy thidua dlq list {job} để biết vì sao.",
            "none",
            f'sum(thidua_open_dead_letters{{job="{job}"}})',
            steps=above(1),
        ),
        stat(
            "Bản ghi cũ nhất chưa xử lý",
            "Quá 5 phút là có việc đứng lại.",
            "s",
            f'max(thidua_unhandled_age_seconds{{job="{job}"}})',
            steps=above(300, 60),
        ),
        stat(
            "Tài liệu cũ nhất chưa phát",
            "Quá 2 phút là Kafka không nhận.",
            "s",
            f'max(thidua_unsent_age_seconds{{job="{job}"}})',
            steps=above(120, 30),
        ),
    )


def _requests(job: Service) -> tuple[Panel, ...]:
    every = f'thidua_http_requests_total{{job="{job}", route!~"/livez|/readyz|/metrics"}}'
    failed = f'thidua_http_requests_total{{job="{job}", route!="/readyz", status=~"5.."}}'
    seconds = f'thidua_http_request_seconds_bucket{{job="{job}", route!~"/livez|/readyz|/metrics"}}'
    return (
        lines(
            "Yêu cầu mỗi giây theo đường dẫn",
            "Một đường dẫn cao bất thường là phần mềm của một cơ quan gửi lặp lại.",
            "reqps",
            Query(f"topk(10, sum by (route) (rate({every}[$__rate_interval])))", "{{route}}"),
        ),
        lines(
            "Yêu cầu bị lỗi trong 5 phút",
            "Có thì tìm đường dẫn ấy trong nhật ký để biết lỗi gì.",
            "none",
            Query(f"sum by (route, status) (increase({failed}[5m]))", "{{route}} {{status}}"),
        ),
        lines(
            "Thời gian trả lời",
            "Đường 99% vượt 2 giây thì xem MongoDB và máy chủ ở bảng Hạ tầng.",
            "s",
            *(
                Query(
                    f"histogram_quantile({share}, sum by (le) (rate({seconds}[$__rate_interval])))",
                    f"{share * 100:.0f}% nhanh hơn",
                    colour,
                )
                for share, colour in ((0.5, GOOD), (0.95, WAITS), (0.99, BAD))
            ),
            limit=2,
        ),
    )


def _records(job: Service) -> tuple[Panel, ...]:
    batches = f'sum by (le) (rate(thidua_batch_seconds_bucket{{job="{job}"}}[$__rate_interval]))'
    return (
        lines(
            "Bản ghi đọc vào theo chủ đề",
            "Cho biết dịch vụ đang đọc những chủ đề nào và nhanh đến đâu.",
            "ops",
            Query(
                f'sum by (topic) (rate(thidua_consumed_records_total{{job="{job}"}}[$__rate_interval]))', "{{topic}}"
            ),
        ),
        lines(
            "Bản ghi còn chờ theo phân vùng",
            "Một phân vùng tăng mãi trong khi phân vùng khác về không là phân vùng bị dừng.",
            "none",
            Query(
                f'sum by (topic, partition) (thidua_consumer_lag_records{{job="{job}"}})',
                "{{topic}} phân vùng {{partition}}",
            ),
        ),
        lines(
            "Thời gian xử lý một lô",
            "95 trong 100 lô nhanh hơn; chậm dần là cơ sở dữ liệu chậm.",
            "s",
            Query(f"histogram_quantile(0.95, {batches})", "95% nhanh hơn", WAITS),
            limit=60,
        ),
        lines(
            "Tin phát ra theo chủ đề",
            "Cho biết dịch vụ phát những gì và nhanh đến đâu.",
            "ops",
            Query(
                f'sum by (topic) (rate(thidua_published_messages_total{{job="{job}"}}[$__rate_interval]))', "{{topic}}"
            ),
        ),
        lines(
            "Phân vùng tạm dừng",
            "Khác không quá 5 phút thì mở /progress của dịch vụ để biết phân vùng nào và vì sao.",
            "none",
            *(
                Query(f'sum(max_over_time(thidua_paused_partitions{{job="{job}", reason="{reason}"}}[1m]))', name)
                for reason, name in REASONS.items()
            ),
        ),
        lines(
            "Lần xử lý hỏng trong 5 phút",
            "Lỗi chương trình thì giữ nhật ký; nguyên nhân khác tự hết khi nơi kia trở lại.",
            "none",
            *(
                Query(f'sum(increase(thidua_handler_failures_total{{job="{job}", cause="{cause}"}}[5m]))', name)
                for cause, name in CAUSES.items()
            ),
        ),
    )


def _process(job: Service) -> tuple[Panel, ...]:
    return (
        lines(
            "Bộ xử lý đã dùng",
            "Gần 100% của một lõi liên tục là tiến trình quá tải.",
            "percentunit",
            Query(f'max(rate(process_cpu_seconds_total{{job="{job}"}}[$__rate_interval]))', "một lõi là 100%"),
            limit=0.95,
        ),
        lines(
            "Bộ nhớ đã dùng",
            "Tăng mãi không giảm là rò bộ nhớ: khởi động lại và báo lỗi.",
            "bytes",
            Query(f'max(process_resident_memory_bytes{{job="{job}"}})', "bộ nhớ"),
        ),
        lines(
            "Vòng lặp sự kiện bị chặn",
            "Trên một giây liên tục là máy thiếu bộ xử lý hoặc một việc tính quá dài.",
            "s",
            Query(f'max(thidua_event_loop_delay_seconds{{job="{job}"}})', "chậm nhất từ lần đọc trước"),
            limit=1,
        ),
        lines(
            "Tệp và kết nối đang mở",
            "Gần giới hạn là rò kết nối: khởi động lại và báo lỗi.",
            "none",
            Query(f'max(process_open_fds{{job="{job}"}})', "đang mở"),
            Query(f'max(process_max_fds{{job="{job}"}})', "giới hạn", BAD),
        ).wide(12),
        lines(
            "Lần dọn bộ nhớ mỗi giây",
            "Tăng vọt cùng với bộ xử lý là chương trình giữ quá nhiều đối tượng.",
            "ops",
            Query(
                f'sum by (generation) (rate(python_gc_collections_total{{job="{job}"}}[$__rate_interval]))',
                "thế hệ {{generation}}",
            ),
        ).wide(12),
    )


def _board(job: Service) -> Board:
    return Board(
        f"thidua-{job}",
        _TITLES[job],
        "Tình trạng, yêu cầu, bản ghi và tiến trình của một dịch vụ.",
        (
            Row("Tình trạng", _state(job)),
            Row("Việc riêng của dịch vụ", OWN[job]),
            Row("Yêu cầu qua HTTP", _requests(job)),
            Row("Bản ghi trên Kafka", _records(job)),
            Row("Tiến trình", _process(job)),
        ),
    )


OF_SERVICES: Final = tuple(_board(job) for job in SERVICES)
