"""When reminders are sent, to whom, and when not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from services.notify import rules
from services.notify.ladder import ladder, offices
from services.notify.state import Stand
from shared.contracts.model import VIETNAM
from shared.contracts.plan import Plan
from shared.contracts.programme import Reminders
from shared.plans.deadlines import stages as stages_of
from shared.plans.duties import duties
from shared.plans.working_days import viet_nam
from tests.support.chasing import Chasing, at, chasing, stages
from tests.support.movement import register, s0, s1
from tests.support.provinces import OFFICE

ISSUED = date(2023, 4, 5)
DUTIES = {duty.id: duty for duty in duties(s0(), register(), ISSUED)}
OB06 = DUTIES["OB06"]
ABOVE = offices(s0(), register(), OFFICE)


def reminders(plan: Plan) -> Reminders:
    assert plan.reminders is not None
    return plan.reminders


def stage_days() -> dict[str, date]:
    return {stage.name: stage.at.date() for stage in stages_of(OB06.last_day, reminders(s0()), viet_nam())}


def task_ladder(task_id: str) -> list[tuple[str, date]]:
    task = next(duty for duty in duties(s1(), register(), ISSUED) if duty.id == task_id)
    return [(rung.stage.name, rung.stage.at.date()) for rung in ladder(task, s1(), ABOVE, viet_nam())]


def test_the_last_permitted_day_of_before_the_fifth_is_the_fourth() -> None:
    """L is 04/12 for "trước ngày 05/12"."""
    assert OB06.last_day == date(2023, 12, 4)


def test_stages_are_counted_in_working_days_from_the_last_permitted_day() -> None:
    """They are 14, 7, 3 and 1 working days before 04/12 (a Monday), on that day, and after it."""
    days = stage_days()
    assert [days[name] for name in ("L-14", "L-7", "L-3", "L-1", "L-0", "L+1", "L+3")] == [
        date(2023, 11, 14),
        date(2023, 11, 23),
        date(2023, 11, 29),
        date(2023, 12, 1),
        date(2023, 12, 4),
        date(2023, 12, 5),
        date(2023, 12, 7),
    ]


def test_nothing_is_sent_before_the_first_stage() -> None:
    """07:59 on 14/11 is too early, 08:00 is not."""
    year = chasing()
    assert year.remind(datetime(2023, 11, 14, 7, 59, tzinfo=VIETNAM)) == []
    assert stages(year.remind(at(14, 11))) == ["L-14"]


def test_reminding_twice_on_one_day_sends_nothing_more() -> None:
    """The same holds later on the same day."""
    year = chasing()
    year.remind(at(14, 11))
    before = dict(year.stands)
    assert year.remind(at(14, 11)) == year.remind(at(14, 11, 20)) == []
    assert year.stands == before


def test_a_receipt_stops_the_reminders_and_the_later_stages_count_as_suppressed() -> None:
    """The receipt is of a complete report."""
    year = chasing()
    year.remind(at(14, 11))
    year.report("OB06", at(20, 11))
    assert [day for day, sent in year.days(date(2023, 11, 21), date(2024, 1, 31)) if stages(sent)] == []
    assert rules.count_outcomes(year.stands.values())["sent"] == 1
    assert set(year.stand("OB06").outcomes.values()) == {"sent", "received"}


def test_an_incomplete_report_stops_no_reminder() -> None:
    """Only a complete version stops them."""
    year = chasing()
    year.remind(at(14, 11))
    year.stands = {key: stand.with_receipt(1, None) for key, stand in year.stands.items()}
    assert stages(year.remind(at(23, 11))) == ["L-7"]


def test_a_returned_report_starts_the_reminders_again() -> None:
    year = chasing()
    year.remind(at(14, 11))
    year.report("OB06", at(20, 11))
    assert stages(year.remind(at(23, 11))) == []
    year.stands = {key: stand.with_receipt(2, None) for key, stand in year.stands.items()}
    assert stages(year.remind(at(29, 11))) == ["L-3"]


def test_after_days_without_power_only_the_latest_reminder_goes_out() -> None:
    """The missed stages are recorded as overtaken, not mailed late one by one; two agencies get one mail each."""
    year = chasing("OB06", "OB05", "OB07")
    sent = year.remind(at(30, 11))
    assert [(notice.recipient, stages([notice])) for notice in sent] == [
        ("so-noi-vu", ["L-3", "L-3"]),
        ("so-tttt", ["L-3"]),
    ]
    assert year.stand("OB06").outcomes == {
        "L-14 2023-11-14": "overtaken",
        "L-7 2023-11-23": "overtaken",
        "L-3 2023-11-29": "sent",
    }


def test_a_reminder_that_is_late_waits_for_office_hours() -> None:
    """A service that starts on a Sunday, or at night, sends what it missed on the next working day at eight."""
    year = chasing()
    assert year.remind(datetime(2023, 11, 25, 9, tzinfo=VIETNAM)) == []
    assert year.remind(datetime(2023, 11, 27, 3, tzinfo=VIETNAM)) == []
    assert stages(year.remind(datetime(2023, 11, 27, 8, tzinfo=VIETNAM))) == ["L-7"]


def test_an_agency_gets_one_mail_a_day_across_all_plans_nearest_deadline_first() -> None:
    """So does the standing office, which has tasks of its own besides the list of who owes what."""
    other = s0().model_copy(update={"id": "plan-2", "movement": s0().movement})
    year = Chasing(s0(), other, only=("OB05", "OB06"))
    (notice,) = year.remind(at(14, 11))
    assert [(line.plan.id if line.plan else "", line.duty) for line in notice.lines] == [
        ("46-kh-ubnd-2023", "OB05"),
        ("46-kh-ubnd-2023", "OB06"),
        ("plan-2", "OB05"),
        ("plan-2", "OB06"),
    ]
    assert notice.plan == s0().ref


def test_what_reaches_a_stage_after_the_days_mail_waits_for_the_next_day() -> None:
    """A plan that is published at noon does not cause a second mail, and its reminder is not lost."""
    year = chasing()
    year.remind(at(23, 11))
    year.plans.append(s0().model_copy(update={"id": "plan-2"}))
    assert year.remind(at(23, 11, 12)) == []
    (next_day,) = year.remind(at(24, 11))
    assert [line.plan.id for line in next_day.lines if line.plan] == ["plan-2"]


def test_a_notice_whose_process_died_is_noted_and_not_written_again() -> None:
    """The notice is written before the states of its duties."""
    year = chasing()
    year.remind(at(14, 11))
    noted, year.stands = year.stands, {}
    assert year.remind(at(14, 11)) == []
    assert year.stands == noted


def test_a_late_agency_is_reminded_on_the_next_and_every_second_working_day() -> None:
    """The stages are L+1, L+3, L+5 … up to L+21; each line counts the reminders on its side of the last day."""
    year = chasing()
    lines = [
        line
        for _, sent in year.days(date(2023, 12, 4), date(2024, 2, 2))
        for notice in sent
        if (notice.recipient, notice.role) == ("so-noi-vu", "agency")
        for line in notice.lines
    ]
    assert [line.stage for line in lines] == ["L-0", *(f"L+{n}" for n in range(1, 22, 2))]
    assert [line.nth for line in lines] == [1, *range(1, 12)]
    assert lines[2].reminded_on == (date(2023, 12, 4), date(2023, 12, 5))


def test_the_councils_tasks_are_reminded_of_before_but_not_after_their_last_day() -> None:
    """No report can complete a task yet, so nothing would stop later reminders."""
    assert task_ladder("T12")[-1][0] == "L-0"


def test_a_task_with_its_own_day_is_reminded_of_before_that_day() -> None:
    """A27: task 10 is due on 11/6, a Sunday, so the last reminder is on Friday 09/6."""
    task = next(duty for duty in duties(s1(), register(), ISSUED) if duty.id == "T10")
    assert task.last_day == date(2023, 6, 11)
    assert task_ladder("T10")[-1][1] == date(2023, 6, 9)


def test_all_nine_tasks_of_the_first_quarter_are_historical_and_no_later_one() -> None:
    """A24 and A27 settle this; a historical task has no ladder."""
    historical = [duty.id for duty in duties(s1(), register(), ISSUED) if duty.historical]
    assert historical == [f"T{n:02}" for n in range(1, 10)]
    assert task_ladder("T09") == []


def test_an_older_receipt_changes_nothing() -> None:
    """Receipts may arrive in any order."""
    newer = Stand().with_receipt(2, at(1))
    assert newer.with_receipt(1, None) == newer


def test_a_missed_reminder_is_not_sent_once_it_no_longer_applies() -> None:
    """Examples are a task whose last day has passed and a duty of years ago."""
    july = datetime(2023, 7, 3, 8, tzinfo=VIETNAM)
    assert stages(Chasing(s1(), only=("T12",)).remind(july)) == []
    assert chasing().remind(datetime(2026, 11, 23, 8, tzinfo=VIETNAM)) == []


def test_an_extended_deadline_is_reminded_of_again() -> None:
    """This happens before the new last day, and includes stages already recorded for the old one."""
    year = chasing()
    year.remind(at(4))
    year.change = lambda duty: replace(duty, last_day=date(2023, 12, 14))
    sent = [s for _, of_day in year.days(date(2023, 12, 5), date(2023, 12, 14)) for s in stages(of_day)]
    assert sent == ["L-7", "L-3", "L-1", "L-0"]
    keys = [key for key, outcome in year.stand("OB06").outcomes.items() if outcome == "sent"]
    assert keys[-4:] == ["L-7 2023-12-05", "L-3 2023-12-11", "L-1 2023-12-13", "L-0 2023-12-14"]
