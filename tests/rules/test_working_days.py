"""Which days are worked in Viet Nam, and what follows for reminders."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.contracts.plan import Plan
from shared.contracts.programme import Reminders
from shared.plans.deadlines import stages
from shared.plans.working_days import CalendarDay, CalendarFile, WorkingDays, viet_nam
from tests.support.movement import s0

OFF = (
    *((2023, 1, 2), (2023, 1, 20), (2023, 1, 26), (2023, 5, 2), (2023, 5, 3), (2023, 9, 1), (2023, 9, 4)),
    *((2024, 2, 8), (2024, 2, 9), (2024, 2, 12), (2024, 2, 13), (2024, 2, 14), (2024, 4, 29)),
    *((2025, 1, 27), (2025, 1, 31), (2025, 5, 2), (2025, 9, 1), (2025, 9, 2)),
    *((2026, 1, 2), (2026, 2, 16), (2026, 2, 20), (2026, 4, 27), (2026, 8, 31), (2026, 11, 24)),
)
WORKED = ((2024, 5, 4), (2025, 4, 26), (2026, 1, 10), (2026, 8, 22), (2024, 2, 7), (2024, 2, 15), (2023, 12, 29))


def reminders(plan: Plan) -> Reminders:
    assert plan.reminders is not None
    return plan.reminders


def days_of(last_day: date) -> dict[str, date]:
    return {stage.name: stage.at.date() for stage in stages(last_day, reminders(s0()), viet_nam())}


@pytest.mark.parametrize("day", OFF)
def test_public_holidays_and_their_swaps_are_off(day: tuple[int, int, int]) -> None:
    """All of them are between Monday and Friday."""
    assert not viet_nam().is_working_day(date(*day))
    assert date(*day).weekday() < 5


@pytest.mark.parametrize("day", WORKED)
def test_swapped_saturdays_and_the_days_around_tet_are_worked(day: tuple[int, int, int]) -> None:
    """The Saturdays make up for a day off."""
    assert viet_nam().is_working_day(date(*day))


def test_a_day_that_no_document_decides_is_provisional() -> None:
    """24/11 from 2026 on, the swap of 31/8/2026, and everything after the last decreed day."""
    calendar = viet_nam()
    assert [calendar.is_provisional(day) for day in (date(2026, 11, 24), date(2026, 8, 22), date(2027, 2, 8))] == [
        True
    ] * 3
    assert not calendar.is_provisional(date(2026, 1, 10))
    assert not calendar.is_provisional(date(2026, 11, 25))


@pytest.mark.parametrize(
    ("last", "anchor"),
    [
        ((2023, 12, 9), (2023, 12, 8)),
        ((2029, 12, 9), (2029, 12, 7)),
        ((2024, 2, 14), (2024, 2, 7)),
        ((2026, 1, 10), (2026, 1, 10)),
    ],
)
def test_a_last_day_off_is_reminded_of_on_the_working_day_before(
    last: tuple[int, int, int], anchor: tuple[int, int, int]
) -> None:
    """A1: the due date itself is never shifted. A swapped Saturday is a working day like any other."""
    assert viet_nam().on_or_before(date(*last)) == date(*anchor)
    assert days_of(date(*last))["L-0"] == date(*anchor)


def test_nobody_is_reminded_during_tet() -> None:
    """A report due before 15/02/2024 is reminded of before Tết, and as overdue after it."""
    days = days_of(date(2024, 2, 14))
    assert (days["L-3"], days["L-1"], days["L-0"]) == (date(2024, 2, 2), date(2024, 2, 6), date(2024, 2, 7))
    assert days["L+1"] == date(2024, 2, 15)


def test_what_was_due_on_the_last_day_of_a_year_is_overdue_on_the_first_working_day() -> None:
    """01/01/2024 is off."""
    assert days_of(date(2023, 12, 31))["L+1"] == date(2024, 1, 2)


def test_working_days_left_are_counted_with_the_swapped_saturday() -> None:
    """Thursday 08/01 to Monday 12/01/2026: Friday, the worked Saturday, Monday."""
    assert viet_nam().between(date(2026, 1, 8), date(2026, 1, 12)) == 3
    assert viet_nam().between(date(2024, 2, 7), date(2024, 2, 15)) == 1


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)).filter(viet_nam().is_working_day), st.integers(1, 60))
def test_shifting_back_and_forth_by_working_days_returns_to_the_same_day(day: date, by: int) -> None:
    """Shifting is its own inverse and never lands on a day off."""
    earlier = viet_nam().shift(day, -by)
    assert viet_nam().is_working_day(earlier)
    assert earlier <= day - timedelta(days=by)
    assert viet_nam().shift(earlier, by) == day
    assert viet_nam().between(earlier, day) == by


def test_the_days_left_are_counted_to_the_last_decreed_day() -> None:
    """They are negative once it has passed."""
    calendar = WorkingDays({}, date(2026, 12, 31))
    assert [calendar.days_left(day) for day in (date(2026, 11, 1), date(2027, 1, 2))] == [60, -2]


def test_a_calendar_names_only_days_that_differ_from_the_week_each_once() -> None:
    """A Saturday that is off, or a day twice, is a mistake of whoever entered it."""
    saturday = {"day": date(2024, 5, 4), "why": "w", "source": "s"}
    with pytest.raises(ValidationError, match="is off anyway"):
        CalendarDay.model_validate({**saturday, "is": "off"})
    worked = {**saturday, "is": "worked"}
    with pytest.raises(ValidationError, match="named twice"):
        CalendarFile.model_validate({"decreed_until": date(2024, 12, 31), "days": [worked, worked]})


def test_every_stage_of_every_possible_deadline_of_eight_years_is_the_right_working_day() -> None:
    """Counted by position in one list of all working days, an independent way to count."""
    first, after = date(2022, 11, 1), date(2031, 6, 1)
    every_day = [first + timedelta(days=n) for n in range((after - first).days)]
    worked = [day for day in every_day if viet_nam().is_working_day(day)]
    ladder = reminders(s0())
    assert ladder.after is not None
    offsets = [*(-n for n in ladder.before), *range(ladder.after.first, ladder.after.until + 1, ladder.after.every)]
    is_worked, checked, position = set(worked), 0, -1
    for last_day in every_day:
        position += last_day in is_worked
        if not date(2023, 1, 1) <= last_day < date(2031, 1, 1):
            continue
        expected = {f"L{offset:+d}" if offset else "L-0": worked[position + offset] for offset in offsets}
        assert days_of(last_day) == expected
        checked += len(expected)
    assert checked == 2922 * len(offsets)
