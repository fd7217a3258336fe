"""The pictures of the pages: what they show, in shapes and in words, without colour, scripts or inline styles."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from xml.etree import ElementTree

from shared.runtime.http.pages.pictures import (
    Move,
    Picture,
    ReportedBar,
    Scored,
    YearEvent,
    movement,
    reported_bars,
    score_strip,
    year_line,
)
from shared.runtime.http.pages.shapes import label_rows

OWN = "xã Đông Hoàng, huyện Tiền Hải"
YEAR = [
    YearEvent("Phiên thứ nhất", date(2023, 3, 20), done=True, session=True),
    YearEvent("Báo cáo cải cách hành chính", date(2023, 12, 4), done=False, late=True),
    YearEvent("Báo cáo <chuyển đổi số>", date(2023, 12, 4), done=True),
    YearEvent("Phiên thứ tư", date(2023, 12, 20), done=False, session=True),
]
SCORES = [
    Scored(OWN, Decimal("81.5")),
    Scored("xã Nam Phú, huyện Tiền Hải", Decimal("90")),
    Scored("xã A", Decimal(70)),
]


def shapes(picture: Picture, kind: str) -> list[ElementTree.Element]:
    """The shapes and texts of one class, of a picture that is well-formed and without inline styles."""
    root = ElementTree.fromstring(str(picture.svg))
    assert not re.search(r"style=|<style|<script|href|on\w+=", str(picture.svg))
    assert root.find("title") is not None
    assert root.findtext("desc") == picture.words
    return [element for element in root.iter() if kind in element.get("class", "").split()]


def test_the_years_line_names_sessions_and_what_is_late() -> None:
    drawn = year_line(2023, YEAR, date(2023, 12, 6))
    assert drawn.words == "Năm 2023: 2 trên 4 mốc đã xong; chậm: Báo cáo cải cách hành chính."
    assert [text.text for text in shapes(drawn, "label") if text.text] == [
        "Phiên thứ nhất",
        "Báo cáo cải cách hành chính",
        "Phiên thứ tư",
    ]
    assert len(shapes(drawn, "over")) == len(shapes(drawn, "cross")) == 1
    assert [len(shapes(drawn, kind)) for kind in ("done", "open", "today")] == [2, 1, 1]


def test_today_is_drawn_only_in_its_own_year_and_an_empty_year_has_a_picture() -> None:
    drawn = year_line(2023, [], date(2024, 1, 1))
    assert drawn.words == "Năm 2023: 0 trên 0 mốc đã xong; không có mốc nào chậm."
    assert shapes(drawn, "today") == []


def test_labels_never_overlap_and_stay_within_the_picture() -> None:
    days = [date(2023, 11, 20) + timedelta(days=n) for n in range(0, 40, 4)]
    labels = [(float(n * 10), "x" * 30) for n in range(len(days))]
    ends: dict[int, float] = {}
    for (x, words), (row, anchor) in zip(labels, label_rows(labels), strict=True):
        width = len(words) * 6.6 / 640 * 100
        begin, end = (x, x + width) if anchor == "start" else (x - width, x)
        assert ends.get(row, 0) <= begin
        assert 0 <= begin < end <= 100
        ends[row] = end


def test_bars_show_what_is_in_late_and_to_come() -> None:
    drawn = reported_bars([ReportedBar("Chuyển đổi số", 3, 1, 1), ReportedBar("Thi hành án", 0, 0, 0)])
    assert drawn.words == "Đã nhận 1 trên 3 báo cáo; 1 báo cáo chậm."
    assert [len(shapes(drawn, kind)) for kind in ("done", "over", "open", "cross")] == [1, 1, 1, 1]
    assert [text.text for text in shapes(drawn, "words-over")] == ["1/3, chậm 1"]
    assert reported_bars([]).words == "Đã nhận 0 trên 0 báo cáo; không có báo cáo chậm."


def test_the_strip_marks_the_unit_and_names_what_it_lacks() -> None:
    drawn = score_strip("chuyển đổi số", SCORES, Decimal(90), OWN)
    assert drawn.words == (
        f"3 đơn vị có điểm lĩnh vực chuyển đổi số; {OWN}: 81,50 điểm; mức cần đạt: 90,00, thiếu 8,50."
    )
    assert [len(shapes(drawn, kind)) for kind in ("self", "dot", "rest", "cut")] == [1, 1, 1, 1]


def test_a_strip_of_equal_scores_of_none_and_of_a_whole_province_stays_a_picture() -> None:
    assert len(shapes(score_strip("x", [Scored(f"xã {n}", Decimal(5)) for n in range(260)]), "dot")) == 260
    assert score_strip("x", []).words == "0 đơn vị có điểm lĩnh vực x."
    heights = re.search(r'height="(\d+)', str(score_strip("x", [Scored("a", Decimal(5))] * 260, Decimal(5)).svg))
    assert heights is not None
    assert int(heights[1]) < 220


def test_movement_shows_each_rank_before_and_now() -> None:
    moves = [Move(OWN, 5, 3), Move("xã Nam Phú, huyện Tiền Hải", 3, 5), Move("xã B", None, 9), Move("xã C", 8, None)]
    drawn = movement("Chuyển đổi số", moves)
    assert drawn.words == "Chuyển đổi số: 2 đơn vị lên hạng, 2 đơn vị xuống hạng từ lần xem trước."
    assert [len(shapes(drawn, kind)) for kind in ("up", "down")] == [1, 1]
    assert f"3 ▲ {OWN}" in str(drawn.svg)
    assert "không còn hạng ▼ xã C" in str(drawn.svg)
