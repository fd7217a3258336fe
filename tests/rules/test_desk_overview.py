"""The first page of the desk: what must be done now, what has changed, who is late, the year."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from services.council.desk.acts_done import acts_of
from services.council.desk.overview import calendar_warning, overview
from services.council.desk.records import Records
from services.council.desk.reporting import late_reports, report_rows, reported
from services.council.state import StoredDecisions
from shared.contracts.council import ChangeCause, Decision, ItemChange, Judgement
from shared.contracts.model import VIETNAM, Tier, Verdict
from shared.contracts.people import Person
from shared.plans.working_days import WorkingDays
from shared.wording.unit_names import full_name
from tests.support.agendas import FIRST, MOVEMENT, NOW, SECOND, THIRD, in_full, lists
from tests.support.desk_data import HEAD, SECRETARY, items, overview_data, session, step, subjects
from tests.support.movement import register, s0

TODAY = NOW.date()


def test_the_first_sentences_name_the_next_session_the_late_reports_and_the_changes() -> None:
    """The movement's reports were due in December; none came."""
    view = overview(overview_data([session(items(), head=HEAD)]))
    late = sum(len(row.owners) for row in view.late)
    assert view.first == [
        "Phiên tổng kết họp 08:00 ngày 21/12/2023: còn thiếu 1 việc.",
        f"{late} báo cáo chậm.",
        "Trong 7 ngày qua: không có thay đổi.",
    ]
    assert view.session == ("Phiên tổng kết", "/phien/thai-binh/38-kh-hdtdkt-2023/P4")
    assert [need.words for need in view.needs] == [
        "Chưa chốt chương trình: 1 nội dung chưa được đánh số.",
        f"{late} báo cáo chậm.",
    ]


def test_a_member_reads_first_that_the_invitation_waits_for_an_answer() -> None:
    """The page named what the secretary had to do, and the way to the form was three links long."""
    member = Person("tv-2", "Ủy viên", "member")
    frozen = session(items(), "frozen", head=HEAD)
    first, *_ = overview(replace(overview_data([frozen]), person=member)).needs
    assert (first.words, first.address) == ("Chưa trả lời dự họp.", f"/phien/{frozen.id}/thanh-vien")
    assert "Chưa trả lời dự họp." not in [need.words for need in overview(overview_data([frozen])).needs]


def test_with_nothing_to_do_the_page_states_so_and_what_comes_next() -> None:
    """Every report is in; the session has been closed with its minutes."""
    closed = session(items(), "closed", steps=(step("draft_minutes"), step("approve_minutes")))
    view = overview(overview_data([closed], in_full(), looked_at=NOW, now=NOW + timedelta(minutes=1)))
    assert view.first == [
        "Hiện không có việc phải làm.",
        "Không có cơ quan nào chậm gửi.",
        "Từ lần xem trước: không có thay đổi.",
    ]
    assert (view.session, view.needs, view.late) == (None, [], [])
    early = overview(overview_data(now=datetime(2023, 11, 1, 8, tzinfo=VIETNAM)))
    first = "Hiện không có việc phải làm. Việc tiếp theo: "
    assert early.first[0].startswith(first)
    assert "trước ngày 05/12/2023 (chậm nhất hết ngày 04/12/2023)." in early.first[0]


def test_what_an_earlier_session_left_undone_is_named_with_it() -> None:
    """One that nobody recorded, and one that is closed without minutes."""
    missed = session(items(), "planned", "Phiên thứ Ba", session="P3", window_over=True)
    closed = session(items(), "closed", "Phiên thứ Hai", session="P2")
    view = overview(overview_data([missed, closed, session(items(), head=HEAD)]))
    assert [need.words for need in view.needs[1:-1]] == [
        "Phiên thứ Ba: quá thời gian dự kiến, chưa ghi nhận đã họp.",
        "Phiên thứ Hai: biên bản chưa lập.",
    ]


def test_late_reports_are_counted_in_calendar_days_and_an_extension_moves_the_day() -> None:
    """OB01 was due by 04/12; on 20/12 it is 16 days late, or 12 with four days more."""
    rows = reported([s0()], register(), frozenset(), {}, TODAY)
    late = {entry.what: entry for entry in late_reports(rows, TODAY)}
    first = next(row for row in rows if row.duty.obligation == "OB01")
    entry = late[first.duty.what]
    assert (entry.days, entry.plan, entry.last_day) == (16, "Kế hoạch số 46/KH-UBND", date(2023, 12, 4))
    assert entry.owners[0] == "vp-ubnd-tinh"
    more = {(MOVEMENT, first.duty.id, first.duty.account): date(2023, 12, 8)}
    extended = reported([s0()], register(), frozenset(), more, TODAY)
    days = {entry.last_day: entry.days for entry in late_reports(extended, TODAY) if entry.what == first.duty.what}
    assert days[date(2023, 12, 8)] == 12
    assert not late_reports(reported([s0()], register(), frozenset(in_full()), {}, TODAY), TODAY)
    assert not late_reports(reported([s0()], register(), frozenset(), {}, date(2023, 12, 4)), date(2023, 12, 4))


def test_who_has_reported_is_counted_by_duty_in_the_order_of_its_day() -> None:
    """The picture and the table say the same."""
    rows = reported([s0()], register(), frozenset(in_full()[:1]), {}, TODAY)
    counted = report_rows(rows, 2023, TODAY)
    assert [row.last_day for row in counted] == sorted(row.last_day for row in counted)
    assert sum(row.received for row in counted) == 1
    assert all(row.expected == row.received + row.late for row in counted if row.last_day < TODAY)
    view = overview(overview_data(complete=in_full()))
    assert view.bars.words.startswith(f"Đã nhận {sum(row.expected for row in view.expected)} trên ")
    assert view.line.words.startswith("Năm 2023: ")


def test_the_changes_are_those_of_others_since_the_reader_looked() -> None:
    """The reader's own acts are no news; a change of a fixed list is, with its cause."""
    agenda = items(lists("C1", (FIRST,)))
    at = NOW + timedelta(hours=1)
    cause = ChangeCause(event="e", report="2/BC-CAT", by="cong-an-tinh", at=at, version=1)
    agenda[1] = agenda[1].model_copy(
        update={"changed": True, "change": ItemChange(entered=(SECOND,), since=at, because=(cause,))}
    )
    steps = (
        step("head", NOW - timedelta(hours=1), "Lãnh đạo Ban"),
        step("freeze", NOW + timedelta(minutes=5), SECRETARY.name),
        step("add", NOW + timedelta(minutes=9), "Lãnh đạo Ban", item=agenda[0].id, reason="Công văn số 5"),
    )
    stored = session(agenda, "frozen", steps=steps)
    view = overview(overview_data([stored], looked_at=NOW, now=NOW + timedelta(hours=2)))
    assert view.since == "Lần xem trước: 09:00 ngày 20/12/2023. Không kể việc của người đang đăng nhập."
    assert [(row.by, row.words) for row in view.changes] == [
        (
            "",
            f"Phiên tổng kết, nội dung số 2: số liệu đã thay đổi từ ngày 20/12/2023: vào: "
            f"{full_name(register(), SECOND)}; vì báo cáo số 2/BC-CAT của Công an tỉnh, "
            "tiếp nhận lúc 10:00 ngày 20/12/2023",
        ),
        ("Lãnh đạo Ban", f"Phiên tổng kết: thêm nội dung “{agenda[0].title}”; căn cứ: Công văn số 5"),
    ]


def test_units_judged_or_decided_at_once_are_one_act() -> None:
    """Many names are cut after six."""
    at = NOW.astimezone(UTC)
    common = {"movement": MOVEMENT, "plan": s0().ref, "register_version": 1, "tier": Tier.SO, "page": 0, "version": 1}
    units = [unit.code for unit in register().of_tier(Tier.SO, TODAY)][:8]
    judgements = [
        Judgement.model_validate(
            {**common, "unit": unit, "criterion": "hoan-thanh-xuat-sac", "verdict": Verdict.PASS}
            | {"reason": "Họp ngày 15/12", "by": "Lãnh đạo Ban", "at": at}
        )
        for unit in units
    ]
    decisions = {
        ("C1", unit): Decision.model_validate(
            {**common, "award": "C1", "subject": unit, "unit": unit, "status": "granted", "computed": None}
            | {"departs": False, "by": "Thư ký", "at": at + timedelta(minutes=1)}
        )
        for unit in (FIRST, SECOND)
    }
    records = Records({MOVEMENT: s0()}, {MOVEMENT: StoredDecisions("", 1, decisions)}, {}, {MOVEMENT: judgements})
    judged, decided = acts_of([], records, subjects())
    assert judged.words.startswith("Ý kiến thẩm định về tiêu chuẩn “")
    assert "”: đạt; 8 trường hợp (" in judged.words
    assert judged.words.endswith("; và 2 trường hợp khác); lý do: Họp ngày 15/12")
    name = next(award.name for award in s0().awards if award.id == "C1")
    names = "; ".join(full_name(register(), unit) for unit in (FIRST, SECOND))
    assert decided.words == f"Thống nhất đề nghị tặng {name}: 2 trường hợp ({names})"
    assert THIRD not in decided.words


def test_the_end_of_the_calendar_is_a_warning_to_those_who_can_mend_it() -> None:
    """Sixty days ahead, on the desk of the secretary and of the operator."""
    calendar = WorkingDays({}, date(2023, 12, 31))
    sentence = (
        "Lịch ngày làm việc chỉ có căn cứ đến hết ngày 31/12/2023, còn 11 ngày: cần bổ sung ngày nghỉ và ngày làm bù "
        "của năm sau để thời hạn và lịch nhắc đúng."
    )
    assert calendar_warning(calendar, SECRETARY, TODAY) == sentence
    assert calendar_warning(calendar, Person("p2", "An", "operator"), TODAY) == sentence
    assert not calendar_warning(calendar, Person("p3", "Bình", "viewer"), TODAY)
    assert not calendar_warning(calendar, SECRETARY, date(2023, 11, 1))
    assert ", đã hết: " in calendar_warning(calendar, SECRETARY, date(2024, 1, 1))
