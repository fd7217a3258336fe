"""The rules for texts of pages refuse each fault, and let the words through that an official expects."""

from __future__ import annotations

import pytest

from tests.support.movement import register
from tests.support.page_texts import Passage, TextRules

RULES = TextRules.of(register(), "Công ty cổ phần Green Farm")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Thời hạn 2023-12-04", "an ISO date"),
        ("Báo cáo của so-noi-vu", "a raw key"),
        ("theo thai-binh/trach-nhiem-ky-cuong-2023", "a raw key"),
        ("ô reported_by", "a raw key"),
        ("Nội dung OB06 chưa gửi", "a code"),
        ("Danh hiệu C1", "a code"),
        ("Phiên P4", "a code"),
        ("xã Đông Hoàng đạt", "which one of 2"),
        ("Xã Đông Hoàng", "which one of 2"),
        ("Trạng thái: draft", "not Vietnamese: 'draft'"),
        ("kết quả None", "not Vietnamese: 'None'"),
        ("Chưa có report", "not Vietnamese: 'report'"),
        ("Not found", "not Vietnamese: 'Not'"),
        ("the danh sách", "not Vietnamese: 'the'"),
        ("Error 500", "not Vietnamese: 'Error'"),
    ],
)
def test_a_fault_is_found(text: str, fault: str) -> None:
    assert any(line.startswith(fault) for line in RULES.faults(Passage(text)))


@pytest.mark.parametrize(
    "text",
    [
        "xã Đông Hoàng, huyện Tiền Hải: 81,50 điểm; mức cần đạt: 90,00",
        "Ủy ban nhân dân xã Đông Hoàng, huyện Đông Hưng",
        "huyện Tiền Hải: xã Đông Hoàng, xã Nam Phú",
        "Báo cáo số 88/BC-VPTU ngày 04/12/2023 của Văn phòng Tỉnh ủy",
        "khoản 5 Mục VI Kế hoạch số 46/KH-UBND; Lựa chọn A4; năm học 2022-2023",
        "Thi đua - Khen thưởng tỉnh Thái Bình; Công ty cổ phần Green Farm",
        "Kho bạc Nhà nước, Ban Quản lý dự án, Trung tâm xúc tiến thương mại",
        "Tải biểu mẫu Excel; hộp thư so-noi-vu@thaibinh.gov.vn; 14:00",
    ],
)
def test_what_officials_expect_passes(text: str) -> None:
    assert list(RULES.faults(Passage(text))) == []


def test_below_the_name_of_its_district_a_commune_needs_no_district() -> None:
    assert list(RULES.faults(Passage("1 xã Đông Hoàng 98,50", group="huyện Tiền Hải"))) == []
    assert list(RULES.faults(Passage("1 xã Đông Hoàng 98,50", group="huyện Vũ Thư"))) != []


def test_every_name_of_the_register_is_vietnamese() -> None:
    """So that a name that passes is a name, and not a hole in the rules."""
    rules = TextRules()
    for unit in register().units:
        assert list(rules.faults(Passage(unit.name))) == [], unit.name
