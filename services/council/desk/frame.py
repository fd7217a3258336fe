"""The row of places at the head of the council's pages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from shared.contracts.plan import Plan
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


_SYSTEM: Final = "Thi đua - Khen thưởng"
_COMMITTEE: Final = "Ủy ban nhân dân "
"""How the name of a province's people's committee begins, which issues its plans; the province's name follows."""


def council_frame(system: str = _SYSTEM, prefix: str = "") -> Frame:
    """The frame of the council's pages, whose addresses begin with ``prefix`` behind a proxy."""
    places = tuple(Place(place.name, prefix + place.address) for place in _PLACES)
    return Frame(system, places, f"{prefix}/tim", prefix=prefix, reasons=True)


FRAME: Final = council_frame()
"""The frame before a plan is known."""


def frame_of(plans: Iterable[Plan], prefix: str = "") -> Frame:
    """The frame that names the province whose people's committee issued one of the plans."""
    issuers = (plan.source.issuer for plan in plans)
    return _named(next((issuer for issuer in issuers if issuer.startswith(_COMMITTEE)), ""), prefix)


@lru_cache(maxsize=8)
def _named(committee: str, prefix: str) -> Frame:
    province = f" {committee.removeprefix(_COMMITTEE)}" if committee else ""
    return council_frame(f"{_SYSTEM}{province}", prefix)
