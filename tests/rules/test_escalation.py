"""To whom overdue duties are reported, which mails wait for a person, and the weekly lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from services.notify import releasing, rules
from services.notify.state import Stand
from shared.contracts.programme import Overdue
from shared.plans.deadlines import stages as stages_of
from shared.plans.working_days import viet_nam
from tests.support.chasing import Chasing, at, chasing, stages
from tests.support.movement import s0


def test_the_calmer_ladder_goes_on_weekly_until_the_report_is_in() -> None:
    """10, 3 and 0 working days before; 1, 3 and 5 after; then every fifth."""
    reminders = s0().reminders
    assert reminders is not None
    after = Overdue(first=1, every=2, until=5, weekly_until=20)
    calm = reminders.model_copy(update={"before": (10, 3, 0), "after": after})
    names = [stage.name for stage in stages_of(date(2023, 12, 4), calm, viet_nam())]
    assert names == ["L-10", "L-3", "L-0", "L+1", "L+3", "L+5", "L+10", "L+15", "L+20"]


def test_an_overdue_duty_is_reported_to_the_head_then_to_the_leaders_then_to_the_chair() -> None:
    """S0: after 2 working days to the agency's head, after 5 to the office's leader and the department's head.

    The chair's digest has it from the first working day of the week after 10 working days.
    """
    year = chasing("OB07")
    above = [
        (day, notice.recipient, notice.role, line.stage, line.agency)
        for day, sent in year.days(date(2023, 12, 4), date(2023, 12, 29))
        for notice in sent
        for line in notice.lines
        if notice.role != "agency"
    ]
    assert above == [
        (date(2023, 12, 7), "so-tttt", "head", "L+3", None),
        (date(2023, 12, 12), "ban-tdkt", "leader", "L+6", "so-tttt"),
        (date(2023, 12, 12), "so-noi-vu", "head", "L+6", "so-tttt"),
        (date(2023, 12, 25), "ban-tdkt", "chair", "weekly", "so-tttt"),
    ]


def test_a_head_is_notified_once_about_a_duty_of_the_own_department() -> None:
    """Sở Nội vụ owes OB06 and is the department of the standing office."""
    year = chasing()
    heads = [
        (day, notice.recipient)
        for day, sent in year.days(date(2023, 12, 4), date(2023, 12, 29))
        for notice in sent
        if notice.role == "head"
    ]
    assert heads == [(date(2023, 12, 7), "so-noi-vu")]


def test_mails_to_heads_and_to_offices_of_the_party_wait_for_a_person() -> None:
    year = Chasing(s0(), only=("OB03", "OB07"))
    states = {
        (notice.recipient, notice.role): releasing.waits_for_release(notice, [s0()])
        for _, sent in year.days(date(2023, 12, 4), date(2023, 12, 29))
        for notice in sent
    }
    assert states == {
        ("so-tttt", "agency"): False,
        ("vp-tinh-uy", "agency"): True,
        ("so-tttt", "head"): True,
        ("vp-tinh-uy", "head"): True,
        ("ban-tdkt", "agency"): False,
        ("ban-tdkt", "leader"): False,
        ("so-noi-vu", "head"): True,
        ("ban-tdkt", "chair"): True,
    }


def test_every_week_the_standing_office_gets_the_list_of_open_duties() -> None:
    """On the first working day of a week, once the ladder of a duty has begun, until its report is in."""
    year = chasing("OB06", "OB07")
    year.remind(at(14, 11))
    weekly: dict[date, list[str]] = {}
    for day, sent in year.days(date(2023, 11, 15), date(2024, 1, 5)):
        for notice in sent:
            if (notice.recipient, notice.role) == ("ban-tdkt", "agency"):
                weekly[day] = [line.agency or "" for line in notice.lines]
        if day == date(2023, 12, 13):
            year.report("OB06", at(13))
    assert list(weekly) == [
        date(2023, 11, 20),
        date(2023, 11, 27),
        date(2023, 12, 4),
        date(2023, 12, 11),
        date(2023, 12, 18),
        date(2023, 12, 25),
        date(2024, 1, 2),
    ]
    assert weekly[date(2023, 12, 11)] == ["so-noi-vu", "so-tttt"]
    assert weekly[date(2023, 12, 18)] == ["so-tttt"]


def test_a_notice_follows_the_earlier_ones_about_its_first_duty() -> None:
    """Mail programs then show them as one conversation."""
    year = chasing()
    sent = [notice for _, of_day in year.days(date(2023, 11, 14), date(2023, 12, 5)) for notice in of_day]
    to_agency = [notice for notice in sent if notice.recipient == "so-noi-vu"]
    assert [len(notice.follows) for notice in to_agency] == [0, 1, 2, 3, 4, 5]
    assert to_agency[-1].follows[0] == to_agency[0].id


def test_what_was_reported_since_is_dropped_from_a_notice_before_it_leaves() -> None:
    """A notice that waits for release, or for its mailbox, may be overtaken by a report."""
    year = chasing("OB05", "OB06")
    (notice,) = year.remind(at(14, 11))

    def states() -> dict[rules.DutyKey, Stand]:
        return {key: year.stands.get(key, Stand()) for key in releasing.keys_of(notice)}

    year.report("OB05", at(14, 11, 9))
    assert releasing.keys_of(notice) >= year.stands.keys()
    left = releasing.still_open(notice, states())
    assert left is not None
    assert [line.duty for line in left.lines] == ["OB06"]
    year.report("OB06", at(14, 11, 9))
    assert releasing.still_open(notice, states()) is None


def test_an_agency_that_is_merged_in_mid_ladder_hands_the_rest_to_its_successor() -> None:
    """The ladder goes on where it was; what was sent before counts."""
    year = chasing()
    year.remind(at(29, 11))
    year.change = lambda duty: replace(duty, owner="so-tai-chinh")
    sent = [notice for _, of_day in year.days(date(2023, 11, 30), date(2023, 12, 1)) for notice in of_day]
    assert [(notice.recipient, stages([notice])) for notice in sent] == [("so-tai-chinh", ["L-1"])]
    assert sent[0].lines[0].nth == 2
    assert sent[0].follows == ()
