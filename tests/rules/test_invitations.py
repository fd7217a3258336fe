"""Members are invited at the freeze, reminded before the sitting, and notified once of a change or a cancellation."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from services.notify.sittings import reminder_days
from shared.contracts.sessions import SessionHead
from shared.plans.working_days import viet_nam
from tests.support.inviting import MEMBERS, SITTING, Notified, at, session
from tests.support.provinces import OFFICE


def test_members_are_invited_when_the_agenda_is_frozen_and_not_before() -> None:
    notified = Notified()
    for phase in ("planned", "drafted"):
        assert notified.at(session(phase=phase), at(date(2023, 12, 1))) == []
    assert notified.at(session(), at(date(2023, 12, 1), 20)) == [("tv-1", "invitation"), ("tv-2", "invitation")]
    chair, member = notified.by_member["tv-1"][0], notified.by_member["tv-2"][0]
    assert (chair.recipient, chair.role) == (OFFICE, "chair")
    assert (member.recipient, member.role, member.office) == ("so-noi-vu", "member", "Giám đốc Sở Nội vụ")
    assert member.chair == "Chủ tịch Ủy ban nhân dân tỉnh"


@pytest.mark.parametrize("head", [{"day": None}, {"place": None}, {"form": "written"}])
def test_nobody_is_invited_while_day_or_place_is_open_or_where_there_is_no_sitting(head: dict[str, object]) -> None:
    form = head.pop("form", "meeting")
    assert Notified().at(session(**head, form=form), at(date(2023, 12, 1))) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2023, 12, 21), [date(2023, 12, 18), date(2023, 12, 20)]),  # Thursday: Monday and Wednesday
        (date(2023, 12, 18), [date(2023, 12, 15)]),  # Monday: both are the Friday before
        (date(2023, 12, 19), [date(2023, 12, 15), date(2023, 12, 18)]),  # Tuesday: the third day before is a Saturday
        (date(2024, 2, 15), [date(2024, 2, 7)]),  # the first day after Tết 2024
        (date(2024, 2, 19), [date(2024, 2, 16)]),  # the Monday after
        (date(2024, 5, 2), [date(2024, 4, 26)]),  # after 30/4 and 1/5, with the swap of Monday 29/4
    ],
)
def test_members_are_reminded_three_days_and_one_working_day_before(day: date, expected: list[date]) -> None:
    notified = Notified()
    sitting = session(day)
    assert notified.at(sitting, at(day - timedelta(days=20))) != []
    sent = notified.days(sitting, day - timedelta(days=19), day + timedelta(days=2))
    assert sent == [(on, "reminder") for on in expected]
    assert [on for on, _ in sent] == reminder_days(day, viet_nam())


def test_who_was_invited_on_a_day_of_a_reminder_or_later_is_not_reminded_of_it() -> None:
    notified = Notified()
    notified.at(session(), at(date(2023, 12, 18), 7))
    assert notified.days(session(), date(2023, 12, 18), SITTING) == [(date(2023, 12, 20), "reminder")]
    late = Notified()
    late.at(session(), at(date(2023, 12, 20), 16))
    assert late.days(session(), date(2023, 12, 20), SITTING) == []


def test_a_reminder_that_was_missed_is_sent_late_once_and_not_after_the_sitting_has_begun() -> None:
    notified = Notified()
    notified.at(session(), at(date(2023, 12, 1)))
    assert notified.at(session(), at(SITTING, 9)) == [("tv-1", "reminder"), ("tv-2", "reminder")]
    assert notified.by_member["tv-2"][-1].due_at == at(date(2023, 12, 20))
    other = Notified()
    other.at(session(), at(date(2023, 12, 1)))
    assert other.at(session(), at(SITTING, 14)) == []


def test_a_changed_day_hour_or_place_is_notified_once_and_reminders_follow_the_new_day() -> None:
    notified = Notified()
    notified.at(session(), at(date(2023, 12, 1)))
    moved = session(date(2023, 12, 28))
    assert notified.at(moved, at(date(2023, 12, 19))) == [("tv-1", "change"), ("tv-2", "change")]
    change = notified.by_member["tv-2"][-1]
    assert change.before is not None
    assert (change.before.day, change.sitting.day, change.nth) == (SITTING, date(2023, 12, 28), 1)
    assert notified.at(session(date(2023, 12, 28), place="Hội trường lớn"), at(date(2023, 12, 20)))[0][1] == "change"
    assert notified.by_member["tv-2"][-1].nth == 2
    hall = session(date(2023, 12, 28), place="Hội trường lớn")
    assert notified.days(hall, date(2023, 12, 20), date(2023, 12, 28)) == [
        (date(2023, 12, 25), "reminder"),
        (date(2023, 12, 27), "reminder"),
    ]
    assert notified.by_member["tv-2"][-1].follows == tuple(message.id for message in notified.by_member["tv-2"][:-1])


def test_a_day_that_goes_back_to_what_it_was_is_notified_again() -> None:
    notified = Notified()
    notified.at(session(), at(date(2023, 12, 1)))
    notified.at(session(date(2023, 12, 28)), at(date(2023, 12, 4)))
    assert notified.at(session(), at(date(2023, 12, 5))) == [("tv-1", "change"), ("tv-2", "change")]


def test_a_cancelled_session_is_notified_once_with_its_reason_to_those_who_were_invited() -> None:
    notified = Notified()
    notified.at(session(), at(date(2023, 12, 1)))
    cancelled = session(phase="cancelled", reason="Gộp với phiên thứ Ba")
    assert notified.days(cancelled, date(2023, 12, 19), SITTING) == [(date(2023, 12, 19), "cancellation")]
    assert notified.by_member["tv-1"][-1].reason == "Gộp với phiên thứ Ba"
    assert Notified().at(cancelled, at(date(2023, 12, 19))) == []


def test_nothing_is_sent_about_a_session_that_is_over_or_was_frozen_after_its_day() -> None:
    """A notify that is started later reads every agenda from the beginning."""
    assert Notified().at(session(), at(date(2024, 3, 1))) == []
    assert Notified().at(session(phase="closed"), at(date(2023, 12, 1))) == []
    notified = Notified()
    notified.at(session(), at(date(2023, 12, 1)))
    assert notified.at(session(phase="cancelled"), at(date(2023, 12, 22))) == []


def test_a_member_who_joins_later_or_gets_a_unit_is_invited_then_alone() -> None:
    notified = Notified()
    notified.at(session(), at(date(2023, 12, 1)))
    members = (*MEMBERS[:2], MEMBERS[2].model_copy(update={"unit": "hoi-nong-dan"}))
    head = SessionHead(day=SITTING, at=time(14), place="Phòng họp số 1", chair="tv-1", members=members)
    assert notified.at(session(head=head), at(date(2023, 12, 5))) == [("tv-3", "invitation")]


def test_a_member_whose_time_is_over_on_the_day_is_not_invited() -> None:
    ended = MEMBERS[1].model_copy(update={"last": date(2023, 12, 20)})
    head = SessionHead(day=SITTING, at=time(14), place="Phòng họp số 1", chair="tv-1", members=(MEMBERS[0], ended))
    assert Notified().at(session(head=head), at(date(2023, 12, 1))) == [("tv-1", "invitation")]
