"""Days, quarters and lateness, where the sources leave it open: the default and the switch."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from services.council.sessions import lifecycle
from services.intake.reports.state import AcceptedReport
from services.notify.ladder import Rung, ladder, offices
from shared.contracts.model import VIETNAM, Tier, Verdict
from shared.contracts.plan import Plan
from shared.contracts.units import UnitRegister
from shared.plans.authority import counted_to, ranked_units
from shared.plans.duties import duties
from shared.plans.working_days import viet_nam
from tests.support.ambiguities import STAR, changed, duty, plans, proven, switched, taking
from tests.support.chasing import Chasing, stages
from tests.support.movement import AS_OF, Given, register, s0, s1, units
from tests.support.provinces import OFFICE
from tests.support.reports import NOW, codes, score, send


def test_a01_before_the_fifth_ends_with_the_fourth_or_if_switched_with_the_fifth() -> None:
    """Weekends do not shift a due day, as on 09/12/2023, a Saturday."""
    noon, midnight = datetime(2023, 12, 5, 12, tzinfo=VIETNAM), datetime(2023, 12, 6, tzinfo=VIETNAM)
    for plan, timely in ((s0(), False), (switched(A1="inclusive"), True)):
        assert send(plan, "so-noi-vu", "OB06", [score(STAR)], now=noon).receipt.timely is timely
        assert send(plan, "so-noi-vu", "OB06", [score(STAR)], now=midnight).receipt.timely is False
    assert duty(s0(), "OB06").last_day == date(2023, 12, 4)
    assert duty(switched(A1="inclusive"), "OB06").last_day == date(2023, 12, 5)
    saturday = plans()["S3"].obligation["OB16"].last_day("2023")
    assert saturday == date(2023, 12, 9)
    assert saturday.weekday() == 5


def test_a02_until_the_thirtieth_of_november_includes_that_day_or_if_switched_does_not() -> None:
    """A later as-of is refused, an earlier one is interim; only units that exist on the last counted day are ranked."""
    thirtieth, day_before = AS_OF, AS_OF - timedelta(days=1)
    exclusive = switched(A2="exclusive")
    assert send(s0(), "so-noi-vu", "OB06", [score(STAR)], as_of=thirtieth).receipt.final is True
    assert send(s0(), "so-noi-vu", "OB06", [score(STAR)], as_of=day_before).receipt.final is False
    assert codes(send(s0(), "so-noi-vu", "OB06", [score(STAR)], as_of=NOW.date())) == ["as_of_after_cut_off"]
    assert send(exclusive, "so-noi-vu", "OB06", [score(STAR)], as_of=day_before).receipt.final is True
    assert codes(send(exclusive, "so-noi-vu", "OB06", [score(STAR)], as_of=thirtieth)) == ["as_of_after_cut_off"]
    changed_units = [u.model_copy(update={"valid_from": AS_OF}) if u.code == STAR else u for u in register().units]
    changed_register = UnitRegister(province="thai-binh", version=2, units=tuple(changed_units))
    ranked = [[u.code for u in ranked_units(plan, changed_register, Tier.SO)] for plan in (s0(), exclusive)]
    assert [STAR in unit_codes for unit_codes in ranked] == [True, False]


def test_a02_an_interim_figure_is_ranked_but_proves_nothing_until_the_final_one_arrives() -> None:
    given = Given().scores("de-an-06", Tier.SO, {STAR: "90"}, as_of=date(2023, 8, 31))
    finding = given.finding("C1", STAR, "de-an-06")
    assert (finding.verdict, finding.reason, finding.rank) == (Verdict.MISSING, "interim", 1)
    given.scores("de-an-06", Tier.SO, {STAR: "90"}, version=2)
    assert given.finding("C1", STAR, "de-an-06").verdict is Verdict.PASS


def test_a03_a_list_without_an_as_of_uses_the_movements_or_if_switched_has_none() -> None:
    """OB09: a list as of 03/12 is after the cut-off by default, and accepted when switched."""
    now, day = datetime(2023, 12, 4, 9, tzinfo=VIETNAM), date(2023, 12, 3)
    assert s0().obligation["OB09"].as_of_inferred
    assert counted_to(s0(), s0().obligation["OB09"]) == AS_OF
    late = send(s0(), "so-khdt", "OB09", [{"unit": STAR}], now=now, as_of=day)
    assert codes(late) == ["as_of_after_cut_off"]
    no_as_of = switched(A3="none")
    assert counted_to(no_as_of, no_as_of.obligation["OB09"]) is None
    accepted = send(no_as_of, "so-khdt", "OB09", [{"unit": STAR}], now=now, as_of=day)
    assert (codes(accepted), accepted.receipt.final) == ([], True)


def test_a24_what_ended_before_the_plan_was_issued_is_history_or_if_switched_still_due() -> None:
    """Examples are task 3 of Quý I in a plan of 04/4/2023, and a report whose plan was issued after its due day."""
    opened = taking(s1(), "A24", "open")
    assert _ladder(s1(), "T03") == ()
    assert _ladder(opened, "T03") != ()
    assert (duty(s1(), "T12").historical, duty(opened, "T12").historical) == (False, False)
    first = s1().sessions[0]
    assert [lifecycle.first_phase(first, plan) for plan in (s1(), opened)] == ["historical", "planned"]
    late = changed(s0(), source=s0().source.model_dump(mode="json") | {"issued": "2023-12-05"})
    now = datetime(2023, 12, 5, 9, tzinfo=VIETNAM)
    for plan, sent in ((late, []), (taking(late, "A24", "open"), ["L+1"])):
        assert stages(Chasing(plan, only=("OB06",)).remind(now)) == sent


def _ladder(plan: Plan, duty_id: str) -> tuple[Rung, ...]:
    return ladder(duty(plan, duty_id), plan, offices(plan, register(), OFFICE), viet_nam())


def test_a25_cells_lost_in_the_copy_are_carried_down_and_marked_as_inferred() -> None:
    """Tasks 1-9 are in I, 10-11 in I, II, 12-17 in II, 18 in II, III, 19-23 in III, 24 in III, IV, and 25-28 in IV.

    The lead is printed six times.
    """
    ends = {"I": (3, 31), "II": (6, 30), "III": (9, 30), "IV": (12, 31)}
    blocks = [(9, "I", "I"), (11, "I", "II"), (17, "II", "II"), (18, "II", "III"), (23, "III", "III")]
    blocks += [(24, "III", "IV"), (28, "IV", "IV")]
    for n, task in enumerate(s1().tasks, start=1):
        first, last = next((first, last) for last_task, first, last in blocks if n <= last_task)
        assert (task.window.first.day, task.window.first.month) == (1, ends[first][0] - 2), task.id
        assert (task.window.last.month, task.window.last.day) == ends[last], task.id
        assert task.lead == "ban-tdkt"
        assert sorted({*task.printed, *task.inferred}) == ["lead", "quarter"]
        assert not set(task.printed) & set(task.inferred)
    printed = [task.id for task in s1().tasks if "lead" in task.printed]
    assert printed == ["T01", "T10", "T12", "T19", "T24", "T25"]
    quarters = [task.id for task in s1().tasks if "quarter" in task.printed]
    assert quarters == ["T01", "T10", "T12", "T18", "T19", "T24", "T25"]


def test_a26_a_lead_also_printed_as_partner_is_reminded_once() -> None:
    """Task 17 is one duty with one owner; the partner stays as printed."""
    task = next(task for task in s1().tasks if task.id == "T17")
    assert "Ban TĐKT" in task.partners or "Ban Thi đua - Khen thưởng" in task.partners
    seventeenth = duty(s1(), "T17")
    assert (seventeenth.owner, seventeenth.account) == ("ban-tdkt", "ban-tdkt")
    anchor = datetime(2023, 6, 30, 9, tzinfo=VIETNAM)
    (notice,) = Chasing(s1(), only=("T17",)).remind(anchor)
    assert [line.duty for line in notice.lines] == ["T17"]


def test_a27_a_quarter_ends_on_its_last_day_and_a_task_with_its_own_day_on_that_day() -> None:
    """Quý I, II ends on 30/6, a Friday; 11/6 is a Sunday. S0 came within its task's window, S3 after it."""
    assert duty(s1(), "T11").last_day == date(2023, 6, 30)
    assert duty(s1(), "T10").last_day == date(2023, 6, 11)
    rungs = _ladder(s1(), "T10")
    assert rungs[-1].stage.at.date() == date(2023, 6, 9)
    assert all(rung.stage.at.weekday() < 5 for rung in rungs)
    windows = {task.id: task.window for task in s1().tasks}
    assert s0().source.issued <= windows["T07"].last
    assert plans()["S3"].source.issued > windows["T08"].last


def test_a33_before_the_tenth_of_december_recurs_from_2023_to_2030_and_has_no_as_of() -> None:
    s3 = plans()["S3"]
    due_reports = [
        due_report
        for due_report in duties(s3, register(), date(2023, 4, 5))
        if due_report.owner == STAR and "OB16" in due_report.id
    ]
    assert {due_report.id: due_report.last_day for due_report in due_reports} == {
        f"OB16-{year}": date(year, 12, 9) for year in range(2023, 2031)
    }
    assert counted_to(s3, s3.obligation["OB16"]) is None


def test_a34_the_windows_of_s3_stay_as_printed_and_a_past_one_is_nobodys_duty() -> None:
    """Awards are given in 2025 and 2030; the window of OB18 (Quý I/2023) was past on 04/4/2023."""
    s3 = plans()["S3"]
    assert [(o.window.first.year, o.window.last.year) for o in s3.occasions] == [(2025, 2025), (2030, 2030)]
    past = s3.obligation["OB18"].window
    assert past is not None
    assert past.last < s3.source.issued
    obligations = {due_report.id.partition("-")[0] for due_report in duties(s3, register(), s3.source.issued)}
    assert obligations == {"OB15", "OB16", "OB19"}


def test_a36_attendance_and_tasks_are_two_reports_of_one_office_and_either_may_be_late_alone() -> None:
    attendance, tasks = (duty(s0(), obligation, AS_OF) for obligation in ("OB01", "OB02"))
    assert (attendance.account, attendance.last_day) == (tasks.account, tasks.last_day)
    late = datetime(2023, 12, 5, 9, tzinfo=VIETNAM)
    year = Chasing(s0(), only=("OB01", "OB02"))
    year.report("OB01", NOW)
    (notice,) = year.remind(late)
    assert [(line.duty, line.stage) for line in notice.lines] == [("OB02", "L+1")]


@pytest.mark.parametrize(("values", "timely"), [({}, True), ({"A37": "latest"}, False)])
def test_a37_a_late_correction_leaves_a_complete_report_on_time_or_if_switched_makes_it_late(
    values: dict[str, str], timely: bool
) -> None:
    plan, everyone = switched(**values), [score(unit) for tier in (Tier.SO, Tier.HUYEN) for unit in units(tier)]
    first = send(plan, "so-tttt", "OB07", everyone)
    assert isinstance(first, AcceptedReport)
    assert first.receipt.complete_timely is True
    late = datetime(2023, 12, 8, 9, tzinfo=VIETNAM)
    second = send(plan, "so-tttt", "OB07", everyone[:1], now=late, ledger=first.ledger)
    assert (second.receipt.version, second.receipt.timely, second.receipt.complete_timely) == (2, False, timely)


def test_a37_a_correction_replaces_the_figure_and_the_ranks_follow() -> None:
    given = proven(1, 1, 1)
    given.scores("de-an-06", Tier.SO, {STAR: "5"}, others=None, version=2)
    assert given.finding("C1", STAR, "de-an-06").verdict is Verdict.FAIL
    assert given.lists()["C1"].candidates == ()
