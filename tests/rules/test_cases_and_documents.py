"""Reports without figures: cases that are opened and closed, and documents."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.intake.context import IntakeContext
from services.intake.reports import parsing
from services.intake.reports.results import report_results
from services.intake.reports.state import AcceptedReport
from shared.contracts.intake import Report
from shared.contracts.model import VIETNAM, Kind, Tier
from shared.plans.authority import expected_units
from shared.plans.load import load_plan
from tests.support.movement import AS_OF, register, s0, units
from tests.support.provinces import THAI_BINH
from tests.support.reports import NOW, body, codes, read, report, submit

COMMUNE = units(Tier.XA)[0]
SO = units(Tier.SO)


def case(unit: str, name: str = "12/QĐ-TTr", **changes: Any) -> dict[str, Any]:
    return {"unit": unit, "case": name, "signs_of_violation": True, "opened": "2023-12-01", **changes}


def cases(*rows: dict[str, Any], **changes: Any) -> Report:
    return report("OB05", rows, **{"kind": "inspection", "as_of": "2023-12-01", **changes})


def test_a_case_opened_after_the_as_of_is_accepted_and_final() -> None:
    """A2, A18: it is reported under the discipline obligation, also long after its due day and without an as-of."""
    taken = submit("so-noi-vu", cases(case(SO[0])))
    assert isinstance(taken, AcceptedReport)
    assert taken.receipt.final is True
    (event,) = report_results(taken, IntakeContext(s0(), register()), "thidua/intake")
    assert (event.data.kind, event.data.subject, event.data.field) == (Kind.INSPECTION, "inspection", None)
    assert isinstance(submit("so-noi-vu", cases(case(SO[0]), as_of=None)), AcceptedReport)
    january = datetime(2024, 1, 15, tzinfo=VIETNAM)
    closing = cases(case(SO[0], closed="2024-01-12"), as_of="2024-01-12")
    assert isinstance(submit("so-noi-vu", closing, now=january), AcceptedReport)


def test_cases_come_from_the_discipline_reporter_and_under_no_other_obligation() -> None:
    """Everyone else is refused by default, as with figures."""
    for agency in ("thanh-tra-tinh", "cong-an-tinh", "so-tttt"):
        assert codes(submit(agency, cases(case(SO[0])))) == ["not_responsible"]
    assert codes(submit("so-noi-vu", report("OB06", [case(SO[0])], kind="inspection"))) == ["wrong_kind"]
    assert codes(submit("so-noi-vu", cases(case(COMMUNE)))) == ["tier_not_reported"]


def test_cases_affect_neither_the_completeness_nor_the_timeliness_of_the_figures() -> None:
    """Cases about every unit complete nothing; a late case leaves a complete report complete in time."""
    expected = [unit for tier in s0().obligation["OB05"].expected for unit in units(tier)]
    assert set(expected) == expected_units(s0(), s0().obligation["OB05"], register(), AS_OF, "so-noi-vu")
    first = submit("so-noi-vu", cases(*(case(unit) for unit in expected)))
    assert isinstance(first, AcceptedReport)
    assert (first.receipt.complete_at, first.ledger.covered) == (None, frozenset())
    figures = report("OB05", [{"unit": unit, "violations": 0} for unit in expected])
    later = NOW + timedelta(hours=1)
    second = submit("so-noi-vu", figures, ledger=first.ledger, now=later)
    assert isinstance(second, AcceptedReport)
    assert (second.receipt.version, second.receipt.complete_at) == (2, later)
    late = submit("so-noi-vu", cases(case(SO[0])), ledger=second.ledger, now=datetime(2023, 12, 8, tzinfo=VIETNAM))
    assert (late.receipt.version, late.receipt.complete_at, late.receipt.complete_timely) == (3, later, True)
    assert (first.receipt.timely, second.receipt.timely, late.receipt.timely) == (None, True, None)


def test_a_report_may_hold_two_cases_of_a_unit_but_not_the_same_case_twice() -> None:
    """A case is identified by its name."""
    assert isinstance(submit("so-noi-vu", cases(case(SO[0], "one"), case(SO[0], "two"))), AcceptedReport)
    assert codes(submit("so-noi-vu", cases(case(SO[0], "one"), case(SO[0], "one")))) == ["unit_twice"]


@pytest.mark.parametrize("day", [{"opened": "2023-12-02"}, {"closed": "2023-12-02"}])
def test_a_case_cannot_begin_or_end_on_a_future_day(day: dict[str, str]) -> None:
    """The current day of these tests is 01/12."""
    assert codes(submit("so-noi-vu", cases(case(SO[0], **day)))) == ["date_in_future"]


S3 = load_plan(THAI_BINH / "s3-52-kh-ubnd.yaml")


def document(obligation: str, period: str, issued: str) -> Report:
    assert S3.movement is not None
    details = {"number": "12/KH-SYT", "issued": issued, "title": "Kế hoạch hưởng ứng Phong trào thi đua"}
    head = {"movement": S3.movement.id, "obligation": obligation, "period": period, "kind": "document"}
    return read({**head, "document": details})


@pytest.mark.parametrize(("day", "timely"), [(29, True), (30, False)])
def test_a_document_is_complete_at_once_and_its_timeliness_follows_from_its_arrival(day: int, timely: bool) -> None:
    """OB15 is due before 30/6/2023. A document has no figures, so no results are published."""
    now = datetime(2023, 6, day, 23, 59, tzinfo=VIETNAM)
    taken = submit("so-y-te", document("OB15", "2023", "2023-06-20"), plan=S3, now=now)
    assert isinstance(taken, AcceptedReport)
    assert (taken.receipt.timely, taken.receipt.complete_at, taken.receipt.complete_timely) == (timely, now, timely)
    assert taken.receipt.account == "so-y-te"
    assert report_results(taken, IntakeContext(S3, register()), "thidua/intake") == []


def test_a_document_outside_the_periods_of_its_obligation_is_refused_with_the_periods_named() -> None:
    """OB16 is yearly from 2023 to 2030; each year is a separate duty (A33)."""
    now = datetime(2024, 12, 2, tzinfo=VIETNAM)
    for period in ("2022", "2031", "2023-Q4"):
        refused = submit("so-y-te", document("OB16", period, "2023-11-20"), plan=S3, now=now)
        assert codes(refused) == ["wrong_period"]
        (problem,) = refused.receipt.problems
        assert problem.expected == "cần kỳ " + ", ".join(str(year) for year in range(2023, 2031))
        assert problem.detail.startswith("Kỳ báo cáo phải là năm 2023 hoặc năm 2024")
    outcomes = {
        period: submit("so-y-te", document("OB16", period, "2023-11-20"), plan=S3, now=now)
        for period in ("2023", "2024")
    }
    assert {period: outcome.receipt.timely for period, outcome in outcomes.items()} == {"2023": False, "2024": True}


def test_documents_come_from_units_that_must_send_them_and_are_not_dated_in_the_future() -> None:
    """OB15 binds the departments, not the districts."""
    now = datetime(2023, 6, 1, tzinfo=VIETNAM)
    assert codes(submit(units(Tier.HUYEN)[0], document("OB15", "2023", "2023-05-20"), plan=S3, now=now)) == [
        "not_responsible"
    ]
    future = submit("so-y-te", document("OB15", "2023", "2023-06-02"), plan=S3, now=now)
    assert codes(future) == ["date_in_future"]
    assert future.receipt.problems[0].pointer == "/document/issued"


def test_an_unexpected_field_of_a_report_is_named_but_its_value_is_not_repeated() -> None:
    """A nomination posted as a report holds a person's name, and receipts are events (L15)."""
    person = {"name": "Nguyễn Văn Minh", "born": "1980-01-11"}
    for wrong in ({"person": person}, {"award": "Nguyễn Văn Minh"}, {"rows": {"name": "Nguyễn Văn Minh"}}):
        problems = parsing.parse_report(body("OB06", []) | wrong)
        assert isinstance(problems, list)
        assert problems
        assert "Minh" not in repr(problems)
