"""`thidua calendar`: how long the calendar holds, where it differs from the package, a proposal for a new year."""

from __future__ import annotations

import json
from datetime import date

import yaml
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.maintenance.calendars import differences
from shared.plans.working_days import CalendarDay, WorkingDays, viet_nam


def thidua(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["calendar", *args])
    return result.exit_code, result.stdout


def test_the_check_names_the_swap_that_the_package_does_not_know() -> None:
    """02/01/2026 off for 10/01/2026 worked was announced a week before. The file is right."""
    code, text = thidua("check", "--json")
    printed = json.loads(text)
    assert [row["day"] for row in printed["differences"]] == ["2026-01-02", "2026-01-10"]
    assert printed["decreed_until"] == viet_nam().decreed_until.isoformat()
    assert code == (1 if printed["days_left"] < 60 else 0)


def test_the_check_is_read_by_people_without_iso_dates() -> None:
    """One line for each difference, then until when the file holds."""
    _, text = thidua("check")
    assert "nghỉ hoán đổi, làm bù ngày 10/01/2026" in text
    assert "2 ngày khác nhau" in text
    assert "2026-" not in text


def test_a_proposed_year_is_accepted_by_the_calendar_and_provisional() -> None:
    """The rows of 2027 are those that the file holds today."""
    code, text = thidua("propose", "2027")
    rows = [CalendarDay.model_validate(row) for row in yaml.safe_load(text)]
    assert code == 0
    assert all(row.provisional for row in rows)
    assert [row.day for row in rows] == [day for day in sorted(viet_nam().rows) if day.year == 2027]


def test_a_holiday_that_the_file_forgets_is_a_difference() -> None:
    """Both sides of the difference say whether the day is off, and why."""
    rows = {day: row for day, row in viet_nam().rows.items() if day.year == 2025 and day != date(2025, 9, 1)}
    (difference,) = differences(WorkingDays(rows, date(2025, 12, 31)))
    assert (difference.day, difference.calendar) == (date(2025, 9, 1), "làm việc")
    assert difference.package == "nghỉ (Quốc khánh)"
