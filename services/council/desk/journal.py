"""The journal: who did what and when, checked against the audit chain. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Final, NamedTuple

from services.council.desk.acts_done import KINDS, Act, Kind
from services.council.desk.addresses import with_query
from services.council.desk.session_lines import sentence
from services.council.paper_acts import ACTIONS, READ_SCAN
from shared.contracts.model import local
from shared.runtime.audit.hash_chain import SHORT_HASH_DIGITS, ChainFault, Entry, FaultKind, Head
from shared.wording.formats import gio_ngay, ngay

PATH: Final = "/nhat-ky"
PAGE_SIZE: Final = 50

_FAULTS: Final[Mapping[FaultKind, str]] = {
    FaultKind.ALTERED: "nội dung đã bị sửa",
    FaultKind.MISSING: "mục bị mất",
    FaultKind.OUT_OF_ORDER: "mục không nối với mục đứng trước",
    FaultKind.REWRITTEN: "mục khác với dấu kiểm toán đã công bố",
    FaultKind.SHORTER: "chuỗi ngắn hơn dấu kiểm toán đã công bố",
}
_OPERATIONS: Final = {
    "rebuild": "dựng lại dữ liệu từ các bản ghi",
    "replay a dead letter": "đưa trở lại một bản ghi chưa xử lý được",
    "discard a dead letter": "bỏ một bản ghi không xử lý được",
    "let dead letters through": "cho phép để riêng các bản ghi chưa xử lý được",
}


class Appended(NamedTuple):
    """An entry of the chain that a published message is in: its instant (UTC) and its number."""

    at: datetime
    n: int


@dataclass
class Chain:
    """What is known of an audit chain: its head, its first fault, the messages by topic and key, people's actions.

    ``messages`` also has the steps in the life of a paper by verb and object, because what they were is in the papers'
    records.
    """

    head: Head | None = None
    fault: ChainFault | None = None
    entries: int = 0
    messages: dict[tuple[str, str], list[Appended]] = field(default_factory=dict)
    actions: list[Act] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Take in the next entry, as ``shared.runtime.audit.trail`` describes it."""
        at, n = datetime.fromisoformat(str(entry["at"])), int(entry["_id"])
        self.entries = n
        verb, about = str(entry.get("verb", "")), str(entry.get("object", ""))
        if verb in ACTIONS.values() or verb == READ_SCAN:
            self.messages.setdefault((verb, about), []).append(Appended(at, n))
        if entry.get("what") == "act" and verb not in ACTIONS.values():
            self.actions.append(_action(entry, at))
        for line in entry.get("said", ()):
            topic, _, rest = line.partition(" ")
            appended = self.messages.setdefault((topic, rest.split(" ", 2)[-1]), [])
            if not appended or appended[-1].n != n:
                appended.append(Appended(at, n))

    def entry_of(self, act: Act) -> int | None:
        """The number of the first entry after an act with a message of its topic and key; None if there is none."""
        appended = self.messages.get((act.topic, act.key), [])
        place = bisect_left(appended, act.at, key=lambda one: one.at)
        return appended[place].n if place < len(appended) else None


def _action(entry: Entry, at: datetime) -> Act:
    if entry.get("verb") == READ_SCAN:
        words = f"Tải bản ký “{entry.get('reason', '')}” về đọc"
        return Act(at, str(entry.get("actor", "")), "van-ban", words, READ_SCAN, str(entry.get("object", "")))
    what = _OPERATIONS.get(str(entry.get("verb")), "việc vận hành khác")
    return Act(at, str(entry.get("actor", "")), "van-hanh", f"Vận hành: {what}")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader narrowed the journal to: a local day, a person, a kind, and which page, from 1."""

    day: date | None = None
    person: str = ""
    kind: str = ""
    page: int = 1


class Choice(NamedTuple):
    """One choice of a filter."""

    value: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class JournalRow:
    """An act: its local time, who, what kind, what. ``entry`` is its place in the chain, None before it is published.

    Acts of one person on one matter in the same minute are one row, whose ``lines`` say what was done.
    """

    time: str
    by: str
    kind: str
    words: str
    address: str
    entry: int | None
    operation: bool
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class JournalDay:
    """The rows of one local day."""

    day: date
    rows: Sequence[JournalRow]


@dataclass(frozen=True, slots=True)
class JournalView:
    """A page of the journal. ``chain`` says whether the chain checks out; ``stamp`` is its printed head."""

    first: str
    intact: bool
    stamp: str
    days: Sequence[Choice]
    persons: Sequence[Choice]
    kinds: Sequence[Choice]
    listed: Sequence[JournalDay]
    narrowed: bool
    earlier: str
    later: str


def journal(acts: Iterable[Act], chain: Chain, filters: Filters) -> JournalView:
    """A page of the journal, the latest acts first."""
    every = sorted([*acts, *chain.actions], key=lambda act: act.at)[::-1]
    days = list(dict.fromkeys(local(act.at).date() for act in every))
    wanted = [
        act
        for act in every
        if (filters.day is None or local(act.at).date() == filters.day)
        if not filters.person or act.by == filters.person
        if not filters.kind or act.kind == filters.kind
    ]
    pages = max(-(-len(wanted) // PAGE_SIZE), 1)
    page = min(max(filters.page, 1), pages)
    shown = wanted[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return JournalView(
        first=f"{_count_text(len(wanted), len(every))} {chain_text(chain)}",
        intact=chain.fault is None,
        stamp=stamp(chain.head),
        days=[Choice(day_value(day), ngay(day), day == filters.day) for day in days],
        persons=[Choice(name, name, name == filters.person) for name in sorted({act.by for act in every})],
        kinds=[Choice(kind, name, kind == filters.kind) for kind, name in KINDS.items()],
        listed=_by_day(shown, chain),
        narrowed=len(wanted) != len(every),
        earlier=_address(filters, page + 1) if page < pages else "",
        later=_address(filters, page - 1) if page > 1 else "",
    )


def _count_text(wanted: int, every: int) -> str:
    return f"{every} việc đã ghi." if wanted == every else f"{wanted} trên {every} việc đã ghi."


def chain_text(chain: Chain) -> str:
    """Whether the chain checks out, and where it does not."""
    if chain.fault is not None:
        where = f"mục số {chain.fault.n}: {_FAULTS[chain.fault.why]}"
        return f"Chuỗi nhật ký không nguyên vẹn, {where}. Cần báo người vận hành."
    if chain.head is None:
        return "Chuỗi nhật ký chưa có mục nào."
    at = gio_ngay(datetime.fromisoformat(chain.head.at))
    return f"Chuỗi nhật ký nguyên vẹn: {chain.head.n} mục, mục cuối lúc {at}."


def stamp(head: Head | None) -> str:
    """The printed head of the audit chain, which `thidua audit verify council --head` checks."""
    if head is None:
        return ""
    return f"số {head.n} · {head.hash[:SHORT_HASH_DIGITS]} · {ngay(local(datetime.fromisoformat(head.at)).date())}"


def day_value(day: date) -> str:
    """A day as the addresses of the journal have it: 05/12/2023."""
    return ngay(day)


def day_of_value(value: str) -> date | None:
    """The day of an address; None for any other text."""
    try:
        day, month, year = map(int, value.split("/"))
        return date(year, month, day)
    except ValueError:
        return None


def _address(filters: Filters, page: int) -> str:
    day = day_value(filters.day) if filters.day else None
    return with_query(PATH, ngay=day, nguoi=filters.person, loai=filters.kind, trang=str(page))


def _by_day(acts: Iterable[Act], chain: Chain) -> list[JournalDay]:
    """The rows of each day; neighbours that somebody did in one minute to one session are a row."""

    def matter(act: Act) -> tuple[str, ...]:
        alone = "" if act.address else act.words
        return f"{local(act.at):%H:%M}", act.by, act.kind, act.address, act.words.partition(": ")[0], alone

    return [
        JournalDay(day, [_row(list(group), chain) for _, group in groupby(of_day, matter)])
        for day, of_day in groupby(acts, lambda act: local(act.at).date())
    ]


def _row(acts: Sequence[Act], chain: Chain) -> JournalRow:
    kinds: Mapping[Kind, str] = KINDS
    act, entries = acts[0], {chain.entry_of(act) for act in acts}
    words, lines = act.words, tuple[str, ...]()
    if len(acts) > 1:
        words = act.words.partition(": ")[0]
        lines = tuple(sentence(other.words.removeprefix(f"{words}: ")) for other in acts)
    entry = None if None in entries else min(filter(None, entries), default=None)
    return JournalRow(
        f"{local(act.at):%H:%M}", act.by, kinds[act.kind], words, act.address, entry, act.kind == "van-hanh", lines
    )
