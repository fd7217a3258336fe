"""*Xếp hạng*: ties, search without marks, the cut-off, and which ranks moved since the reader last looked."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from services.council.desk.choosing import found
from services.council.desk.ranking import RankingAsked, RankingView, Seen, board_asked, ranking_view
from services.council.looks import APART, is_worth_noting, looked
from services.council.standings import BoardScores
from shared.contracts.model import VIETNAM, Tier
from shared.wording.unit_names import short_name
from tests.support.desk_results import AT, FIRST, SECOND, THIRD, board, results
from tests.support.movement import register, s0, units

FIELD = "chuyen-doi-so"
NOW = datetime(2023, 12, 5, 9, tzinfo=VIETNAM)
TODAY = date(2023, 12, 5)


def shown(scores: BoardScores, seen: BoardScores | None = None, tier: Tier = Tier.SO, **query: str) -> RankingView:
    wanted = RankingAsked(**{"field": FIELD, "tier": tier.value, **query})
    scored = results({}, {(FIELD, tier): scores} if scores.by_unit else {})
    place = board_asked(s0(), register(), wanted)
    return ranking_view(scored, [s0()], place, wanted, TODAY, Seen(seen, NOW - timedelta(days=1)) if seen else None)


def test_units_of_one_score_share_a_rank_and_the_next_is_left_out() -> None:
    """1, 1, 3 (A6): the page says with how many a rank is shared."""
    view = shown(board(**{FIRST: "90", SECOND: "90.0", THIRD: "80"}))
    assert sorted((row.rank, row.tied) for row in view.rows) == [(1, 1), (1, 1), (3, 0)]
    assert "2 đơn vị cùng dẫn đầu; bảng xếp hạng chưa đủ" in view.first


def test_the_cut_off_of_the_awards_is_written_and_drawn() -> None:
    """A department needs rank 1 for the flag and 1 to 5 for the certificate."""
    view = shown(board(**{unit: str(90 - n) for n, unit in enumerate(units(Tier.SO)[:8])}))
    assert view.cut_offs == (
        "Cờ thi đua của Ủy ban nhân dân tỉnh: hạng 1; Bằng khen của Chủ tịch Ủy ban nhân dân tỉnh: hạng 1 đến 5"
    )
    assert [row.within for row in view.rows] == ["Cờ thi đua", *["Bằng khen"] * 4, "", "", ""]
    assert view.strip is not None
    assert "mức cần đạt: 86,00" in view.strip.words


def test_communes_are_ranked_in_the_province_for_the_flag_and_in_their_district_for_the_certificate() -> None:
    """S0 IV.3: the number of the province, the first three of the district (A8)."""
    communes = [unit for unit in register().units if unit.tier is Tier.XA]
    of_last = [unit.code for unit in communes if unit.parent == communes[-1].parent]
    scores = board(**{unit.code: str(90 - n / 10) for n, unit in enumerate(communes)})
    assert {row.rank for row in shown(scores, tier=Tier.XA).rows} == set(range(1, len(communes) + 1))
    district = shown(scores, tier=Tier.XA, district=communes[-1].parent or "")
    assert [row.rank for row in district.rows] == list(range(1, len(of_last) + 1))
    assert district.cut_offs == "Bằng khen của Chủ tịch Ủy ban nhân dân tỉnh: hạng 1 đến 3"


@pytest.mark.parametrize("typed", ["dong hoang", "Đông Hoàng", "  ĐÔNG  HOANG "])
def test_a_search_without_marks_finds_both_communes_of_a_name(typed: str) -> None:
    """They differ by their district, which is always shown."""
    names = {short_name(register(), unit.code) for unit in found(register().units, register(), typed)}
    assert names == {"xã Đông Hoàng, huyện Tiền Hải", "xã Đông Hoàng, huyện Đông Hưng"}


def test_a_search_with_the_district_finds_the_one() -> None:
    """In the order in which people say it, or the other way round."""
    for typed in ("dong hoang, huyen tien hai", "dong hoang tien hai", "tien hai dong hoang"):
        (unit,) = found(register().units, register(), typed)
        assert short_name(register(), unit.code) == "xã Đông Hoàng, huyện Tiền Hải"
    assert found(register().units, register(), "") == []
    assert found(register().units, register(), "không có đâu") == []


def test_the_unit_that_is_searched_for_is_marked_among_the_others() -> None:
    """Its rank stays that of the whole board."""
    name = short_name(register(), SECOND)
    view = shown(board(**{FIRST: "90", SECOND: "80", THIRD: "70"}), typed=name)
    assert [(row.name, row.rank, row.marked) for row in view.rows] == [(name, 2, True)]
    assert view.strip is not None
    assert f"{name}: 80,00 điểm" in view.strip.words
    assert shown(board(**{FIRST: "90"}), typed="không có đâu").empty.startswith("Không có đơn vị nào tên")


def test_a_board_without_scores_names_who_reports_them_and_the_deadline() -> None:
    """WORDS 45."""
    assert shown(BoardScores()).empty == (
        "Chưa xếp hạng được lĩnh vực Chuyển đổi số: chưa nhận báo cáo của Sở Thông tin và Truyền thông, "
        "thời hạn trước ngày 05/12/2023 (chậm nhất hết ngày 04/12/2023)."
    )


def test_only_units_whose_rank_moved_since_the_last_look_are_shown_as_moved() -> None:
    """A new score that changes no rank is no movement."""
    before = board(**{FIRST: "90", SECOND: "80", THIRD: "70"})
    view = shown(board(**{FIRST: "75", SECOND: "80", THIRD: "71"}), before)
    assert {row.name: row.moved for row in view.rows} == {
        short_name(register(), SECOND): "▲ 1",
        short_name(register(), FIRST): "▼ 1",
        short_name(register(), THIRD): "",
    }
    assert view.moved.endswith(": 2 đơn vị đổi hạng")
    assert view.moves is not None
    still = shown(board(**{FIRST: "91", SECOND: "80", THIRD: "70"}), before)
    assert (still.moved, still.moves) == ("", None)
    assert shown(before).moves is None


def test_a_visit_is_compared_with_the_one_before_it_however_often_the_page_is_read() -> None:
    """Reading again does not hide what had moved; half an hour away begins another visit."""
    first = looked(None, "a", AT)
    assert first.visit_before is None
    again = looked(first, "b", AT + APART / 2)
    assert again.visit_before is None
    later = looked(again, "c", AT + APART * 2)
    assert later.visit_before is not None
    assert (later.visit_before.scores, looked(later, "d", AT + APART * 2.5).visit_before) == ("b", later.visit_before)


def test_a_look_that_shows_nothing_new_is_not_written_every_time() -> None:
    """A reader who reloads a page costs the database nothing."""
    first = looked(None, "a", AT)
    assert is_worth_noting(None, first)
    assert not is_worth_noting(first, looked(first, "a", AT + timedelta(seconds=9)))
    assert is_worth_noting(first, looked(first, "b", AT + timedelta(seconds=9)))
    assert is_worth_noting(first, looked(first, "a", AT + APART))
