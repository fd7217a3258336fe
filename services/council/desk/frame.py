"""The row of places at the head of the council's pages."""

from __future__ import annotations

from typing import Final

from shared.runtime.http.pages.frame import Frame, Place

PACKAGE: Final = "services.council.desk"
"""Where the templates of the council's pages are."""

_PLACES: Final = (
    Place("Tổng quan", "/"),
    Place("Phiên họp", "/phien"),
    Place("Xét tiêu chuẩn", "/tieu-chuan"),
    Place("Xếp hạng", "/xep-hang"),
    Place("Đề nghị khen thưởng", "/de-nghi"),
    Place("Văn bản, tài liệu", "/van-ban"),
    Place("Nhật ký", "/nhat-ky"),
)


def council_frame(
    system: str = "Thi đua - Khen thưởng", prefix: str = "", sign_in: str = "/dang-nhap", sign_out: str = "/dang-xuat"
) -> Frame:
    """The frame of the council's pages, whose addresses begin with ``prefix`` behind a proxy."""
    places = tuple(Place(place.name, prefix + place.address) for place in _PLACES)
    return Frame(system, places, f"{prefix}/tim", sign_in, sign_out, prefix)


FRAME: Final = council_frame()
