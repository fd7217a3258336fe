"""Members are invited at the freeze, reminded before the sitting, and told once of a change or a cancellation."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta

import pytest

from services.notify.sittings import Session, due_messages, reminder_days
from shared.contracts.invitations import Invitation
from shared.contracts.model import VIETNAM
from shared.contracts.sessions import Member, SessionHead
from shared.plans.working_days import viet_nam
from tests.support.movement import s1
from tests.support.provinces import OFFICE

MEMBERS = (
    Member(id="tv-1", role="chair", office="Chủ tịch Ủy ban nhân dân tỉnh"),
    Member(id="tv-2", role="member", office="Giám đốc Sở Nội vụ", unit="so-noi-vu"),
    Member(id="tv-3", role="member", office="Chủ tịch Hội Nông dân tỉnh"),
)
THURSDAY = date(2023, 12, 21)


def at(day: date, hour: int = 8, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), VIETNAM)


def session(
    day: date | None = THURSDAY, hour: int = 14, place: str | None = "Phòng họp số 1", **more: object
) -> Session:
    head = SessionHead(day=day, at=time(hour), place=place, chair="tv-1", members=MEMBERS)
    given = {"id": "P2", "plan": s1().ref, "name": "Phiên thứ Hai", "version": 1, "phase": "frozen", "head": head}
    return Session.model_validate({**given, **more})


class Told:
    """The messages of a session, kept in memory, as notify keeps them in its database."""

    def __init__(self) -> None:
        self.by_member: dict[str, list[Invitation]] = defaultdict(list)

    def at(self, of: Session, now: datetime) -> list[tuple[str, str]]:
        """The members told at an instant, each with the kind of the message. A second look tells nobody anything."""
        due = due_messages(of, self.by_member, OFFICE, time(8), viet_nam(), now)
        ids = {message.id for messages in self.by_member.values() for message in messages}
        assert not ids & {message.id for message in due}
        for message in due:
            self.by_member[message.member].append(message)
        assert due_messages(of, self.by_member, OFFICE, time(8), viet_nam(), now) == []
        return [(message.member, message.kind) for message in due]

    def days(self, of: Session, first: date, last: date) -> list[tuple[date, str]]:
        """The days on which the second member is told something, looking at each hour from the first to the last."""
        found: list[tuple[date, str]] = []
        now = at(first, 0)
        while now.date() <= last:
            found += [(now.date(), kind) for member, kind in self.at(of, now) if member == "tv-2"]
            now += timedelta(hours=1)
        return found


def test_members_are_invited_when_the_agenda_is_frozen_and_not_before() -> None:
    told = Told()
    for phase in ("planned", "drafted"):
        assert told.at(session(phase=phase), at(date(2023, 12, 1))) == []
    assert told.at(session(), at(date(2023, 12, 1), 20)) == [("tv-1", "invitation"), ("tv-2", "invitation")]
    chair, member = told.by_member["tv-1"][0], told.by_member["tv-2"][0]
    assert (chair.recipient, chair.role) == (OFFICE, "chair")
    assert (member.recipient, member.role, member.office) == ("so-noi-vu", "member", "Giám đốc Sở Nội vụ")
    assert member.chair == "Chủ tịch Ủy ban nhân dân tỉnh"


@pytest.mark.parametrize("head", [{"day": None}, {"place": None}, {"form": "written"}])
def test_nobody_is_invited_while_day_or_place_is_open_or_where_there_is_no_sitting(head: dict[str, object]) -> None:
    form = head.pop("form", "meeting")
    assert Told().at(session(**head, form=form), at(date(2023, 12, 1))) == []  # type: ignore[arg-type]


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
    told = Told()
    sitting = session(day)
    assert told.at(sitting, at(day - timedelta(days=20))) != []
    found = told.days(sitting, day - timedelta(days=19), day + timedelta(days=2))
    assert found == [(on, "reminder") for on in expected]
    assert [on for on, _ in found] == reminder_days(day, viet_nam())


def test_who_was_invited_on_a_day_of_a_reminder_or_later_is_not_reminded_of_it() -> None:
    told = Told()
    told.at(session(), at(date(2023, 12, 18), 7))
    assert told.days(session(), date(2023, 12, 18), THURSDAY) == [(date(2023, 12, 20), "reminder")]
    late = Told()
    late.at(session(), at(date(2023, 12, 20), 16))
    assert late.days(session(), date(2023, 12, 20), THURSDAY) == []


def test_a_reminder_that_was_missed_is_sent_late_once_and_not_after_the_sitting_has_begun() -> None:
    told = Told()
    told.at(session(), at(date(2023, 12, 1)))
    assert told.at(session(), at(THURSDAY, 9)) == [("tv-1", "reminder"), ("tv-2", "reminder")]
    other = Told()
    other.at(session(), at(date(2023, 12, 1)))
    assert other.at(session(), at(THURSDAY, 14)) == []


def test_a_changed_day_hour_or_place_is_told_once_and_reminders_follow_the_new_day() -> None:
    told = Told()
    told.at(session(), at(date(2023, 12, 1)))
    moved = session(date(2023, 12, 28))
    assert told.at(moved, at(date(2023, 12, 19))) == [("tv-1", "change"), ("tv-2", "change")]
    change = told.by_member["tv-2"][-1]
    assert change.before is not None
    assert (change.before.day, change.sitting.day, change.nth) == (THURSDAY, date(2023, 12, 28), 1)
    assert told.at(session(date(2023, 12, 28), place="Hội trường lớn"), at(date(2023, 12, 20)))[0][1] == "change"
    assert told.by_member["tv-2"][-1].nth == 2
    hall = session(date(2023, 12, 28), place="Hội trường lớn")
    assert told.days(hall, date(2023, 12, 20), date(2023, 12, 28)) == [
        (date(2023, 12, 25), "reminder"),
        (date(2023, 12, 27), "reminder"),
    ]
    assert told.by_member["tv-2"][-1].follows == tuple(message.id for message in told.by_member["tv-2"][:-1])


def test_a_day_that_goes_back_to_what_it_was_is_told_again() -> None:
    told = Told()
    told.at(session(), at(date(2023, 12, 1)))
    told.at(session(date(2023, 12, 28)), at(date(2023, 12, 4)))
    assert told.at(session(), at(date(2023, 12, 5))) == [("tv-1", "change"), ("tv-2", "change")]


def test_a_cancelled_session_is_told_once_with_its_reason_to_those_who_were_invited() -> None:
    told = Told()
    told.at(session(), at(date(2023, 12, 1)))
    cancelled = session(phase="cancelled", reason="Gộp với phiên thứ Ba")
    assert told.days(cancelled, date(2023, 12, 19), THURSDAY) == [(date(2023, 12, 19), "cancellation")]
    assert told.by_member["tv-1"][-1].reason == "Gộp với phiên thứ Ba"
    assert Told().at(cancelled, at(date(2023, 12, 19))) == []


def test_nothing_is_sent_about_a_session_that_is_over_or_was_frozen_after_its_day() -> None:
    """A notify that is started later reads every agenda from the beginning."""
    assert Told().at(session(), at(date(2024, 3, 1))) == []
    assert Told().at(session(phase="closed"), at(date(2023, 12, 1))) == []
    told = Told()
    told.at(session(), at(date(2023, 12, 1)))
    assert told.at(session(phase="cancelled"), at(date(2023, 12, 22))) == []


def test_a_member_who_joins_later_or_gets_a_unit_is_invited_then_alone() -> None:
    told = Told()
    told.at(session(), at(date(2023, 12, 1)))
    members = (*MEMBERS[:2], MEMBERS[2].model_copy(update={"unit": "hoi-nong-dan"}))
    head = SessionHead(day=THURSDAY, at=time(14), place="Phòng họp số 1", chair="tv-1", members=members)
    assert told.at(session(head=head), at(date(2023, 12, 5))) == [("tv-3", "invitation")]


def test_a_member_whose_time_is_over_on_the_day_is_not_invited() -> None:
    ended = MEMBERS[1].model_copy(update={"last": date(2023, 12, 20)})
    head = SessionHead(day=THURSDAY, at=time(14), place="Phòng họp số 1", chair="tv-1", members=(MEMBERS[0], ended))
    assert Told().at(session(head=head), at(date(2023, 12, 1))) == [("tv-1", "invitation")]
