"""`thidua evaluate` against an independent oracle of the rules, on random files."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support import oracle
from tests.support.evaluating import CRITERIA
from tests.support.movement import with_award
from tests.support.oracle import FIELDS
from tests.support.provinces import HUNG_YEN
from tests.support.random_files import Dice, expected

pytestmark = pytest.mark.thorough


@cache
def small(seed: int) -> tuple[Dice, dict[str, Any]]:
    """Small random files and the answer of the oracle. Two tests read both and change neither."""
    dice = Dice(seed, largest=7).all()
    return dice, expected(dice)


@pytest.mark.parametrize("seed", range(160))
def test_small_files_give_the_answer_of_the_independent_oracle(tmp_path: Path, seed: int) -> None:
    dice, answer = small(seed)
    assert dice.files(tmp_path).known() == answer


@pytest.mark.parametrize("seed", range(1000, 1008))
def test_larger_files_give_the_answer_of_the_independent_oracle(tmp_path: Path, seed: int) -> None:
    dice = Dice(seed, largest=25).all()
    assert dice.files(tmp_path).known() == expected(dice)


def test_the_random_files_reach_every_outcome() -> None:
    seen: Counter[object] = Counter()
    for seed in range(160):
        _, answer = small(seed)
        for (award, _), row in answer["eligibility"].items():
            seen[award, row["verdict"]] += 1
            seen.update(row["criteria"].items())
        seen.update(answer["nominations"].values())
        for flag, certificate in (("C1", "B1"), ("C2", "B2"), ("C3", "B3")):
            flagged, certified = (set(answer["candidates"][award]) for award in (flag, certificate))
            seen[flag, "sole", bool(certified)] += len(flagged) == 1
            seen[flag, "tied in both"] += len(flagged) > 1 and flagged <= certified
    wanted: list[object] = [
        (award.id, verdict) for award in oracle.THAI_BINH.awards for verdict in ("PASS", "FAIL", "MISSING")
    ]
    wanted += [(award.id, "HOLD") for award in oracle.THAI_BINH.awards if award.id != "C2"]
    wanted += [(criterion, verdict) for criterion in CRITERIA for verdict in ("PASS", "FAIL", "MISSING")]
    wanted += [(oracle.DISCIPLINE, "HOLD"), True, False]
    wanted += [(flag, *case) for flag in ("C1", "C3") for case in (("sole", True), ("sole", False), ("tied in both",))]
    assert {result: seen[result] for result in wanted if seen[result] < 3} == {}


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_lines_changes_nothing(tmp_path: Path, seed: int) -> None:
    dice = Dice(seed, largest=12).all()
    first = dice.files(tmp_path).answer()
    for lines in (dice.units, dice.results, dice.judgements, dice.nominations):
        dice.dice.shuffle(lines)
    assert dice.files(tmp_path).answer() == first


@pytest.mark.parametrize("seed", range(5))
def test_the_lists_are_in_a_fixed_order(tmp_path: Path, seed: int) -> None:
    answer = Dice(seed, largest=12).all().files(tmp_path).answer()
    boards = [
        (standing["field"], standing["tier"], standing["scope"] != "tinh", standing["scope"])
        for standing in answer["standings"]
    ]
    tiers = ["so", "huyen", "xa", "dvsn"]
    assert boards == sorted(boards, key=lambda board: (FIELDS.index(board[0]), tiers.index(board[1]), *board[2:]))
    judged = [(row["award"], row["unit"]) for row in answer["eligibility"]]
    awards = ["C1", "C2", "C3", "B1", "B2", "B3"]
    assert judged == sorted(judged, key=lambda entry: (awards.index(entry[0]), entry[1]))
    assert list(answer["candidates"]) == awards
    assert all(units == sorted(units) for units in answer["candidates"].values())
    named = [nomination["nomination"] for nomination in answer["nominations"]]
    assert min(len(boards), len(judged), len(named)) > 5
    assert named == sorted(named)


@pytest.mark.parametrize("seed", range(200, 215))
def test_random_figures_of_a_province_of_two_levels(tmp_path: Path, seed: int) -> None:
    dice = Dice(seed, largest=7, as_of=oracle.HUNG_YEN.as_of, movement="trach-nhiem-ky-cuong-2025").all()
    dice.units = [unit | {"tier": "dvsn" if unit["tier"] == "huyen" else unit["tier"]} for unit in dice.units]
    assert dice.files(tmp_path, HUNG_YEN).known() == expected(dice, oracle.HUNG_YEN)


@pytest.fixture(scope="module")
def district_flags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thái Bình's plan with one flag for the communes of each district instead of one in the province."""
    document = with_award("C3", scope="parent").model_dump(mode="json")
    folder = tmp_path_factory.mktemp("district-flags")
    (folder / "plan.yaml").write_text(json.dumps(document), encoding="utf-8")
    return folder


def test_flags_of_several_districts_give_the_answer_of_the_independent_oracle(
    tmp_path: Path, district_flags: Path
) -> None:
    """A49: in some of these files two districts have one flag candidate each, and both leave the certificates."""
    sole_candidates = Counter[int]()
    for seed in range(300, 320):
        dice = Dice(seed, largest=7).all()
        (folder := tmp_path / str(seed)).mkdir()
        answer = expected(dice, oracle.DISTRICT_FLAGS)
        assert dice.files(folder, district_flags).known() == answer
        flags, certificates = (set(answer["candidates"][award]) for award in ("C3", "B3"))
        sole_candidates[len(flags - certificates)] += 1
    assert sum(files for excluded, files in sole_candidates.items() if excluded > 1) > 0
