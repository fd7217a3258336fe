"""Why a series has no data in a demo. Whatever is not in this table must have some."""

from __future__ import annotations

import re
from typing import Final

_NO_KAFKA_EXPORTER: Final = "kafka-exporter is no Debian package; compose runs it"
_NO_MONGODB_EXPORTER: Final = "mongodb-exporter knows real MongoDB only; compose runs it"
_NO_DISK: Final = "this machine shows no such disk to node-exporter"

REASONS: Final[dict[str, str]] = {
    r'^kafka_|^up\{job="kafka-exporter"': _NO_KAFKA_EXPORTER,
    r"^mongodb_": _NO_MONGODB_EXPORTER,
    r"^node_filesystem_|^node_disk_": _NO_DISK,
    r"^up\{job!~": "without an exporter's package only the services are scraped",
    r"^ALERTS": "no alert fires in a sound demo",
    r"^thidua_maintenance_age_seconds": "nobody backs a demo up or verifies it by command",
    r"^thidua_unheard_records_total": "all services are of one release",
    r"^thidua_bad_headers_total": "no agency of the demo sends bad headers",
    r"^thidua_dead_letters_total": "no record of the demo is unreadable",
    r"^thidua_stale_records_total|^thidua_duplicate_records_total": "nothing of the demo is sent twice over Kafka",
    r'^thidua_http_requests_total\{.*status=~"5': "no request of the demo fails",
    r"^thidua_session_timestamp_seconds|^thidua_deadline_timestamp_seconds": (
        "the demo's dates are those of its year, which is over"
    ),
}
"""By a regular expression of the selector."""


def reason_for(selectors: list[str]) -> str | None:
    """Why a query that reads these selectors may have no data; None if it must have some."""
    reasons = (reason for pattern, reason in REASONS.items() if any(re.search(pattern, one) for one in selectors))
    return next(reasons, None)
