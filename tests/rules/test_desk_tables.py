"""The tables of the desk's pages as files: the page's filter, numbers as numbers, and no text that is a formula."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

from services.council.desk.criteria import MAX_ROWS, CriteriaAsked, criteria_view
from services.council.desk.nominating import nominating_view
from services.council.desk.ranking import RankingAsked, board_asked
from services.council.desk.tables import criteria_sheet, nominating_sheet, ranking_sheet
from services.council.documents.exports import Sheet, csv_file, xlsx
from shared.contracts.model import Tier, Verdict
from shared.contracts.nominations import Nomination
from shared.plans.quotas import NominationContext
from tests.support.desk_results import AT, FIRST, SECOND, THIRD, board, finding, result, results
from tests.support.movement import register, s0, units

TODAY = date(2023, 12, 5)
FIELD = "chuyen-doi-so"


def ranking(scores: dict[str, str], tier: Tier = Tier.SO, **query: str) -> Sheet:
    query_of_page = RankingAsked(**{"field": FIELD, "tier": tier.value, **query})
    scored = results({}, {(FIELD, tier): board(**scores)})
    return ranking_sheet(scored, board_asked(s0(), register(), query_of_page), query_of_page)


def test_a_board_has_ranks_and_scores_as_numbers_and_the_district_in_a_column_of_its_own() -> None:
    sheet = ranking({units(Tier.XA)[0]: "91.25", units(Tier.XA)[1]: "90"}, Tier.XA)
    first = dict(zip(sheet.heads, sheet.rows[0], strict=True))
    assert (first["Hạng"], first["Điểm"]) == (1, Decimal("91.25"))
    assert str(first["Huyện, thành phố"]).startswith(("huyện ", "thành phố "))
    assert "Huyện" not in str(first["Đơn vị"])
    assert sheet.title.endswith("Xã, phường, thị trấn, toàn tỉnh")


def test_a_board_has_only_the_units_that_the_page_was_searched_for() -> None:
    communes = {code: str(50 + n / 10) for n, code in enumerate(units(Tier.XA))}
    assert len(ranking(communes, Tier.XA).rows) == len(communes)
    assert {row[1] for row in ranking(communes, Tier.XA, typed="dong hoang").rows} == {"xã Đông Hoàng"}


def test_the_matrix_has_all_units_of_the_filter_not_only_those_of_one_district_as_the_page() -> None:
    b3 = s0().award["B3"]
    scored = results({"B3": {unit: result("B3") for unit in units(Tier.XA)}})
    assert len(criteria_view(scored, [s0()], b3, CriteriaAsked("B3")).rows) < MAX_ROWS
    sheet = criteria_sheet(scored, b3, CriteriaAsked("B3"))
    assert len(sheet.rows) == len(units(Tier.XA))
    assert criteria_sheet(scored, b3, CriteriaAsked("B3", outcome="khong-dat")).rows == []
    district = register().by_code[units(Tier.XA)[0]].parent or ""
    of_district = criteria_sheet(scored, b3, CriteriaAsked("B3", district=district))
    assert 0 < len(of_district.rows) < len(sheet.rows)
    assert len({row[1] for row in of_district.rows}) == 1


def test_a_criterion_about_a_rank_has_the_rank_as_a_number_and_any_other_its_verdict_and_reason() -> None:
    behind = finding(FIELD, Verdict.FAIL, "rank_outside", rank=7, limit=1)
    unjudged = finding("hoan-thanh-xuat-sac", Verdict.MISSING, "no_feed")
    scored = results({"C1": {FIRST: result("C1", chuyen_doi_so=behind, hoan_thanh_xuat_sac=unjudged)}})
    sheet = criteria_sheet(scored, s0().award["C1"], CriteriaAsked())
    row = dict(zip(sheet.heads, sheet.rows[0], strict=True))
    assert (row["Chuyển đổi số"], row["Chuyển đổi số: hạng"]) == ("không đạt: hạng 7, cần hạng 1", 7)
    assert "chờ thẩm định" in sheet.rows[0]


def nomination(nominator: str, number: int, **changes: object) -> Nomination:
    given: dict[str, object] = {"id": f"n{number}", "plan": s0().ref, "movement": "trach-nhiem-ky-cuong-2023"}
    given |= {"award": "B4", "nominator": nominator, "kind": "tap_the", "subject": f"c{number}", "at": AT}
    return Nomination.model_validate({**given, "name": f"Phòng {number}", "status": "accepted", **changes})


@pytest.mark.parametrize("shown", ["", "da-de-nghi", "con-so-luong"])
def test_nominations_have_their_day_and_the_places_and_the_agencies_are_those_of_the_page(shown: str) -> None:
    made = [nomination(FIRST, 1), nomination(SECOND, 2, status="refused", detail="Sai đối tượng")]
    context = NominationContext(s0(), None, register())
    sheet = nominating_sheet(context, made, TODAY, shown)
    agencies = {row[0] for row in sheet.rows}
    assert len(agencies) == len(nominating_view(context, made, [s0()], TODAY, shown).rows)
    if shown == "da-de-nghi":
        first, second = (dict(zip(sheet.heads, row, strict=True)) for row in sheet.rows if row[3] != "chưa đề nghị")
        assert (first["Ngày"], first["Đã dùng"], first["Còn"]) == (date(2023, 12, 5), 1, 0)
        assert (second["Trạng thái"], second["Lý do"]) == ("không tiếp nhận", "Sai đối tượng")


def test_names_that_look_like_formulas_stay_text_and_days_are_days() -> None:
    """A clerk of an agency chooses the name of a collective."""
    names = ("=HYPERLINK(1)", "+84 Phòng", "-1", "@Phòng")
    made = [nomination(FIRST, n, name=name) for n, name in enumerate(names, 1)]
    sheet = nominating_sheet(NominationContext(s0(), None, register()), made, TODAY, "da-de-nghi")
    page = openpyxl.load_workbook(io.BytesIO(xlsx(sheet))).worksheets[0]
    cells = [cell for row in page.iter_rows(min_row=2) for cell in row if cell.value in names]
    assert [cell.value for cell in cells] == list(names)
    assert {cell.data_type for cell in cells} == {"s"}
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref is not None
    days = [cell for row in page.iter_rows(min_row=2) for cell in row if isinstance(cell.value, datetime)]
    assert {cell.number_format for cell in days} == {"dd/mm/yyyy"}
    text = csv_file(sheet).decode("utf-8-sig")
    in_csv = [row[2] for row in csv.reader(io.StringIO(text))][1 : len(names) + 1]
    assert in_csv == [f"'{name}" for name in names]
    assert "05/12/2023" in text


def test_a_table_that_is_empty_is_still_a_workbook() -> None:
    assert openpyxl.load_workbook(io.BytesIO(xlsx(ranking({})))).worksheets[0].max_row == 1
    assert THIRD not in csv_file(ranking({FIRST: "90"})).decode()
