"""`thidua evaluate`, rule by rule: nominations."""

from __future__ import annotations

import pytest

from tests.support.evaluating import Files, by_key, evaluated
from tests.support.provinces import THAI_BINH


@pytest.fixture
def offices(files: Files) -> Files:
    for code, tier, parent in (
        ("so-a", "so", ""),
        ("so-b", "so", ""),
        ("336", "huyen", ""),
        ("338", "huyen", ""),
        ("12401", "xa", "336"),
        ("dvsn-a", "dvsn", ""),
    ):
        files.unit(code, tier, parent)
    return files


def accepted(files: Files) -> list[bool]:
    answers = files.known()["nominations"]
    return [answers[nomination["nomination"]] for nomination in files.nominations]


@pytest.mark.parametrize(
    ("nominator", "award", "kind", "places"),
    [
        ("so-a", "B4", "tap_the", 1),
        ("336", "B4", "tap_the", 1),
        ("so-a", "B6", "can_bo", 1),
        ("336", "B6", "nguoi_dan", 2),
        ("336", "B6", "ca_nhan", 2),
        ("so-a", "B5", "doanh_nghiep", 9),
        ("336", "B5", "doanh_nhan", 9),
        ("12401", "B4", "tap_the", 0),
        ("12401", "B5", "doanh_nghiep", 0),
        ("12401", "B6", "can_bo", 0),
        ("dvsn-a", "B4", "tap_the", 0),
        ("dvsn-a", "B5", "doanh_nhan", 0),
        ("dvsn-a", "B6", "can_bo", 0),
    ],
)
def test_a_nominator_has_as_many_places_as_its_plan_gives_it(
    offices: Files, nominator: str, award: str, kind: str, places: int
) -> None:
    for n in range(9):
        offices.nominate(nominator, award, kind, f"ai-{n}", n)
    assert accepted(offices) == [n < places for n in range(9)]


def test_every_nominator_has_its_own_places_for_every_award(offices: Files) -> None:
    for nominator in ("so-a", "so-b", "336", "338"):
        offices.nominate(nominator, "B4", "tap_the", f"tt-{nominator}", len(offices.nominations))
        offices.nominate(nominator, "B6", "can_bo", f"cb-{nominator}", len(offices.nominations))
    assert accepted(offices) == [True] * 8


def test_officials_and_citizens_share_the_places(offices: Files) -> None:
    offices.nominate("336", "B6", "can_bo", "ai-1", 1)
    offices.nominate("336", "B6", "nguoi_dan", "ai-2", 2)
    offices.nominate("336", "B6", "nguoi_dan", "ai-3", 3)
    assert accepted(offices) == [True, True, False]


def test_a_withdrawal_frees_the_place_for_later_nominations_only(offices: Files) -> None:
    offices.nominate("336", "B6", "can_bo", "ai-1", 1, gone=10)
    offices.nominate("336", "B6", "can_bo", "ai-2", 2)
    offices.nominate("336", "B6", "can_bo", "ai-3", 5)
    offices.nominate("336", "B6", "can_bo", "ai-3", 11)
    offices.nominate("336", "B6", "can_bo", "ai-4", 12)
    assert accepted(offices) == [True, True, False, True, False]


def test_a_place_is_free_from_the_instant_of_the_withdrawal(offices: Files) -> None:
    offices.nominate("so-a", "B6", "can_bo", "ai-1", 1, gone=1)
    offices.nominate("so-a", "B6", "can_bo", "ai-2", 2, gone=5)
    offices.nominate("so-a", "B6", "can_bo", "ai-3", 5)
    assert accepted(offices) == [True, True, True]


def test_a_refused_nomination_that_is_withdrawn_frees_nothing(offices: Files) -> None:
    offices.nominate("so-a", "B6", "can_bo", "ai-1", 1)
    offices.nominate("so-a", "B6", "can_bo", "ai-2", 2, gone=3)
    offices.nominate("so-a", "B6", "can_bo", "ai-3", 4)
    assert accepted(offices) == [True, False, False]


def test_a_person_is_nominated_by_one_route_only(offices: Files) -> None:
    offices.nominate("so-a", "B5", "doanh_nhan", "ai-1", 1, gone=10)
    offices.nominate("so-b", "B5", "doanh_nhan", "ai-1", 2)
    offices.nominate("336", "B6", "ca_nhan", "ai-1", 3)
    offices.nominate("so-a", "B5", "doanh_nhan", "ai-1", 4)
    offices.nominate("338", "B6", "ca_nhan", "ai-1", 11)
    offices.nominate("so-b", "B5", "doanh_nhan", "ai-1", 12)
    assert accepted(offices) == [True, False, False, False, True, False]


def test_a_refused_person_uses_neither_a_place_nor_a_route(offices: Files) -> None:
    offices.nominate("so-a", "B6", "can_bo", "ai-1", 1)
    offices.nominate("so-a", "B6", "can_bo", "ai-2", 2)
    offices.nominate("so-b", "B6", "can_bo", "ai-2", 3)
    assert accepted(offices) == [True, False, True]


def test_nominations_are_decided_in_order_of_time_not_of_the_file(offices: Files) -> None:
    late = offices.nominate("so-a", "B4", "tap_the", "tt-1", 0)
    early = offices.nominate("so-a", "B4", "tap_the", "tt-2", 0)
    offices.nominations[0]["at"], offices.nominations[1]["at"] = "2023-12-05T07:00:00+07:00", "2023-12-04T23:59:59Z"
    assert offices.known()["nominations"] == {late: False, early: True}


def test_a_nomination_under_a_departments_own_plan_uses_its_place_in_the_outer_movement(files: Files) -> None:
    files.unit("so-nnptnt")
    files.nominate("so-nnptnt", "S4-CN", "can_bo", "ai-1", 1)
    files.nominations[0]["movement"] = "trach-nhiem-ky-cuong-2023-snnptnt"
    files.nominate("so-nnptnt", "B6", "can_bo", "ai-2", 2)
    assert accepted(files) == [True, False]


@pytest.mark.parametrize("change", [{"movement": "khac"}, {"award": "B9"}, {"kind": "ca-map"}, {"nominator": "so-x"}])
def test_a_nomination_with_an_unknown_code_is_refused(offices: Files, change: dict[str, str]) -> None:
    offices.nominate("so-a", "B6", "can_bo", "ai-1", 1)
    offices.nominate("so-a", "B6", "can_bo", "ai-1", 2)
    offices.nominations[0] |= change
    assert accepted(offices) == [False, True]


def test_without_judgements_and_nominations_the_answer_has_the_same_parts(files: Files) -> None:
    files.unit("so-a")
    units, results, *_ = files.written()
    answer = evaluated(THAI_BINH, (units, results))
    assert by_key(answer)["nominations"] == {}
    assert answer["standings"] == []
    assert answer["candidates"] == {award: [] for award in ("C1", "C2", "C3", "B1", "B2", "B3")}
