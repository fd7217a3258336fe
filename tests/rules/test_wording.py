"""Names, dates, numbers and citations as the province's officials write them (DOMAIN 6.1, 6.2; NĐ 30/2020)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from shared.wording.citations import Citing, document_in_full, document_with_subject, place
from shared.wording.formats import cac_ngay, cham, con_lai, gia_han, ngay, ngay_lam_viec_cuoi, so, thoi_han, thu
from shared.wording.plan_checks import readable_days
from shared.wording.unit_names import addressee, full_name, grouped_names, head_title, short_name
from tests.support.movement import register, s0, s1

THE_ONE, THE_OTHER, TIEN_HAI = "13000", "12808", "342"
DOCUMENTS = {"S0": s0().source, "S1": s1().source}


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2023, 4, 4), "04/4/2023"),
        (date(2023, 3, 28), "28/3/2023"),
        (date(2023, 12, 5), "05/12/2023"),
        (date(2023, 2, 15), "15/02/2023"),
        (date(2024, 1, 9), "09/01/2024"),
    ],
)
def test_a_day_below_ten_and_the_first_two_months_get_a_zero(day: date, written: str) -> None:
    assert ngay(day) == written


def test_a_deadline_has_the_day_before_which_and_the_last_day() -> None:
    assert thoi_han(date(2023, 12, 9)) == "trước ngày 10/12/2023 (chậm nhất hết ngày 09/12/2023)"
    assert gia_han(date(2023, 12, 4), date(2023, 12, 8)) == "gia hạn từ hết ngày 04/12/2023 đến hết ngày 08/12/2023"


def test_a_week_runs_from_thu_hai_to_chu_nhat() -> None:
    assert [thu(date(2023, 12, day)) for day in range(4, 11)] == [
        *("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
    ]
    assert ngay_lam_viec_cuoi(date(2023, 12, 8)) == "ngày làm việc cuối cùng là thứ Sáu, 08/12/2023"


def test_days_are_written_for_people_but_not_within_a_quotation() -> None:
    """What stands in quotation marks is what the file has, so that it can be found there."""
    text = "giá trị “2023-02-30”: phải trước 2023-12-05; không có 2023-02-30 và “từ 2023-01-01 đến"
    shown = "giá trị “2023-02-30”: phải trước 05/12/2023; không có 30/02/2023 và “từ 01/01/2023 đến"
    assert readable_days(text) == shown


def test_what_is_left_counts_working_days_and_a_delay_calendar_days() -> None:
    assert (con_lai(3), cham(3)) == ("còn 03 ngày làm việc", "chậm 03 ngày")


def test_a_score_keeps_the_decimals_of_its_field() -> None:
    assert [so(Decimal(score), 2) for score in ("99.1", "98.97", "1000")] == ["99,10", "98,97", "1.000,00"]
    assert (so(Decimal("87.50")), so(100, 0)) == ("87,5", "100")


def test_two_communes_of_one_name_differ_by_their_districts() -> None:
    """It was "Xã Đông Hoàng" in tables, nominations, decisions and mails alike."""
    assert short_name(register(), THE_ONE) == "xã Đông Hoàng, huyện Tiền Hải"
    assert full_name(register(), THE_OTHER) == "Ủy ban nhân dân xã Đông Hoàng, huyện Đông Hưng"
    assert addressee(register(), THE_ONE) == "Kính gửi: Ủy ban nhân dân xã Đông Hoàng, huyện Tiền Hải"


def test_below_the_head_of_its_district_a_commune_has_its_short_name() -> None:
    assert short_name(register(), THE_ONE, under=TIEN_HAI) == "xã Đông Hoàng"


def test_a_list_names_each_district_once() -> None:
    listed = grouped_names(register(), ["so-y-te", "344", "13276", "13282", THE_ONE])
    assert listed == "Sở Y tế; huyện Vũ Thư; huyện Vũ Thư: xã Vũ Vân, xã Hồng Phong; huyện Tiền Hải: xã Đông Hoàng"


def test_every_commune_of_the_province_has_a_name_of_its_own() -> None:
    for name_of in (short_name, full_name, addressee):
        names = [name_of(register(), unit.code) for unit in register().units]
        assert len(set(names)) == len(names)


def test_a_district_is_its_place_in_a_list_and_its_committee_elsewhere() -> None:
    assert short_name(register(), "344") == "huyện Vũ Thư"
    assert full_name(register(), "336") == "Ủy ban nhân dân thành phố Thái Bình"


def test_an_office_keeps_its_name_and_one_within_a_department_names_it() -> None:
    assert full_name(register(), "so-y-te") == short_name(register(), "so-y-te") == "Sở Y tế"
    assert full_name(register(), "ban-tdkt") == "Ban Thi đua - Khen thưởng, Sở Nội vụ"
    assert full_name(register(), "tinh-thai-binh") == "Ủy ban nhân dân tỉnh Thái Bình"


def test_a_code_the_register_does_not_have_is_called_a_code() -> None:
    assert full_name(register(), "so-moi") == "đơn vị mang mã so-moi"


def test_a_document_is_cited_in_full_first_and_by_its_number_afterwards() -> None:
    citing = Citing(DOCUMENTS)
    assert citing.text("S0 VI.5") == "khoản 5 Mục VI Kế hoạch số 46/KH-UBND ngày 28/3/2023 của Ủy ban nhân dân tỉnh"
    assert citing.text("S0 IV.3.a; A14") == "điểm a khoản 3 Mục IV Kế hoạch số 46/KH-UBND"
    assert citing.text("S1 Phụ lục 27") == (
        "số thứ tự 27 Phụ lục Kế hoạch số 38/KH-HĐTĐKT ngày 04/4/2023 của Hội đồng Thi đua - Khen thưởng tỉnh"
    )
    assert (
        citing.text("S0 V; S1 II.1.đ") == "Mục V Kế hoạch số 46/KH-UBND; điểm đ khoản 1 Mục II Kế hoạch số 38/KH-HĐTĐKT"
    )
    assert citing.text("A12") == "Bổ sung, chưa có trong kế hoạch"


def test_a_clause_with_a_number_of_two_parts_keeps_it() -> None:
    assert place("IV.1.1.b") == "điểm b khoản 1.1 Mục IV"
    assert place("IV.2.1") == "khoản 2.1 Mục IV"
    assert place("III.1.a.2") == "tiết 2 điểm a khoản 1 Mục III"
    assert place("Điều 3") == "Điều 3"


@pytest.mark.parametrize(
    ("issuer", "named"),
    [
        ("Ủy ban nhân dân tỉnh Thái Bình", "Ủy ban nhân dân tỉnh"),
        ("Ủy ban nhân dân tỉnh Đắk Lắk", "Ủy ban nhân dân tỉnh"),
        ("Ủy ban nhân dân tỉnh Bà Rịa - Vũng Tàu", "Ủy ban nhân dân tỉnh"),
        ("Sở Nội vụ", "Sở Nội vụ"),
        ("Ban Chỉ đạo cấp tỉnh về cải cách", "Ban Chỉ đạo cấp tỉnh về cải cách"),
    ],
)
def test_an_agency_of_the_province_is_cited_without_the_provinces_name(issuer: str, named: str) -> None:
    """As NĐ 30/2020 has it within a province."""
    source = s0().source.model_copy(update={"issuer": issuer})
    assert document_in_full(source).endswith(f" của {named}")


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("so-noi-vu", "Giám đốc Sở"),
        ("vp-tinh-uy", "Chánh Văn phòng"),
        ("344", "Chủ tịch Ủy ban nhân dân huyện Vũ Thư"),
        ("uy-ban-mttq", "Chủ tịch Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh"),
        ("cong-an-tinh", "Giám đốc Công an tỉnh"),
        ("bo-chqs", "Chỉ huy trưởng Bộ Chỉ huy Quân sự tỉnh"),
        ("thanh-tra-tinh", "Chánh Thanh tra tỉnh"),
        ("ban-qlda-giao-thong", "Giám đốc Ban"),
        ("ban-ql-kkt", "Trưởng ban"),
        ("hoi-dong-tdkt", "Chủ tịch Hội đồng"),
        ("hoi-nong-dan", "Chủ tịch Hội Nông dân tỉnh"),
        ("tinh-doan", "Bí thư Tỉnh đoàn Thái Bình"),
        ("truong-cd-y-te", "Hiệu trưởng Nhà trường"),
        ("cong-ttdt", "Thủ trưởng cơ quan"),
    ],
)
def test_the_head_of_a_unit_has_the_title_of_its_kind(code: str, title: str) -> None:
    assert head_title(register(), code) == title


def test_days_of_one_year_share_it() -> None:
    assert cac_ngay([date(2023, 12, 4)]) == "04/12/2023"
    assert cac_ngay([date(2023, 12, 1), date(2023, 12, 29), date(2024, 1, 2)]) == "01/12, 29/12/2023, 02/01/2024"
    assert cac_ngay([]) == ""


def test_a_document_is_named_with_its_subject_once() -> None:
    """Its title is in a sentence, within the province and with typographic quotation marks."""
    citing = Citing({"S0": s0().source}, document_with_subject)
    assert citing.text("S0 VI.5") == (
        "khoản 5 Mục VI Kế hoạch số 46/KH-UBND ngày 28/3/2023 của Ủy ban nhân dân tỉnh về tổ chức thực hiện Phong trào "
        "thi đua “Trách nhiệm, kỷ cương, tăng cường cải cách, tận dụng cơ hội, bứt phá đi lên” năm 2023"
    )
    assert citing.text("S0 VI.4") == "khoản 4 Mục VI Kế hoạch số 46/KH-UBND"
