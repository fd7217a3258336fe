"""When reminders are sent, and when not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from services.notify import rules
from services.notify.state import Account, Stand
from shared.contracts.model import VIETNAM
from shared.contracts.plan import Plan
from shared.contracts.programme import Reminders
from shared.plans.deadlines import stages
from shared.plans.duties import Duty, duties
from shared.plans.working_days import viet_nam
from tests.support.mails import mail, text_of
from tests.support.movement import register, s0, s1

ISSUED = date(2023, 4, 5)
DUTIES = {duty.id: duty for duty in duties(s0(), register(), ISSUED)}
OB06 = DUTIES["OB06"]


def reminders(plan: Plan) -> Reminders:
    assert plan.reminders is not None
    return plan.reminders


def at(day: int, month: int = 12, hour: int = 8) -> datetime:
    return datetime(2023, month, day, hour, tzinfo=VIETNAM)


def remind(account: Account, now: datetime, *reminded_duties: Duty) -> Account:
    return rules.remind(account, reminded_duties or (OB06,), s0(), "so-noi-vu", viet_nam(), now)


def stage_days() -> dict[str, date]:
    return {stage.name: stage.at.date() for stage in stages(OB06.last_day, reminders(s0()), viet_nam())}


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
    assert remind(Account(), datetime(2023, 11, 14, 7, 59, tzinfo=VIETNAM)) == Account()
    assert len(remind(Account(), at(14, 11)).notices) == 1


def test_reminding_twice_at_one_instant_sends_nothing_more() -> None:
    """The same holds later on the same day."""
    once = remind(Account(), at(14, 11))
    assert remind(once, at(14, 11)) == once
    assert remind(once, at(14, 11, 20)) == once


def test_a_receipt_stops_the_reminders_and_the_later_stages_count_as_suppressed() -> None:
    """The receipt is of a complete report."""
    account = remind(Account(), at(14, 11))
    account = account.with_stand("OB06", account.stand("OB06").with_receipt(1, at(20, 11)))
    account = remind(account, at(20, 12))
    assert len(account.notices) == 1
    assert rules.counts([account])["sent"] == 1
    assert set(account.stand("OB06").outcomes.values()) == {"sent", "received"}


def test_an_incomplete_report_stops_no_reminder() -> None:
    """Only a complete version stops them."""
    account = remind(Account(), at(14, 11))
    account = account.with_stand("OB06", account.stand("OB06").with_receipt(1, None))
    assert len(remind(account, at(23, 11)).notices) == 2


def test_after_a_night_without_power_only_the_latest_reminder_goes_out() -> None:
    """The missed stages are recorded as overtaken, not mailed late one by one."""
    account = remind(Account(), at(30, 11))
    (notice,) = account.notices.values()
    assert [line.stage for line in notice.lines] == ["L-3"]
    assert account.stand("OB06").outcomes == {
        "L-14 2023-11-14": "overtaken",
        "L-7 2023-11-23": "overtaken",
        "L-3 2023-11-29": "sent",
    }


def test_everything_due_to_one_recipient_at_one_instant_is_one_notice() -> None:
    """The recipient does not get two mails at once."""
    account = remind(Account(), at(14, 11), DUTIES["OB05"], OB06)
    (notice,) = account.notices.values()
    assert [line.duty for line in notice.lines] == ["OB05", "OB06"]


def test_a_late_agency_is_reminded_on_the_next_and_every_second_working_day() -> None:
    """The stages are L+1, L+3, L+5 … up to L+21."""
    account, now = Account(), at(4)
    sent: list[str] = []
    for day in range(60):
        before = account
        account = remind(before, now + timedelta(days=day))
        sent += [notice.lines[0].stage for key, notice in account.notices.items() if key not in before.notices]
    assert sent[:4] == ["L-0", "L+1", "L+3", "L+5"]
    assert sent[-1] == "L+21"


def test_the_councils_tasks_are_reminded_of_before_but_not_after_their_last_day() -> None:
    """No report can complete a task yet, so nothing would stop later reminders."""
    task = next(duty for duty in duties(s1(), register(), ISSUED) if duty.id == "T12")
    assert [stage.name for stage in rules.stages_of(task, reminders(s1()), viet_nam())][-1] == "L-0"


def test_a_task_with_its_own_day_is_reminded_of_before_that_day() -> None:
    """A27: task 10 is due on 11/6, a Sunday, so the last reminder is on Friday 09/6."""
    task = next(duty for duty in duties(s1(), register(), ISSUED) if duty.id == "T10")
    assert task.last_day == date(2023, 6, 11)
    assert rules.stages_of(task, reminders(s1()), viet_nam())[-1].at.date() == date(2023, 6, 9)


def test_all_nine_tasks_of_the_first_quarter_are_historical_and_no_later_one() -> None:
    """A24 and A27 settle this."""
    historical = [duty.id for duty in duties(s1(), register(), ISSUED) if duty.historical]
    assert historical == [f"T{n:02}" for n in range(1, 10)]


def test_an_older_receipt_changes_nothing() -> None:
    """Receipts may arrive in any order."""
    newer = Stand().with_receipt(2, at(1))
    assert newer.with_receipt(1, None) == newer


def test_a_missed_reminder_is_not_sent_once_it_no_longer_applies() -> None:
    """Examples are a task whose last day has passed and a duty of years ago."""
    task = next(duty for duty in duties(s1(), register(), ISSUED) if duty.id == "T12")
    july = datetime(2023, 7, 3, 8, tzinfo=VIETNAM)
    assert rules.remind(Account(), [task], s1(), "ban-tdkt", viet_nam(), july).notices == {}
    years_later = datetime(2026, 11, 21, 8, tzinfo=VIETNAM)
    late_account = remind(Account(), years_later)
    assert late_account.notices == {}
    assert set(late_account.stand("OB06").outcomes.values()) == {"overtaken"}


def test_an_extended_deadline_is_reminded_of_again() -> None:
    """This happens before the new last day, and includes stages already recorded for the old one."""
    account = remind(Account(), at(4))
    extended = replace(OB06, last_day=date(2023, 12, 14))
    for day in range(5, 15):
        account = rules.remind(account, [extended], s0(), "so-noi-vu", viet_nam(), at(day))
    sent = [outcome for outcome, value in account.stand("OB06").outcomes.items() if value == "sent"]
    assert sent[-4:] == ["L-7 2023-12-05", "L-3 2023-12-11", "L-1 2023-12-13", "L-0 2023-12-14"]


def test_the_mail_counts_the_working_days_left_when_it_is_sent() -> None:
    """A reminder sent late does not show the count of its planned day."""
    notice = next(iter(remind(Account(), at(30, 11)).notices.values()))
    text = text_of(mail(notice))
    assert "Thời hạn: trước ngày 05/12/2023 (chậm nhất hết ngày 04/12/2023, thứ Hai); còn 02 ngày làm việc." in text
    assert "khoản 4 Mục VI Kế hoạch số 46/KH-UBND ngày 28/3/2023 của Ủy ban nhân dân tỉnh" in text
    assert "Kính gửi: Sở Nội vụ" in text


def mailed(last_day: date, sent_on: date) -> str:
    """The text of a reminder of OB06 with another last day."""
    duty, now = replace(OB06, last_day=last_day), datetime(sent_on.year, sent_on.month, sent_on.day, 8, tzinfo=VIETNAM)
    (notice,) = remind(Account(), now, duty).notices.values()
    return text_of(mail(notice))


def test_a_mail_calls_today_the_last_day_only_on_that_day() -> None:
    """A deadline on a day off is not shifted; the mail names the last working day."""
    assert "04/12/2023, thứ Hai); hôm nay là ngày cuối." in mailed(date(2023, 12, 4), date(2023, 12, 4))
    for last_day, sent_on, text in (
        ((2024, 2, 14), (2024, 2, 7), "thứ Tư, 07/02/2024); hôm nay là ngày làm việc cuối cùng."),
        ((2023, 12, 9), (2023, 12, 8), "thứ Sáu, 08/12/2023); hôm nay là ngày làm việc cuối cùng."),
        ((2023, 12, 10), (2023, 12, 5), "thứ Sáu, 08/12/2023); còn 03 ngày làm việc."),
        ((2023, 12, 9), (2023, 12, 9), "thứ Sáu, 08/12/2023); hôm nay là ngày cuối."),
    ):
        assert f"; ngày làm việc cuối cùng là {text}" in mailed(date(*last_day), date(*sent_on))
    assert "(chậm 02 ngày)" in mailed(date(2023, 12, 9), date(2023, 12, 11))
