"""OB09, the list of outstanding contributors: enterprises are in no register (A47), and its as-of is inferred (A3)."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from services.intake.reports.parsing import parse_report
from services.intake.reports.state import AcceptedReport
from services.intake.reports.withdrawal import WithdrawalRequest
from services.intake.workbooks.layout import AS_OF, SHEET
from services.scoring.explanation import Explainer
from shared.contracts.intake import ListedReport, Results
from shared.contracts.model import Tier
from tests.support.figures import violation
from tests.support.filling import changed, column, form, heading_row, label_row, read
from tests.support.movement import Given, register, s0, units
from tests.support.report_history import ReportedLedger
from tests.support.reports import body, codes, report, submit
from tests.support.reports import read as parsed

STAR = units(Tier.SO)[3]
INFERRED = "ngày chốt suy ra, nguồn không nêu"
MAY_10 = {"name": "Tổng Công ty May 10 Hưng Hà", "tax_code": "1000123456"}
DAI_DUONG = {"name": "Công ty TNHH Đại Dương", "tax_code": "1000654321-001", "note": "Nộp ngân sách 120 tỷ đồng"}


def the_list(*enterprises: dict[str, Any], rows: tuple[str, ...] = (), **changes: Any) -> Any:
    return report("OB09", [{"unit": unit} for unit in rows], enterprises=list(enterprises), **changes)


def form_problem(enterprise: dict[str, Any], obligation: str = "OB09", rows: Any = ()) -> Any:
    problems = parse_report(body(obligation, rows) | {"enterprises": [enterprise]})
    assert isinstance(problems, list)
    return problems[0]


def enterprises(events: list[Any]) -> list[tuple[Results, dict[str, bool]]]:
    return [(e.data, {x.tax_code: x.listed for x in e.data.enterprises}) for e in events if e.data.enterprises]


def test_a_list_may_hold_enterprises_with_name_and_tax_code_beside_units() -> None:
    outcome = submit("so-khdt", the_list(MAY_10, DAI_DUONG, rows=(STAR,)))
    assert isinstance(outcome, AcceptedReport), outcome.receipt.problems


def test_a_tax_code_has_ten_digits_or_thirteen_and_is_there_once() -> None:
    problem = form_problem(MAY_10 | {"tax_code": "100012345"})
    assert (problem.code, problem.pointer) == ("invalid", "/enterprises/0/tax_code")
    outcome = submit("so-khdt", the_list(MAY_10, MAY_10 | {"name": "May 10"}))
    assert codes(outcome) == ["enterprise_twice"]
    assert outcome.receipt.problems[0].pointer == "/enterprises/1/tax_code"


def test_other_reports_hold_no_enterprises() -> None:
    problem = form_problem(MAY_10, obligation="OB06", rows=[{"unit": STAR, "score": "90"}])
    assert problem.pointer == "/enterprises"


def test_enterprises_are_published_in_events_of_their_own_and_decide_no_award() -> None:
    """Every event with units is as before, so that older releases of scoring read the list as they did."""
    with_them, without = ReportedLedger(agency="so-khdt"), ReportedLedger(agency="so-khdt")
    with_them.send(the_list(MAY_10, DAI_DUONG, rows=(STAR,)))
    without.send(report("OB09", [{"unit": STAR}]))
    (listing,) = enterprises(with_them.events[0])
    assert (listing[0].rows, listing[0].complete) == ((), False)
    assert {violation(s0(), register(), event.data) for event in with_them.events[0]} == {None}
    assert listing[1] == {"1000123456": True, "1000654321-001": True}
    others = [e.model_dump_json() for e in with_them.events[0] if not e.data.enterprises]
    assert others == [e.model_dump_json() for e in without.events[0]]
    assert "enterprises" not in "".join(others)
    assert (
        with_them.movement_figures().rows("listed", Tier.SO).keys()
        == without.movement_figures().rows("listed", Tier.SO).keys()
    )


def test_an_enterprise_list_longer_than_a_page_takes_several_events() -> None:
    many = [{"name": f"Công ty {n}", "tax_code": f"{1000000000 + n}"} for n in range(300)]
    ledger = ReportedLedger(agency="so-khdt")
    ledger.send(the_list(*many))
    assert [len(listed) for _, listed in enterprises(ledger.events[0])] == [256, 44]
    assert len({event.id for event in ledger.events[0]}) == len(ledger.events[0])


def test_withdrawing_a_list_restores_the_enterprises_of_the_list_before() -> None:
    ledger = ReportedLedger(agency="so-khdt")
    ledger.send(the_list(MAY_10))
    second = ledger.send(the_list(MAY_10 | {"listed": False}, DAI_DUONG))
    ledger.withdraw(second, WithdrawalRequest("agency", "so-khdt", "nhầm"))
    restored = enterprises(ledger.events[-1])
    assert [listed for _, listed in restored] == [{"1000123456": True}, {"1000654321-001": False}]
    assert all(data.instead is not None and not data.rows for data, _ in restored)


def test_an_enterprise_is_reported_in_the_form_by_its_name_and_tax_code() -> None:
    def filled(sheet: Any) -> None:
        row = heading_row(sheet) + 1
        sheet.cell(row, 2).value = "Tổng Công ty May 10 Hưng Hà"
        sheet.cell(row, column(sheet, "Mã số thuế doanh nghiệp")).value = "1000123456"
        sheet.cell(row + 1, 1).value = STAR

    sheet = read(changed(form("OB09"), filled))
    assert sheet.problems == []
    sent = parsed(sheet.body)
    assert isinstance(sent, ListedReport)
    assert [row.unit for row in sent.rows] == [STAR]
    assert [(e.name, e.tax_code, e.listed) for e in sent.enterprises] == [(*MAY_10.values(), True)]


@pytest.mark.parametrize("name", ["Sở Y tế", None])
def test_a_unit_code_beside_a_tax_code_is_a_problem_of_its_cell(name: str | None) -> None:
    """The unit silently became an enterprise, and was missing from the list."""

    def filled(sheet: Any) -> None:
        row = heading_row(sheet) + 1
        sheet.cell(row, 1).value = "336"
        sheet.cell(row, 2).value = name
        sheet.cell(row, column(sheet, "Mã số thuế doanh nghiệp")).value = "1000123456"

    content = changed(form("OB09"), filled)
    row = heading_row(openpyxl.load_workbook(io.BytesIO(content))[SHEET]) + 1
    (problem,) = read(content).problems
    assert (problem.code, problem.cell, problem.value) == ("unit_with_tax_code", f"A{row}", "336")
    assert problem.detail == (
        f"Dòng có cả mã đơn vị “336” và mã số thuế (ô E{row}). Nếu là đơn vị trong danh mục, hãy xóa mã số thuế; "
        "nếu là doanh nghiệp, hãy xóa mã đơn vị và ghi tên ở cột tên."
    )


def test_a_wrong_tax_code_is_found_again_in_its_cell() -> None:
    def filled(sheet: Any) -> None:
        row = heading_row(sheet) + 1
        sheet.cell(row, 2).value = "May 10"
        sheet.cell(row, column(sheet, "Mã số thuế doanh nghiệp")).value = "12345"

    content = changed(form("OB09"), filled)
    top = heading_row(openpyxl.load_workbook(io.BytesIO(content))[SHEET])
    sheet = read(content)
    assert sheet.positions["/enterprises/0/tax_code"][0] == top + 1


def test_the_form_marks_its_as_of_day_as_inferred_once() -> None:
    for obligation, is_inferred in (("OB09", True), ("OB06", False)):
        sheet = openpyxl.load_workbook(io.BytesIO(form(obligation)))[SHEET]
        comment = sheet.cell(label_row(sheet, AS_OF.heading), 1).comment
        assert comment is not None
        for text in (comment.text, str(sheet.cell(3, 1).value)):
            assert text.count("suy ra") == text.count(INFERRED) == int(is_inferred), text


def test_a_refusal_that_names_the_as_of_day_marks_it_as_inferred() -> None:
    (problem,) = submit("so-khdt", the_list(as_of="2023-12-01")).receipt.problems
    assert problem.detail.endswith(f"sau ngày chốt 30/11/2023 của phong trào ({INFERRED}).")
    (printed,) = submit(
        "so-noi-vu", report("OB05", [{"unit": STAR, "violations": 0}], as_of="2023-12-01")
    ).receipt.problems
    assert printed.detail.endswith("sau ngày chốt 30/11/2023 của kế hoạch.")


def test_an_explanation_cites_the_source_for_the_list_and_not_for_its_as_of_day() -> None:
    given = Given().ranks(Tier.SO, STAR, (1, 1, 1)).proven(Tier.SO, STAR)
    explained = Explainer(given.movement_figures, given.context, {"S0": s0().source}).explain(STAR)
    text = "\n".join(line for section in explained.sections for line in section.lines)
    inferred = f"(khoản 7 Mục VI Kế hoạch số 46/KH-UBND), số liệu tính đến hết ngày 30/11/2023 ({INFERRED})"
    assert inferred in text
    assert "số liệu tính đến hết ngày 30/11/2023 (khoản 2 Mục VI Kế hoạch số 46/KH-UBND" in text
    assert text.count(INFERRED) == text.count("khoản 7 Mục VI")
