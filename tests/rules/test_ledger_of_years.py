"""The whole ledger of reminders from 2023 to 2030, day by day, against days counted out by hand from the calendar."""

from __future__ import annotations

import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from services.notify.digest import WEEKLY
from services.notify.rules import OpenDuty
from shared.contracts.model import VIETNAM
from shared.contracts.notify import Notice, NoticeLine
from shared.contracts.plan import Plan
from shared.plans.load import load_plan
from shared.plans.working_days import viet_nam
from tests.support.chasing import Chasing
from tests.support.movement import s0, s1
from tests.support.provinces import THAI_BINH

pytestmark = pytest.mark.thorough

FIRST, LAST = date(2023, 4, 5), date(2030, 12, 31)
BEFORE, AFTER = (14, 7, 3, 1, 0), tuple(range(1, 22, 2))
"""The reminders of the plans of Thái Bình, in working days before and after the last permitted day."""

REPORTED = date(2026, 12, 9)
"""The day on which every unit has reported under S3 for 2026; for the other years nobody reports."""


def s3() -> Plan:
    return load_plan(next(THAI_BINH.glob("s3-*.yaml")))


def in_tet() -> Plan:
    """S0 with OB07 due before 15/02/2024, the first working day after Tết."""
    return due_later("tet", as_of="2024-01-31", before="2024-02-15")


def after_the_swap() -> Plan:
    """S0 with OB07 due before 14/01/2026: Saturday 10/01 is worked, because 02/01 is off."""
    return due_later("swap", as_of="2025-12-31", before="2026-01-14")


def due_later(plan: str, **changes: str) -> Plan:
    """S0 as another plan that has OB07 alone, due on another day."""
    document = s0().model_dump(mode="json")
    (ob07,) = (row for row in document["obligations"] if row["id"] == "OB07")
    return Plan.model_validate({**document, "id": plan, "obligations": [ob07 | changes]})


def counted(last_day: date) -> dict[str, date]:
    """The days of a duty's reminders, counted day by day."""
    calendar = viet_nam()
    anchor = last_day
    while not calendar.is_working_day(anchor):
        anchor -= timedelta(days=1)
    days: dict[int, date] = {0: anchor}
    for step in (-1, 1):
        day, n = anchor, 0
        while abs(n) < 30:
            day += timedelta(days=step)
            if calendar.is_working_day(day):
                n += step
                days[n] = day
    return {f"L-{n}": days[-n] for n in BEFORE} | {f"L+{n}": days[n] for n in AFTER}


class Years(Chasing):
    """Plans over years in which no unit changes within a month, so a month's duties are computed once."""

    def items(self, day: date) -> list[OpenDuty]:
        first = day.replace(day=1)
        if self.month != first:
            self.month, self.of_month = first, super().items(first)
        return self.of_month

    month: date | None = None
    of_month: list[OpenDuty]


def played() -> tuple[Chasing, dict[date, list[Notice]]]:
    chasing = Years(s0(), s1(), s3(), in_tet(), after_the_swap())
    sent: dict[date, list[Notice]] = {}
    for day, notices in chasing.days(FIRST, LAST):
        sent[day] = notices
        if day == REPORTED:
            for item in chasing.items(day):
                if item.duty.id.endswith("-2026"):
                    stand = chasing.stands[item.key]
                    chasing.stands[item.key] = stand.with_receipt(1, datetime(2026, 12, 9, 15, tzinfo=VIETNAM))
    return chasing, sent


def reminders(sent: dict[date, list[Notice]]) -> Iterator[tuple[date, Notice, NoticeLine]]:
    for day, notices in sent.items():
        for notice in notices:
            for line in notice.lines:
                if line.stage != WEEKLY:
                    yield day, notice, line


def test_eight_years_remind_of_every_duty_on_exactly_the_right_days() -> None:
    """The plans of 2023 and S3's yearly reports until 2030, a deadline in Tết and one after a swapped Saturday."""
    began = time.process_time()
    chasing, sent = played()
    calendar = viet_nam()
    assert [day for day, notices in sent.items() if notices and not calendar.is_working_day(day)] == []

    days: dict[tuple[str, str, str], dict[str, date]] = defaultdict(dict)
    above: Counter[str] = Counter()
    for day, notice, line in reminders(sent):
        assert line.plan is not None
        key = (line.plan.id, line.duty, line.account or "")
        if notice.role != "agency":
            above[notice.role] += 1
            continue
        assert line.stage not in days[key], "no reminder twice"
        days[key][line.stage] = day

    duties = {
        (item.plan.id, item.duty.id, item.duty.account): item.duty
        for year in range(2023, 2031)
        for item in chasing.items(date(year, 6, 1))
    }
    for key, duty in duties.items():
        wanted = counted(duty.last_day)
        if duty.historical or duty.last_day > date(2030, 12, 31):
            wanted = {}
        if not duty.by_report:
            wanted = {stage: day for stage, day in wanted.items() if stage.startswith("L-")}
        if duty.id.endswith("-2026"):
            wanted = {stage: day for stage, day in wanted.items() if day <= REPORTED}
        wanted = {stage: day for stage, day in wanted.items() if FIRST <= day <= LAST}
        assert days.pop(key, {}) == wanted, key
    assert days == {}

    weekdays = {year: date(year, 12, 9).weekday() for year in (2023, 2028, 2029)}
    assert weekdays == {2023: 5, 2028: 5, 2029: 6}
    assert counted(date(2023, 12, 9))["L-0"] == date(2023, 12, 8)
    tet = counted(date(2024, 2, 14))
    assert (tet["L-1"], tet["L-0"], tet["L+1"]) == (date(2024, 2, 6), date(2024, 2, 7), date(2024, 2, 15))
    swapped = counted(date(2026, 1, 13))
    assert (swapped["L-1"], swapped["L-3"], swapped["L-7"]) == (date(2026, 1, 12), date(2026, 1, 9), date(2026, 1, 5))
    of_the_first_quarter = {f"T{n:02}" for n in range(1, 10)}
    assert not any(line.duty in of_the_first_quarter for _, _, line in reminders(sent))

    seconds, lines = time.process_time() - began, Counter(line.stage for _, _, line in reminders(sent))
    print(
        f"{len(chasing.notices)} notices, {lines.total()} reminders, above the agencies {dict(above)}, {seconds:.0f} s"
    )
    assert seconds < 60


def test_no_two_notices_to_one_recipient_are_of_one_day() -> None:
    """Whatever falls due, across all plans; a quarter is enough to see it."""
    chasing = Chasing(s0(), s1(), s3(), in_tet())
    sent = [notice for _, of_day in chasing.days(date(2023, 11, 1), date(2024, 2, 29)) for notice in of_day]
    keys = Counter((notice.recipient, notice.role, notice.day) for notice in sent)
    assert len(sent) > 500
    assert max(keys.values()) == 1


@pytest.mark.parametrize("zone", ["UTC", "Asia/Ho_Chi_Minh", "America/New_York"])
def test_the_ledger_is_the_same_in_every_zone_of_the_process(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Instants are aware, and days are decided in Việt Nam."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert time.strftime("%Z", time.localtime(0)) == {"Asia/Ho_Chi_Minh": "+08"}.get(zone, time.tzname[0])
        chasing = Chasing(s0(), only=("OB05", "OB06", "OB07"))
        sent = [
            (day, notice.recipient, notice.role, [line.stage for line in notice.lines])
            for day, notices in chasing.days(date(2023, 11, 10), date(2023, 12, 20))
            for notice in notices
        ]
    finally:
        monkeypatch.delenv("TZ")
        os.environ.pop("TZ", None)
        time.tzset()
    assert [row for row in sent if row[2] == "head"] == [
        (date(2023, 12, 7), "so-noi-vu", "head", ["L+3", "L+3"]),
        (date(2023, 12, 7), "so-tttt", "head", ["L+3"]),
        (date(2023, 12, 12), "so-noi-vu", "head", ["L+6"]),
    ]
    assert Counter(role for _, _, role, _ in sent) == {"agency": 11 + 11 + 5, "head": 3, "leader": 1}
