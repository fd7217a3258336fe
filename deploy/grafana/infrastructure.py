"""Hạ tầng: Kafka, MongoDB and the machine, by the names that their exporters give.

``EXPORTED`` lists those names: kafka-exporter 1.9 (danielqsj), mongodb_exporter 0.43 (Percona, collector
``diagnosticdata``) and node-exporter 1.9.
"""

from __future__ import annotations

from typing import Final

from deploy.grafana.boards import Board, Row
from deploy.grafana.panels import BAD, GOOD, WAITS, Query, above, below, lines, stat

EXPORTED: Final = {
    "kafka-exporter": {
        "kafka_brokers",
        "kafka_consumergroup_lag",
        "kafka_consumergroup_members",
        "kafka_topic_partition_current_offset",
        "kafka_topic_partition_under_replicated_partition",
    },
    "mongodb-exporter": {
        "mongodb_ss_connections",
        "mongodb_ss_opLatencies_latency",
        "mongodb_ss_opLatencies_ops",
        "mongodb_ss_opcounters",
        "mongodb_ss_wt_cache_bytes_currently_in_the_cache",
        "mongodb_ss_wt_cache_maximum_bytes_configured",
        "mongodb_up",
    },
    "node-exporter": {
        "node_cpu_seconds_total",
        "node_disk_io_time_seconds_total",
        "node_disk_read_bytes_total",
        "node_disk_written_bytes_total",
        "node_filesystem_avail_bytes",
        "node_filesystem_size_bytes",
        "node_load1",
        "node_memory_MemAvailable_bytes",
        "node_memory_MemTotal_bytes",
        "node_network_receive_bytes_total",
        "node_network_transmit_bytes_total",
    },
}
"""The series of the exporters that panels and alerts may use."""

_DISKS: Final = 'fstype!~"tmpfs|overlay|squashfs|ramfs"'

_STATE: Final = (
    stat(
        "Nguồn số đo trả lời",
        "Ô đỏ là nguồn mà Prometheus không đọc được nên các cảnh báo dựa vào nó bị im lặng.",
        "bool_yes_no",
        Query("min by (job) (up)", "{{job}}"),
        steps=below(1),
    ).wide(24),
)

_MACHINE: Final = (
    lines(
        "Bộ xử lý của máy",
        "Gần 100% liên tục thì thêm lõi hoặc chuyển bớt việc sang máy khác.",
        "percentunit",
        Query('1 - avg(rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))', "đã dùng"),
        Query('avg(rate(node_cpu_seconds_total{mode="iowait"}[$__rate_interval]))', "chờ ổ đĩa", BAD),
        limit=0.9,
    ),
    lines(
        "Bộ nhớ của máy còn trống",
        "Dưới một phần mười thì hệ điều hành sắp dừng tiến trình.",
        "percentunit",
        Query("min(node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)", "còn trống", GOOD),
    ),
    lines(
        "Ổ đĩa còn trống",
        "Dưới một phần mười thì làm theo cảnh báo DiskFilling.",
        "percentunit",
        Query(
            f"min by (mountpoint) (node_filesystem_avail_bytes{{{_DISKS}}} / node_filesystem_size_bytes{{{_DISKS}}})",
            "{{mountpoint}}",
        ),
    ),
    lines(
        "Ổ đĩa bận",
        "Gần 100% là mọi lần ghi của MongoDB và Kafka phải chờ.",
        "percentunit",
        Query("max by (device) (rate(node_disk_io_time_seconds_total[$__rate_interval]))", "{{device}}"),
        limit=0.9,
    ),
    lines(
        "Đọc và ghi ổ đĩa",
        "So với lúc bình thường để biết ai đang ghi nhiều.",
        "Bps",
        Query("sum(rate(node_disk_read_bytes_total[$__rate_interval]))", "đọc", GOOD),
        Query("sum(rate(node_disk_written_bytes_total[$__rate_interval]))", "ghi", WAITS),
    ),
    lines(
        "Mạng vào và ra",
        "Tăng vọt ngoài giờ làm việc thì xem yêu cầu của từng dịch vụ.",
        "Bps",
        Query('sum(rate(node_network_receive_bytes_total{device!="lo"}[$__rate_interval]))', "vào", GOOD),
        Query('sum(rate(node_network_transmit_bytes_total{device!="lo"}[$__rate_interval]))', "ra", WAITS),
    ),
    lines(
        "Tải trung bình trong một phút",
        "Cao hơn số lõi trong thời gian dài là máy quá tải.",
        "none",
        Query("max(node_load1)", "tải"),
        Query('count(count by (cpu) (node_cpu_seconds_total{mode="idle"}))', "số lõi", BAD),
    ).wide(24),
)

_DATABASE: Final = (
    stat(
        "MongoDB trả lời",
        "Ô đỏ thì làm theo cảnh báo DatabaseDown.",
        "bool_yes_no",
        "min(mongodb_up)",
        steps=below(1),
    ),
    stat(
        "Bộ đệm của MongoDB đã đầy",
        "Trên 95% liên tục thì tăng bộ nhớ của MongoDB.",
        "percentunit",
        "max(mongodb_ss_wt_cache_bytes_currently_in_the_cache / mongodb_ss_wt_cache_maximum_bytes_configured)",
        steps=above(0.95, 0.85),
    ),
    lines(
        "Thời gian một lệnh của MongoDB",
        "Lần ghi chậm dần là ổ đĩa chậm hoặc thiếu chỉ mục.",
        "µs",
        *(
            Query(
                f'sum(rate(mongodb_ss_opLatencies_latency{{op_type="{kind}"}}[$__rate_interval]))'
                f' / sum(rate(mongodb_ss_opLatencies_ops{{op_type="{kind}"}}[$__rate_interval]))',
                name,
                colour,
            )
            for kind, name, colour in (
                ("reads", "đọc", GOOD),
                ("writes", "ghi", WAITS),
                ("commands", "lệnh khác", "#8AB8FF"),
            )
        ),
    ),
    lines(
        "Lệnh của MongoDB mỗi giây",
        "Tăng vọt mà không có báo cáo là một truy vấn bị lặp lại.",
        "ops",
        Query("sum by (legacy_op_type) (rate(mongodb_ss_opcounters[$__rate_interval]))", "{{legacy_op_type}}"),
    ),
    lines(
        "Kết nối của MongoDB",
        "Tăng mãi là một tiến trình không trả kết nối.",
        "none",
        Query('sum(mongodb_ss_connections{conn_type="current"})', "đang mở"),
        Query('sum(mongodb_ss_connections{conn_type="available"})', "còn mở được", GOOD),
    ).wide(24),
)

_BROKER: Final = (
    stat(
        "Máy Kafka trả lời",
        "Bằng không thì làm theo cảnh báo BrokerDown.",
        "none",
        "max(kafka_brokers)",
        steps=below(1),
    ),
    stat(
        "Phân vùng thiếu bản sao",
        "Khác không khi có nhiều máy Kafka là một máy đang vắng.",
        "none",
        "sum(kafka_topic_partition_under_replicated_partition)",
        steps=above(1),
    ),
    lines(
        "Bản ghi Kafka nhận mỗi giây",
        "Cho biết chủ đề nào đang được ghi.",
        "ops",
        Query(
            'topk(12, sum by (topic) (rate(kafka_topic_partition_current_offset{topic!~"__.*"}[$__rate_interval])))',
            "{{topic}}",
        ),
    ),
    lines(
        "Bản ghi còn chờ theo nhóm đọc",
        "So với số mà dịch vụ tự nêu; khác nhiều là nhóm có tiến trình đã chết.",
        "none",
        Query("sum by (consumergroup) (kafka_consumergroup_lag)", "{{consumergroup}}"),
    ),
    lines(
        "Tiến trình trong nhóm đọc",
        "Bằng không là không tiến trình nào của dịch vụ ấy đang đọc.",
        "none",
        Query("sum by (consumergroup) (kafka_consumergroup_members)", "{{consumergroup}}"),
    ).wide(24),
)

INFRASTRUCTURE: Final = Board(
    "thidua-ha-tang",
    "Hạ tầng",
    "Máy chủ, MongoDB và Kafka theo các nguồn số đo của chúng.",
    (
        Row("Tình trạng", _STATE),
        Row("Máy chủ", _MACHINE),
        Row("MongoDB và cơ sở dữ liệu", _DATABASE),
        Row("Kafka và các chủ đề", _BROKER),
    ),
)
