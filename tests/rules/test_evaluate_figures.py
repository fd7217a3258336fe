"""`thidua evaluate`, rule by rule: standings, and which version of a figure counts."""

from __future__ import annotations

import pytest

from tests.support import oracle
from tests.support.evaluating import Files
from tests.support.oracle import FIELDS

# Standings.


def test_a_rank_is_one_more_than_the_units_above_and_a_score_is_printed_as_written(files: Files) -> None:
    for n, score in enumerate(["50.50", "90", "7", "90.0", "50.5"]):
        files.unit(f"so-{n}")
        files.score(f"so-{n}", score)
    assert files.answer()["standings"] == [
        {
            "field": "chuyen-doi-so",
            "tier": "so",
            "scope": "tinh",
            "rows": [
                {"unit": "so-1", "score": "90", "rank": 1},
                {"unit": "so-3", "score": "90.0", "rank": 1},
                {"unit": "so-0", "score": "50.50", "rank": 3},
                {"unit": "so-4", "score": "50.5", "rank": 3},
                {"unit": "so-2", "score": "7", "rank": 5},
            ],
        }
    ]


def test_ranks_compare_score_over_scale_exactly(files: Files) -> None:
    third = "0." + "3" * 30
    for unit, (score, scale) in enumerate([("1", "3"), ("333.3", "1000"), ("100", "300"), (third, "1")]):
        files.unit(f"so-{unit}")
        files.score(f"so-{unit}", score, scale=scale)
    (board,) = files.answer()["standings"]
    assert [(row["unit"], row["rank"]) for row in board["rows"]] == [("so-0", 1), ("so-2", 1), ("so-3", 3), ("so-1", 4)]


def test_communes_are_ranked_in_province_and_district_and_public_service_units_apart(files: Files) -> None:
    files.unit("336", "huyen")
    files.unit("338", "huyen")
    for code, parent, score in (("12401", "336", 9), ("12402", "336", 8), ("12403", "338", 7)):
        files.unit(code, "xa", parent)
        files.score(code, score, FIELDS[2])
    files.unit("dai-ptth", "dvsn")
    files.score("dai-ptth", 99, FIELDS[2])
    boards = files.known()["standings"]
    assert {key[1:]: [(row["unit"], row["rank"]) for row in rows] for key, rows in boards.items()} == {
        ("xa", "tinh"): [("12401", 1), ("12402", 2), ("12403", 3)],
        ("xa", "336"): [("12401", 1), ("12402", 2)],
        ("xa", "338"): [("12403", 1)],
        ("dvsn", "tinh"): [("dai-ptth", 1)],
    }
    assert {unit for _, unit in files.known()["eligibility"]} == {"336", "338", "12401", "12402", "12403"}


def test_units_that_do_not_exist_on_the_as_of_are_not_ranked_and_not_judged(files: Files) -> None:
    validity = {
        "so-always": ("", ""),
        "so-last-day": ("", "2023-12-01"),
        "so-first-day": ("2023-11-30", ""),
        "so-gone": ("", "2023-11-30"),
        "so-to-come": ("2023-12-01", ""),
    }
    for n, (code, (first, last)) in enumerate(validity.items()):
        files.unit(code, valid_from=first, valid_to=last)
        files.score(code, 50 + n)
    answer = files.known()
    existing = {"so-always", "so-last-day", "so-first-day"}
    (rows,) = answer["standings"].values()
    assert [(row["unit"], row["rank"]) for row in rows] == [("so-first-day", 1), ("so-last-day", 2), ("so-always", 3)]
    assert {unit for _, unit in answer["eligibility"]} == existing


# Versions, as-of, interim figures.


def test_the_highest_version_counts_then_the_latest_receipt(files: Files) -> None:
    files.unit("so-a")
    files.score("so-a", 60, version=2, received_at="2023-12-01T10:00:00+07:00")
    files.score("so-a", 70, version=2, received_at="2023-12-01T03:00:01Z")
    files.score("so-a", 80, version=1, received_at="2023-12-03T08:00:00+07:00")
    files.score("so-a", 90, version=10, as_of="2023-12-01")
    (rows,) = files.known()["standings"].values()
    assert rows == [{"unit": "so-a", "score": "70", "rank": 1}]


def test_an_instant_without_an_offset_is_in_the_provinces_time_zone(files: Files) -> None:
    files.unit("so-a")
    files.score("so-a", 60, received_at="2023-12-01T10:00:00")
    files.score("so-a", 70, received_at="2023-12-01T02:59:59Z")
    assert next(iter(files.known()["standings"].values()))[0]["score"] == "60"


@pytest.mark.parametrize(("as_of", "verdict"), [("2023-11-29", "MISSING"), ("2023-11-30", "PASS")])
def test_an_interim_figure_is_ranked_but_proves_nothing(files: Files, as_of: str, verdict: str) -> None:
    files.unit("so-a")
    files.unit("so-b")
    files.score("so-a", 90, as_of=as_of)
    files.score("so-b", 80)
    files.tasks("so-a", 3, 3, as_of=as_of)
    files.result("discipline", "so-a", violations=0, as_of=as_of)
    files.result("listed", "so-a", listed=1, as_of=as_of)
    answer = files.known()
    assert [row["unit"] for row in answer["standings"][FIELDS[0], "so", "tinh"]] == ["so-a", "so-b"]
    criteria = answer["eligibility"]["C1", "so-a"]["criteria"]
    fed = (FIELDS[0], "nhiem-vu-duoc-giao", oracle.DISCIPLINE, oracle.CONTRIBUTION)
    assert [criteria[criterion] for criterion in fed] == [verdict] * 4
    assert answer["eligibility"]["C1", "so-b"]["criteria"][FIELDS[0]] == "FAIL"
    assert answer["eligibility"]["B1", "so-b"]["criteria"][FIELDS[0]] == "PASS"


def test_a_later_interim_version_counts_over_an_earlier_final_one(files: Files) -> None:
    files.unit("so-a")
    files.score("so-a", 90, version=1)
    files.score("so-a", 80, version=2, as_of="2023-06-30")
    answer = files.known()
    assert answer["standings"][FIELDS[0], "so", "tinh"][0]["score"] == "80"
    assert answer["eligibility"]["C1", "so-a"]["criteria"][FIELDS[0]] == "MISSING"


def test_a_figure_with_a_later_as_of_does_not_count(files: Files) -> None:
    files.unit("so-a")
    files.score("so-a", 90, as_of="2023-12-01")
    files.result("listed", "so-a", listed=0, as_of="2023-12-01")
    files.result("discipline", "so-a", violations=2, as_of="2023-12-01")
    answer = files.known()
    assert answer["standings"] == {}
    assert set(answer["eligibility"]["C1", "so-a"]["criteria"].values()) == {"MISSING"}


def test_a_list_and_an_inspection_need_no_as_of(files: Files) -> None:
    files.unit("so-a")
    files.result("listed", "so-a", listed=1, as_of="")
    files.result("inspection", "so-a", open_inspections=1, as_of="")
    assert files.criterion("so-a", oracle.CONTRIBUTION) == "PASS"
    assert files.criterion("so-a", oracle.DISCIPLINE) == "HOLD"


def test_a_board_with_gaps_counts_because_no_more_figures_will_arrive(files: Files) -> None:
    for code in ("so-a", "so-b", "so-c"):
        files.unit(code)
    files.scores("so-a", 50)
    files.passing("so-a")
    answer = files.known()
    assert answer["candidates"]["C1"] == ["so-a"]
    assert answer["eligibility"]["B1", "so-b"]["criteria"][FIELDS[0]] == "MISSING"
