"""What the services' stored data are called where people read about them."""

from __future__ import annotations

from typing import Final

COLLECTIONS: Final = {
    "accounts": "nghĩa vụ báo cáo của đơn vị",
    "boards": "bảng số liệu",
    "eligibility": "kết quả xét tiêu chuẩn",
    "heard": "dữ liệu Hội đồng đã nhận",
    "plans": "kế hoạch",
    "registers": "danh mục đơn vị",
    "sessions": "phiên họp",
}
"""What documents of a collection hold, by the collection's name in the database."""

_FACTS: Final = {
    "awards": "danh sách khen thưởng",
    "declared": "khai báo đủ đơn vị",
    "duty": "nghĩa vụ",
    "evidence": "căn cứ",
    "findings": "kết quả từng tiêu chuẩn",
    "held": "đơn vị còn vướng",
    "item": "nội dung",
    "lists of": "danh sách",
    "name": "tên",
    "plan": "kế hoạch",
    "register": "danh mục đơn vị",
    "row": "dòng",
    "source": "nguồn",
    "status": "trạng thái",
    "unit": "đơn vị",
    "verdicts": "kết luận",
}
"""What a document states, by the first words of the fact's name."""


def collection_name(collection: str) -> str:
    """What the documents of a collection hold."""
    return COLLECTIONS.get(collection, collection)


def fact_name(fact: str) -> str:
    """A fact of a document, as ``unit 12433``, in Vietnamese."""
    kind = next((kind for kind in _FACTS if fact == kind or fact.startswith(f"{kind} ")), None)
    return f"{_FACTS[kind]}{fact.removeprefix(kind)}" if kind else fact
