"""The journal: who did what and when, narrowed, paged, and checked against the audit chain."""

from __future__ import annotations

from datetime import UTC, date, timedelta

from services.council.desk.acts_done import Act, acts_of
from services.council.desk.journal import (
    PAGE_SIZE,
    Chain,
    Filters,
    JournalRow,
    JournalView,
    day_of_value,
    day_value,
    journal,
)
from services.council.desk.records import Records
from shared.contracts.sessions import Step
from shared.contracts.topics import AGENDAS
from shared.runtime.audit.hash_chain import START, Checker, Entry, Head, next_entry
from tests.support.agendas import NOW
from tests.support.desk_data import session, step, subjects

KEY = "thai-binh/38-kh-hdtdkt-2023/P4"


def rows_of(view: JournalView) -> list[JournalRow]:
    return [row for listed in view.listed for row in listed.rows]


def entries(*contents: dict[str, object]) -> list[Entry]:
    """A chain with these contents, a minute apart."""
    head, made = START, list[Entry]()
    for n, content in enumerate(contents):
        at = (NOW + timedelta(minutes=n)).astimezone(UTC).isoformat(timespec="microseconds")
        made.append(next_entry({**content, "at": at}, head))
        head = Head.of(made[-1])
    return made


def chain_of(*made: Entry, checker: Checker | None = None) -> Chain:
    """The chain as it is read: up to the first fault."""
    chain, checker = Chain(), checker or Checker()
    for entry in made:
        if (fault := checker.check(entry)) is not None:
            chain.fault = fault
            return chain
        chain.add(entry)
    chain.fault, chain.head = checker.end(), checker.head
    return chain


PUBLISHED: dict[str, object] = {"what": "said", "said": [f"{AGENDAS.name} id digest {KEY}"]}
REBUILT: dict[str, object] = {
    **{"what": "act", "actor": "van-hanh-1", "verb": "rebuild"},
    **{"object": "council", "reason": "3 differences"},
}


def acts(*steps: Step) -> list[Act]:
    return acts_of([session(steps=steps)], Records(), subjects())


def test_an_act_names_its_place_in_the_chain_or_that_it_has_none() -> None:
    """The chain has an entry for what is published after the act."""
    chain = chain_of(*entries(PUBLISHED, REBUILT, PUBLISHED))
    first, second, third = (
        step("head", NOW),
        step("freeze", NOW + timedelta(seconds=90)),
        step("start", NOW + timedelta(hours=1)),
    )
    view = journal(acts(first, second, third), chain, Filters())
    assert [(row.words, row.entry) for row in rows_of(view)] == [
        ("Phiên tổng kết: bắt đầu phiên họp", None),
        ("Phiên tổng kết: chốt chương trình", 3),
        ("Vận hành: dựng lại dữ liệu từ các bản ghi", None),
        ("Phiên tổng kết: sửa thông tin phiên họp", 1),
    ]


def test_the_page_states_whether_the_chain_checks_out_and_where_it_does_not() -> None:
    """An altered entry, a lost one, and an end that is cut off."""
    made = entries(PUBLISHED, REBUILT, PUBLISHED)
    assert journal([], chain_of(*made), Filters()).first == (
        "1 việc đã ghi. Chuỗi nhật ký nguyên vẹn: 3 mục, mục cuối lúc 09:02 ngày 20/12/2023."
    )
    altered = {**made[1], "actor": "nguoi-khac"}
    faults = [
        journal([], chain, Filters())
        for chain in (
            chain_of(made[0], altered, made[2]),
            chain_of(made[0], made[2]),
            chain_of(*made[:2], checker=Checker([Head.of(made[2])])),
        )
    ]
    assert [view.first.partition(". ")[2] for view in faults] == [
        "Chuỗi nhật ký không nguyên vẹn, mục số 2: nội dung đã bị sửa. Cần báo người vận hành.",
        "Chuỗi nhật ký không nguyên vẹn, mục số 2: mục bị mất. Cần báo người vận hành.",
        "Chuỗi nhật ký không nguyên vẹn, mục số 3: chuỗi ngắn hơn dấu kiểm toán đã công bố. Cần báo người vận hành.",
    ]
    assert not any(view.intact for view in faults)
    assert journal([], Chain(), Filters()).first == "0 việc đã ghi. Chuỗi nhật ký chưa có mục nào."


def test_the_journal_is_narrowed_by_day_person_and_kind() -> None:
    """What it can be narrowed to is what there is."""
    steps = (step("head", NOW - timedelta(days=1), "Lãnh đạo Ban"), step("freeze", NOW), step("start", NOW))
    every = journal(acts(*steps), chain_of(*entries(REBUILT)), Filters())
    assert [choice.name for choice in every.days] == ["20/12/2023", "19/12/2023"]
    assert [choice.name for choice in every.persons] == ["Lãnh đạo Ban", "Thư ký Hội đồng", "van-hanh-1"]
    narrowed = [
        journal(acts(*steps), chain_of(*entries(REBUILT)), filters)
        for filters in (Filters(day=date(2023, 12, 19)), Filters(person="Thư ký Hội đồng"), Filters(kind="van-hanh"))
    ]
    assert [(len(rows_of(view)), view.narrowed) for view in narrowed] == [(1, True), (1, True), (1, True)]
    assert narrowed[0].first.startswith("1 trên 4 việc đã ghi.")
    assert day_of_value(day_value(date(2023, 12, 5))) == date(2023, 12, 5)
    assert day_of_value("05/12") is None


def test_the_journal_is_paged_and_each_page_keeps_the_filter() -> None:
    """A page past the end is the last one."""
    steps = [step("head", NOW + timedelta(minutes=n)) for n in range(PAGE_SIZE + 1)]
    pages = [journal(acts(*steps), Chain(), Filters(person="Thư ký Hội đồng", page=page)) for page in (1, 2, 9)]
    assert [len(rows_of(view)) for view in pages] == [PAGE_SIZE, 1, 1]
    person = "nguoi=Th%C6%B0+k%C3%BD+H%E1%BB%99i+%C4%91%E1%BB%93ng"
    assert (pages[0].earlier, pages[0].later) == (f"/nhat-ky?{person}&trang=2", "")
    assert (pages[1].earlier, pages[1].later) == ("", f"/nhat-ky?{person}&trang=1")


def test_what_one_person_did_to_a_session_in_one_minute_is_one_row_with_one_link() -> None:
    """Seventeen outcomes that are entered one after the other are one matter; each is said, below its day."""
    steps = [step("outcome", NOW + timedelta(seconds=n), reason=f"căn cứ {n}") for n in range(3)]
    steps.append(step("outcome", NOW + timedelta(minutes=2)))
    view = journal(acts(*steps), Chain(), Filters())
    assert [listed.day for listed in view.listed] == [NOW.date()]
    later, outcomes = rows_of(view)
    assert (later.words, later.lines) == ("Phiên tổng kết: ghi kết quả", ())
    assert (outcomes.words, outcomes.address) == ("Phiên tổng kết", f"/phien/{KEY}")
    assert outcomes.lines == tuple(f"Ghi kết quả; lý do: căn cứ {n}" for n in (2, 1, 0))
