"""Who owes what for which period is decided once, by one day of the register, and not again each day (0033)."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

import pytest

from services.council import rules as council
from services.council.state import ProvinceFacts, SessionContext
from services.intake.context import IntakeContext, Ledger
from services.intake.obligations.rules import due_reports, inherited_ledgers, is_answered
from shared.contracts.model import VIETNAM
from shared.contracts.plan import Plan
from shared.contracts.programme import Session
from shared.contracts.sessions import CouncilMeeting
from shared.contracts.units import UnitRegister
from shared.plans.duties import duties
from shared.plans.expected import Expected, expected_list, fixing_day
from shared.plans.working_days import viet_nam
from tests.support.ambiguities import plans
from tests.support.mergers import MERGED_ON, merged
from tests.support.movement import register, s0, s1

S3 = plans()["S3"]
APRIL = date(2023, 4, 5)


def rows(plan: Plan, duty: str, units: UnitRegister | None = None, on: date = APRIL) -> dict[str | None, Expected]:
    """The rows of a duty by account."""
    return {row.account: row for row in expected_list(plan, units or register(), on) if row.duty == duty}


def test_every_obligation_and_task_that_binds_is_on_the_list_once_an_account() -> None:
    """OB01-OB22, the tasks of KH 38, and S3's yearly report until 2030."""
    listed = {key: expected_list(plan, register(), APRIL) for key, plan in plans().items()}
    for key, plan in plans().items():
        names = Counter((row.duty, row.account) for row in listed[key])
        assert set(names.values()) <= {1}
        binding = {o.duty(period) for o in plan.obligations if not o.optional for period, _ in o.dues()}
        binding |= {o.id for o in plan.obligations if not o.optional and not list(o.dues())}
        assert {row.duty for row in listed[key]} == binding | {task.id for task in plan.tasks}
    yearly = {row.period for row in listed["S3"] if row.duty.startswith("OB16")}
    assert yearly == {str(year) for year in range(2023, 2031)}
    numbers = {row.duty.partition("-")[0].rstrip("ab") for of_plan in listed.values() for row in of_plan}
    assert {f"OB{n:02}" for n in range(1, 23)} <= numbers


def test_historical_rows_and_those_without_a_date_stand_apart() -> None:
    states = {row.duty: row.state for row in expected_list(s1(), register(), APRIL)}
    assert [duty for duty, state in states.items() if state == "historical"] == [f"T{n:02}" for n in range(1, 10)]
    assert {row.state for row in rows(s0(), "OB12").values()} == {"no date"}
    assert {row.last_day for row in rows(s0(), "OB12").values()} == {None}
    window = rows(s0(), "OB11").values()
    assert {(row.state, row.last_day) for row in window} == {("open", date(2023, 12, 31))}


def test_those_whom_the_source_means_besides_the_units_of_the_register_are_a_row_that_nobody_is_reminded_of() -> None:
    row = rows(s0(), "OB12")[None]
    assert (row.others, row.expected_from, row.reminded) == ("Các doanh nghiệp", None, None)
    assert None not in {duty.account for duty in duties(s0(), register(), APRIL)}


def test_one_period_can_be_listed_alone() -> None:
    listed = expected_list(S3, register(), APRIL, "2024")
    assert {row.duty for row in listed} == {"OB16-2024"}


def test_task_17_is_expected_from_the_office_once_although_it_is_printed_as_partner_too() -> None:
    (row,) = rows(s1(), "T17").values()
    assert (row.account, row.expected_from, row.reminded) == ("ban-tdkt", "ban-tdkt", "ban-tdkt")
    assert [duty.owner for duty in duties(s1(), register(), APRIL) if duty.id == "T17"] == ["ban-tdkt"]


def test_the_list_is_fixed_on_the_first_day_of_the_reminders_but_not_before_the_plan_is_issued() -> None:
    """OB16 of 2023 is due by Saturday 09/12; 14 working days before Friday 08/12 is Monday 20/11."""
    assert fixing_day(S3, date(2023, 12, 9), viet_nam()) == date(2023, 11, 20)
    silent = S3.model_copy(update={"reminders": None})
    assert fixing_day(silent, date(2023, 12, 9), viet_nam()) == date(2023, 12, 9)
    assert fixing_day(S3, date(2023, 4, 10), viet_nam()) == S3.source.issued
    assert fixing_day(S3, date(2023, 3, 31), viet_nam()) == date(2023, 3, 31)


def test_a_unit_dissolved_later_stays_and_its_successor_is_reminded() -> None:
    """Two accounts, one recipient; the successor itself, made later, is not added."""
    for day, reminded in ((date(2023, 11, 30), ["so-khdt", "so-tai-chinh"]), (MERGED_ON, ["so-tai-chinh-moi"] * 2)):
        listed = rows(S3, "OB16-2023", merged(), day)
        assert [listed[account].reminded for account in ("so-khdt", "so-tai-chinh")] == reminded
        assert [listed[account].expected_from for account in ("so-khdt", "so-tai-chinh")] == ["so-khdt", "so-tai-chinh"]
        assert "so-tai-chinh-moi" not in listed
    next_year = rows(S3, "OB16-2024", merged(), MERGED_ON)
    assert "so-tai-chinh-moi" in next_year
    assert not {"so-khdt", "so-tai-chinh"} & next_year.keys()


def test_a_unit_dissolved_before_the_list_is_fixed_is_not_on_it() -> None:
    listed = rows(S3, "OB16-2023", merged(date(2023, 11, 20)))
    assert "so-khdt" not in listed
    assert "so-tai-chinh-moi" in listed


def test_a_dissolved_unit_without_a_successor_stays_with_nobody_to_remind() -> None:
    gone = UnitRegister(province="thai-binh", version=2, units=merged().units[:-1])
    listed = rows(S3, "OB16-2023", gone, MERGED_ON)
    assert (listed["so-khdt"].expected_from, listed["so-khdt"].reminded) == ("so-khdt", None)
    assert "so-khdt" not in {duty.account for duty in duties(S3, gone, MERGED_ON) if duty.id == "OB16-2023"}


def test_a_role_is_on_the_list_under_its_own_name_whoever_holds_it() -> None:
    document: dict[str, Any] = s0().model_dump(mode="json")
    role = next(row for row in document["roles"] if row["id"] == "thong-tin-truyen-thong")
    role["held"] = [{"unit": "so-tttt", "last": "2023-11-30"}, {"unit": "so-khcn", "first": "2023-12-01"}]
    plan = Plan.model_validate(document)
    for day, reminded in ((date(2023, 11, 30), "so-tttt"), (date(2023, 12, 1), "so-khcn")):
        (row,) = rows(plan, "OB07", on=day).values()
        assert (row.account, row.expected_from, row.reminded) == ("thong-tin-truyen-thong", "so-tttt", reminded)


def test_the_successor_sees_one_report_for_two_accounts_and_no_dissolved_unit_sees_any() -> None:
    now = datetime(2023, 12, 4, 9, tzinfo=VIETNAM)
    context = IntakeContext(S3, merged())
    seen = {
        agency: [r.period for r in due_reports(context, agency, now) if r.obligation.id == "OB16"]
        for agency in ("so-tai-chinh-moi", "so-khdt", "so-noi-vu")
    }
    assert seen["so-tai-chinh-moi"] == seen["so-noi-vu"] == [str(year) for year in range(2023, 2031)]
    assert seen["so-khdt"] == []


def test_the_successor_sees_none_once_all_its_predecessors_had_reported() -> None:
    """A unit that took over another's duty beside its own sees its own report, as always."""
    now = datetime(2023, 12, 4, 9, tzinfo=VIETNAM)
    context = IntakeContext(S3, merged())
    for agency, accounts in (("so-tai-chinh-moi", ("so-khdt", "so-tai-chinh")), ("so-noi-vu", ())):
        (report,) = (r for r in due_reports(context, agency, now) if (r.obligation.id, r.period) == ("OB16", "2023"))
        assert (report.account, report.inherited) == (agency, accounts)
        ledgers = [f"thai-binh/{S3.movement.id}/OB16/{account}/2023" for account in accounts]  # type: ignore[union-attr]
        assert inherited_ledgers(context, report) == ledgers
    open_ledger, complete = Ledger(), Ledger(version=1, complete_at=now)
    answered = [is_answered(ledgers) for ledgers in ((), (open_ledger, complete), (complete, complete))]
    assert answered == [False, False, True]


@pytest.mark.parametrize("answering", [("so-khdt", "so-tai-chinh"), ("so-tai-chinh-moi",)])
def test_the_council_names_the_successor_once_until_its_report_or_both_earlier_ones_are_complete(
    answering: tuple[str, ...],
) -> None:
    movement = S3.movement
    assert movement is not None
    session = Session.model_validate(
        {
            "id": "P9",
            "name": "Phiên họp",
            "window": {"first": "2023-12-01", "last": "2023-12-31"},
            "tasks": [],
            "cite": "A23",
        }
    )

    def open_units(*complete: str) -> list[str]:
        done = frozenset((movement.id, "OB16-2023", account) for account in complete)
        facts = ProvinceFacts(plans=[S3], complete=done, lists={}, nominations={}, register=merged())
        items = council.assemble(SessionContext(session, s1(), facts, date(2023, 12, 20)), CouncilMeeting())
        return [unit for item in items if item.id.endswith("OB16-2023") for unit in item.units]

    assert open_units().count("so-tai-chinh-moi") == 1
    assert "so-tai-chinh-moi" in open_units("so-khdt")
    assert "so-tai-chinh-moi" not in open_units(*answering)
