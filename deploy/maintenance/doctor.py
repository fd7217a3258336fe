"""What is wrong with a running deployment, from facts that were gathered; pure. What could not be gathered is None."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Literal

from deploy.maintenance.kafka_rights import USERS, Acl, principal, rights_of
from shared.contracts.topics import AGENCY, DLQ, TOPICS, concrete_topics, topic_named
from shared.wording.formats import ngay

Level = Literal["ok", "unchecked", "warning", "error"]

MOST_SKEW: Final = timedelta(seconds=30)
MOST_BACKUP_AGE: Final = timedelta(days=8)
LEAST_CALENDAR_DAYS: Final = 60
KEY_WARNING: Final = timedelta(days=14)
LEAST_FREE: Final = 0.10
MOST_LAG: Final = 10_000

EVERY_SERVICE: Final = {
    "dead_letters": {"pending", "mark", "origin", "digest"},
    "audit": {"said"},
    "audit_heads": {"pending"},
    "plans": {"pending"},
    "registers": {"pending"},
}
INDEXES: Final[Mapping[str, Mapping[str, Collection[str]]]] = {
    "intake": {
        "reports": {"pending", "slot", "identity", "agency", "at"},
        "api_keys": {"keys.digest"},
        "extensions": {"pending", "extensions.id"},
        "nominations": {"pending", "ids"},
    },
    "scoring": {"boards": {"pending", "movement"}, "eligibility": {"pending", "movement"}},
    "council": {name: {"pending"} for name in ("judgements", "decisions", "sessions")},
    "notify": {
        "notices": {"pending", "state", "undelivered"},
        "invitations": {"pending", "about", "undelivered"},
        "deliveries": {"state"},
        "accounts": {"extended"},
    },
}
"""The indexes that the services' queries need, by service and collection, named by their field."""


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What a service answers. ``clock`` is its machine's, ``unready`` what is missing; ``lag`` counts records."""

    release: str
    clock: datetime
    unready: tuple[str, ...] = ()
    lag: int | None = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is checked, at the instant ``now`` (UTC) of this machine."""

    now: datetime
    services: Mapping[str, ServiceFacts | None] = field(default_factory=dict)
    topics: Collection[str] | None = None
    agencies: Collection[str] = ()
    acls: Collection[Acl] | None = None
    indexes: Mapping[str, Mapping[str, Collection[str]]] | None = None
    keys_end: Mapping[str, datetime] | None = None
    calendar_days: int = 0
    plans_end: Mapping[str, date] | None = None
    free_disk: float | None = None
    backup_at: datetime | None = None
    today: date = date.min


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: what was looked at, and in Vietnamese what is wrong or in order."""

    check: str
    level: Level
    text: str


def examine(facts: Facts) -> list[Finding]:
    """Every check, each with one finding or more."""
    return [finding for check in CHECKS for finding in check(facts)]


def _checked(name: str, wrong: Iterable[Finding], fine: str) -> Iterator[Finding]:
    findings = list(wrong)
    yield from findings or [Finding(name, "ok", fine)]


def _services(facts: Facts) -> Iterator[Finding]:
    def wrong() -> Iterator[Finding]:
        for name, service in facts.services.items():
            if service is None:
                yield Finding("services", "error", f"{name} không trả lời")
            elif service.unready:
                yield Finding("services", "error", f"{name} chưa làm việc được: {'; '.join(service.unready)}")
            elif service.lag is None or service.lag > MOST_LAG:
                yield Finding("services", "warning", f"{name} còn {service.lag} bản ghi chưa xử lý")

    return _checked("services", wrong(), "các dịch vụ đều làm việc")


def _answering(facts: Facts) -> dict[str, ServiceFacts]:
    return {name: service for name, service in facts.services.items() if service is not None}


def _releases(facts: Facts) -> Iterator[Finding]:
    releases = {name: service.release for name, service in _answering(facts).items()}
    if len(set(releases.values())) > 1:
        listed = ", ".join(f"{name} {release}" for name, release in releases.items())
        yield Finding("releases", "error", f"các dịch vụ chạy những bản phần mềm khác nhau: {listed}")
    elif releases:
        yield Finding("releases", "ok", f"các dịch vụ cùng chạy bản {next(iter(releases.values()))}")


def _clocks(facts: Facts) -> Iterator[Finding]:
    def wrong() -> Iterator[Finding]:
        for name, service in _answering(facts).items():
            if (skew := abs(service.clock - facts.now)) > MOST_SKEW:
                yield Finding(
                    "clocks", "error", f"đồng hồ của {name} lệch {skew.total_seconds():.0f} giây so với máy này"
                )

    return _checked("clocks", wrong(), "đồng hồ của các dịch vụ khớp với máy này")


def _topics(facts: Facts) -> Iterator[Finding]:
    if facts.topics is None:
        return iter([Finding("topics", "unchecked", "không hỏi được Kafka về các chủ đề")])
    there = {name for name in facts.topics if not name.startswith("__")}
    wanted = {name + suffix for name, _ in concrete_topics(facts.agencies) for suffix in ("", DLQ)}

    def wrong() -> Iterator[Finding]:
        for name in sorted(wanted - there):
            yield Finding("topics", "error", f"thiếu chủ đề {name}; khởi động lại dịch vụ phát nó thì được tạo")
        for name in sorted(there - wanted):
            if not _is_of_an_agency(name):  # one that was registered earlier keeps its topics
                yield Finding("topics", "warning", f"có chủ đề lạ {name}, không dịch vụ nào đọc hay ghi")

    return _checked("topics", wrong(), f"đủ {len(wanted)} chủ đề, không có chủ đề lạ")


def _is_of_an_agency(name: str) -> bool:
    try:
        return AGENCY in topic_named(name.removesuffix(DLQ)).name
    except KeyError:
        return False


def _acls(facts: Facts) -> Iterator[Finding]:
    if facts.acls is None:
        return iter([Finding("acls", "unchecked", "không kiểm tra được quyền trên Kafka (cần THIDUA_KAFKA_USER)")])

    def wrong() -> Iterator[Finding]:
        for acl in facts.acls or ():
            if not _is_narrow(acl):
                text = f"{acl.principal} được {acl.operation} trên {acl.kind} {acl.name} ({acl.pattern}): quá rộng"
                yield Finding("acls", "error", text)

    return _checked("acls", wrong(), "các dịch vụ và mỗi cơ quan chỉ có những quyền cần thiết trên Kafka")


def _is_narrow(acl: Acl) -> bool:
    """Whether a right is one of the table, or of ``thidua agency add``: an agency's own inbox, answers and groups."""
    if acl.principal in map(principal, USERS):
        return acl in rights_of(acl.principal.removeprefix(principal("")))
    agency = acl.principal.removeprefix("User:agency.")
    if agency == acl.principal:
        return False
    granted = {("topic", topic.of(agency), "LITERAL") for topic in TOPICS if AGENCY in topic.name}
    operations = {f"inbox.{agency}.v1": "WRITE", f"outbox.{agency}.v1": "READ"}
    if (acl.kind, acl.name, acl.pattern) in granted:
        return acl.operation in (operations[acl.name], "DESCRIBE")
    return (acl.kind, acl.name, acl.pattern, acl.operation) == ("group", f"agency.{agency}.", "PREFIXED", "READ")


def _indexes(facts: Facts) -> Iterator[Finding]:
    if facts.indexes is None:
        return iter([Finding("indexes", "unchecked", "không hỏi được cơ sở dữ liệu về các chỉ mục")])
    there = facts.indexes

    def wrong() -> Iterator[Finding]:
        for service, own in INDEXES.items():
            for collection, fields in {**EVERY_SERVICE, **own}.items():
                for name in sorted(set(fields) - set(there.get(service, {}).get(collection, ()))):
                    text = f"{service}.{collection} thiếu chỉ mục {name}; khởi động lại {service} thì được tạo"
                    yield Finding("indexes", "error", text)

    return _checked("indexes", wrong(), "đủ các chỉ mục")


def _keys(facts: Facts) -> Iterator[Finding]:
    if facts.keys_end is None:
        return iter([Finding("keys", "unchecked", "không đọc được khóa truy cập của các cơ quan")])

    def wrong() -> Iterator[Finding]:
        for agency, end in sorted((facts.keys_end or {}).items()):
            if end <= facts.now:
                yield Finding("keys", "error", f"khóa của {agency} đã hết hạn, cơ quan không gửi được báo cáo qua HTTP")
            elif end - facts.now < KEY_WARNING:
                yield Finding("keys", "warning", f"khóa của {agency} còn {(end - facts.now).days} ngày")

    return _checked("keys", wrong(), f"khóa của {len(facts.keys_end)} cơ quan còn hạn")


def _calendar(facts: Facts) -> Iterator[Finding]:
    if facts.calendar_days < LEAST_CALENDAR_DAYS:
        yield Finding(
            "calendar", "warning", f"lịch ngày làm việc chỉ còn {facts.calendar_days} ngày, sau đó là dự kiến"
        )
    else:
        yield Finding("calendar", "ok", f"lịch ngày làm việc còn {facts.calendar_days} ngày")


def _plans(facts: Facts) -> Iterator[Finding]:
    if facts.plans_end is None:
        return iter([Finding("plans", "unchecked", "không đọc được các kế hoạch")])
    if not facts.plans_end:
        return iter([Finding("plans", "warning", "chưa công bố kế hoạch nào")])

    def wrong() -> Iterator[Finding]:
        for plan, end in sorted((facts.plans_end or {}).items()):
            if end < facts.today:
                yield Finding("plans", "warning", f"thời hạn cuối của kế hoạch {plan} đã qua từ ngày {ngay(end)}")

    return _checked("plans", wrong(), f"{len(facts.plans_end)} kế hoạch còn thời hạn")


def _disk(facts: Facts) -> Iterator[Finding]:
    if facts.free_disk is None:
        yield Finding("disk", "unchecked", "không biết ổ đĩa nào chứa dữ liệu (nêu --data)")
    else:
        level: Level = "error" if facts.free_disk < LEAST_FREE else "ok"
        yield Finding("disk", level, f"ổ đĩa của dữ liệu còn trống {facts.free_disk:.0%}")


def _backup(facts: Facts) -> Iterator[Finding]:
    if facts.backup_at is None:
        yield Finding("backup", "error", "chưa có bản sao lưu nào được ghi nhận")
    elif (age := facts.now - facts.backup_at) >= MOST_BACKUP_AGE:
        yield Finding("backup", "error", f"bản sao lưu gần nhất đã {age.days} ngày")
    else:
        yield Finding("backup", "ok", f"bản sao lưu gần nhất cách đây {age.total_seconds() / 3600:.0f} giờ")


CHECKS: Final[tuple[Callable[[Facts], Iterator[Finding]], ...]] = (
    *(_services, _releases, _clocks, _topics, _acls, _indexes),
    *(_keys, _calendar, _plans, _disk, _backup),
)
