"""What a calendar of deadlines shows: for an agency, and for the standing office."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime

from icalendar import Calendar

from services.notify.feeds.events import DutyStand, FeedEvent, Look, PlanSituation, agency_events, office_events
from services.notify.feeds.ical import calendar_file
from shared.contracts.plan import Plan
from shared.plans.duties import Duty, duties
from shared.plans.load import load_plan
from shared.plans.working_days import viet_nam
from tests.support.movement import register, s0, s1
from tests.support.provinces import THAI_BINH

TODAY = date(2023, 12, 1)
AT = datetime(2023, 12, 1, 2, tzinfo=UTC)
S3 = load_plan(THAI_BINH / "s3-52-kh-ubnd.yaml")
LOOK = Look(viet_nam(), "https://thidua.example/")


def received(duty: Duty) -> DutyStand:
    return DutyStand(duty, AT)


def situation(plan: Plan, stand: Callable[[Duty], DutyStand] = DutyStand, on: date = TODAY) -> PlanSituation:
    documents = {other.source.key: other.source for other in (s0(), s1(), S3)}
    return PlanSituation(plan, register(), documents, [stand(duty) for duty in duties(plan, register(), on)])


def one(events: Iterable[FeedEvent], day: date, beginning: str = "") -> FeedEvent:
    (match,) = (event for event in events if event.last == day and event.summary.startswith(beginning))
    return match


def test_an_agencys_deadline_is_on_its_last_permitted_day_with_its_ground_and_a_link() -> None:
    """09/12/2023 is a Saturday: the deadline stays, and the last working day is named."""
    event = one(agency_events(situation(S3), "so-y-te", LOOK), date(2023, 12, 9))
    assert event.first == event.last
    assert event.summary == (
        "Thời hạn: Báo cáo tình hình tổ chức thực hiện Phong trào thi đua (Kế hoạch số 52/KH-UBND)"
    )
    assert event.description.splitlines() == [
        "Thời hạn: trước ngày 10/12/2023 (chậm nhất hết ngày 09/12/2023).",
        "Trước thời hạn, ngày làm việc cuối cùng là thứ Sáu, 08/12/2023.",
        "Phong trào “Đẩy mạnh phát triển kết cấu hạ tầng đồng bộ, hiện đại; thực hành tiết kiệm, chống lãng phí”.",
        "Căn cứ: khoản 7 Mục VI, Mục V Kế hoạch số 52/KH-UBND ngày 04/4/2023 của Ủy ban nhân dân tỉnh.",
        "Nội dung phải báo cáo: https://thidua.example/cong/viec-can-lam/OB16/2023",
    ]
    assert event.link == "https://thidua.example/cong/viec-can-lam/OB16/2023"
    without = one(agency_events(situation(S3), "so-y-te", Look(viet_nam())), date(2023, 12, 9))
    assert (without.link, "http" in without.description) == (None, False)


def test_an_agency_sees_its_own_deadlines_and_nothing_else() -> None:
    """Each year of a movement of several years is an event of its own."""
    days = [event.last.year for event in agency_events(situation(S3), "so-y-te", LOOK) if event.last.month == 12]
    assert sorted(set(days)) == list(range(2023, 2031))
    assert {
        event.link and event.link.split("/")[-2] for event in agency_events(situation(s0()), "so-noi-vu", LOOK)
    } == {
        "OB05",
        "OB06",
        "OB11",
    }
    assert list(agency_events(situation(s0()), "khong-co", LOOK)) == []


def test_a_received_report_is_marked_and_an_extension_moves_the_event() -> None:
    """Its id stays, so that a subscriber's program moves the event instead of showing two."""
    day, later = date(2023, 12, 4), date(2023, 12, 8)

    def extended(duty: Duty) -> DutyStand:
        return DutyStand(duty.extended(later, AT) if duty.id == "OB06" else duty)

    plain = one(agency_events(situation(s0()), "so-noi-vu", LOOK), day, "Thời hạn: Tổng hợp, đánh giá kết quả công tác")
    done = one(
        agency_events(situation(s0(), received), "so-noi-vu", LOOK),
        day,
        "✓ Đã tiếp nhận: Tổng hợp, đánh giá kết quả công tác",
    )
    assert "Đã tiếp nhận đầy đủ lúc 09:00 ngày 01/12/2023." in done.description
    moved = one(agency_events(situation(s0(), extended), "so-noi-vu", LOOK), later)
    assert moved.summary.startswith("Thời hạn (đã gia hạn): ")
    assert moved.description.splitlines()[:2] == [
        "Thời hạn: trước ngày 05/12/2023 (chậm nhất hết ngày 04/12/2023).",
        "Gia hạn từ hết ngày 04/12/2023 đến hết ngày 08/12/2023.",
    ]
    assert plain.uid == done.uid == moved.uid
    assert plain.changed_at < done.changed_at == moved.changed_at == AT


def test_the_standing_office_sees_one_event_for_a_deadline_of_many_agencies() -> None:
    """Fifty-two events a day would hide all others; an agency with an extension has its own."""

    def stand(duty: Duty) -> DutyStand:
        if duty.id != "OB16-2023":
            return DutyStand(duty)
        if duty.owner == "so-y-te":
            return received(duty)
        return DutyStand(duty.extended(date(2023, 12, 20), AT) if duty.owner == "336" else duty)

    events = list(office_events(situation(S3, stand), LOOK))
    shared = one(events, date(2023, 12, 9))
    assert " Phong trào thi đua – 51 đơn vị, còn 50 chưa gửi (" in shared.summary
    assert "Chưa gửi: " in shared.description
    assert "Sở Y tế" not in shared.description
    assert "Sở Nội vụ" in shared.description
    alone = one(events, date(2023, 12, 20))
    assert " – Ủy ban nhân dân " in alone.summary
    assert "Chưa có đơn vị nào gửi." in one(events, date(2024, 12, 9)).description
    assert len({event.uid for event in events}) == len(events)
    all_in = one(office_events(situation(S3, received), LOOK), date(2023, 12, 9))
    assert all_in.summary.startswith("✓ Đã tiếp nhận: Báo cáo tình hình")
    assert "Chưa" not in all_in.description


def test_the_standing_office_sees_the_windows_of_the_sessions() -> None:
    events = list(office_events(situation(s1()), LOOK))
    session = one(events, date(2023, 3, 31), "Hội đồng họp: Phiên thứ Nhất")
    assert (session.first, session.summary) == (date(2023, 1, 1), "Hội đồng họp: Phiên thứ Nhất (thời gian dự kiến)")
    assert "Dự kiến từ ngày 01/01/2023 đến hết ngày 31/3/2023." in session.description
    assert "số thứ tự 6 Phụ lục Kế hoạch số 38/KH-HĐTĐKT" in session.description
    assert not [event for event in agency_events(situation(s1()), "ban-tdkt", LOOK) if "Hội đồng họp:" in event.summary]


def test_what_ended_before_the_plan_was_issued_is_in_no_calendar() -> None:
    """Tasks 1 to 9 of the year are history (A24)."""
    days = [event.last for event in office_events(situation(s1()), LOOK) if event.summary.startswith("Thời hạn")]
    assert min(days) > s1().source.issued


def test_a_calendar_is_the_same_bytes_until_something_changes() -> None:
    """The time of the request is not in it, so a program's copy stays good."""
    file = calendar_file("Lịch", "abc", office_events(situation(s0()), LOOK), "x.example")
    assert file == calendar_file("Lịch", "abc", office_events(situation(s0(), on=date(2023, 12, 2)), LOOK), "x.example")
    assert file != calendar_file("Lịch", "abc", office_events(situation(s0(), received), LOOK), "x.example")


def test_a_calendar_is_read_as_days_that_take_no_time() -> None:
    """A deadline on the 9th must not look like one on the 8th in another time zone, nor make anybody look busy."""
    calendar = Calendar.from_ical(
        calendar_file("Lịch", "abc", agency_events(situation(S3), "so-y-te", LOOK), "x.example")
    )
    assert str(calendar["X-WR-CALNAME"]) == "Lịch"
    (event,) = (event for event in calendar.events if event.start == date(2023, 12, 9))
    assert event.end == date(2023, 12, 10)
    assert (str(event["TRANSP"]), str(event["URL"]).endswith("/OB16/2023")) == ("TRANSPARENT", True)
    assert str(event["UID"]).endswith("@x.example")
    assert "\n" in str(event["DESCRIPTION"])
