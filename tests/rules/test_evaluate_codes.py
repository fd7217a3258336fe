"""`thidua evaluate` takes unit codes of any spelling and tells everything in the files' own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.evaluating import Files, Rows, by_key
from tests.support.random_files import Dice, expected

DEAD_LETTERS = [
    "SNV",
    "STTTT",
    "Sở Y tế",
    "so_01",
    "xã Đông Hòa",
    'Ban "QLDA", số 1',
    "336.01",
    "Ủy ban/2023",
    "đài-PTTH",
]

SEEDS = (302, 303, 317, 327)

IN_ORDER: dict[str, Callable[[str], str]] = {
    "STTTT": str.upper,
    "so_01, beside codes of ours": lambda code: code.replace("-", "_"),
    "Huyện 336, beside codes of ours": lambda code: f"Huyện {code}" if code.isdigit() else code,
    "every other one": lambda code: f"{code} (Đ/c)" if sum(map(ord, code)) % 2 else code,
    "quoted": lambda code: f'"Mã", số {code}',
    "long": lambda code: code + "-x" * 40,
}
"""Spellings under which codes stand in the order they stood in."""

ANY_ORDER: dict[str, Callable[[str], str]] = {
    "backwards": lambda code: "".join(chr(0x1EF0 - ord(letter)) for letter in code),
    "of several kinds": lambda code: f"{DEAD_LETTERS[sum(map(ord, code)) % len(DEAD_LETTERS)]} {code[::-1]}",
    "codes of ours among them": lambda code: f"{'đ' if sum(map(ord, code)) % 3 else 'z'}{code[::-1]}",
}


def codes(units: Rows) -> list[str]:
    return sorted({row["unit"] for row in units} | {row["parent"] for row in units if row["parent"]})


def respelled(dice: Dice, to: Mapping[str, str]) -> None:
    """Write every unit's code in another way, wherever it stands in the files."""
    for rows in (dice.units, dice.results, dice.judgements, dice.nominations):
        for row in rows:
            row |= {
                name: to.get(row[name], row[name]) for name in ("unit", "parent", "nominator", "subject") if name in row
            }


def told_in(answer: Any, to: Mapping[str, str]) -> Any:
    """An answer with every code in it written in another way, in reasons too."""
    written = re.compile("|".join(map(re.escape, sorted(to, key=len, reverse=True))))

    def told(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: told(each) for key, each in value.items()}
        if isinstance(value, list):
            return [told(item) for item in value]
        return written.sub(lambda found: to[found.group()], value) if isinstance(value, str) else value

    return told(answer)


def among_units(seed: int) -> Dice:
    """Random files in which units of all tiers, gone ones too, nominate themselves, each other and what is theirs."""
    dice = Dice(seed, largest=7).all()
    offices = [row["unit"] for row in dice.units if row["tier"] == "so"]
    for row in dice.units:
        if row["tier"] == "dvsn":
            row["parent"] = offices[0]
    parent = {row["unit"]: row["parent"] for row in dice.units}
    for row in dice.nominations:
        subject = dice.dice.choice(codes(dice.units))
        how = dice.dice.choice(["as thrown", "by any unit", "of any unit", "of oneself", "of one's own"])
        if how == "by any unit":
            row["nominator"] = subject
        elif how != "as thrown":
            award = dice.dice.choice(["C1", "C2", "C3", "B1", "B2", "B3", "B4", "B4", "B4"])
            row |= {"award": award, "kind": "tap_the", "subject": subject}
        if how in ("of oneself", "of one's own"):
            row["nominator"] = subject if how == "of oneself" else parent.get(subject) or offices[0]
    return dice


@pytest.mark.parametrize("named", [True, False], ids=["named", "unnamed"])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("spelling", IN_ORDER)
def test_other_codes_in_the_same_order_change_nothing_but_the_codes(
    tmp_path: Path, spelling: str, seed: int, named: bool
) -> None:
    dice = among_units(seed)
    for row in dice.units:
        row["name"] = f"Đơn vị thứ {sum(map(ord, row['unit']))}" if named else ""
    theirs = {code: IN_ORDER[spelling](code) for code in codes(dice.units)}
    assert sorted({*theirs.values()}) == list(theirs.values())
    plain = dice.files(tmp_path).answer()
    respelled(dice, theirs)
    answer = dice.files(tmp_path).answer()
    assert answer != plain
    changed = {their: ours for ours, their in theirs.items() if their != ours}
    assert told_in(answer, changed) == plain


def test_the_random_files_reach_every_answer_to_a_nomination_and_every_kind_of_list(tmp_path: Path) -> None:
    answers: set[str] = set()
    for seed in SEEDS:
        dice = among_units(seed)
        answer = dice.files(tmp_path).answer()
        units, subjects = codes(dice.units), {row["nomination"]: row["subject"] for row in dice.nominations}
        answers |= {
            nomination["reason"].split(":")[0] for nomination in answer["nominations"] if not nomination["accepted"]
        }
        answers |= {
            "a unit"
            for nomination in answer["nominations"]
            if nomination["accepted"] and subjects[nomination["nomination"]] in units
        }
        answers |= {award for award, candidates in answer["candidates"].items() if candidates}
        answers |= {"a district" for board in answer["standings"] if board["scope"] != "tinh"}
    assert answers == {
        *("unknown_nominator", "no_places", "wrong_kind", "wrong_subject", "one_route", "quota_full"),
        *("not_its_proposer", "a unit", "a district", "C1", "C2", "C3", "B1", "B2", "B3"),
    }


@pytest.mark.parametrize("seed", range(310, 318))
@pytest.mark.parametrize("spelling", ANY_ORDER)
def test_codes_of_any_spelling_come_to_what_a_second_reading_of_the_rules_says(
    tmp_path: Path, spelling: str, seed: int
) -> None:
    dice = Dice(seed, largest=7).all()
    respelled(dice, {code: ANY_ORDER[spelling](code) for code in codes(dice.units)})
    assert dice.files(tmp_path).known() == expected(dice)


@pytest.mark.parametrize("seed", range(5))
def test_the_lists_are_in_the_order_of_the_files_codes(tmp_path: Path, seed: int) -> None:
    dice = Dice(seed, largest=12).all()
    respelled(dice, {code: ANY_ORDER["codes of ours among them"](code) for code in codes(dice.units)})
    answer = dice.files(tmp_path).answer()
    boards = [
        (standing["field"], standing["tier"], standing["scope"] != "tinh", standing["scope"])
        for standing in answer["standings"]
    ]
    plain = {(field, tier): [b for b in boards if b[:2] == (field, tier)] for field, tier, *_ in boards}
    assert any(len(scopes) > 1 for scopes in plain.values())
    assert all(scopes == sorted(scopes) for scopes in plain.values())
    assert [*answer["candidates"]] == ["C1", "C2", "C3", "B1", "B2", "B3"]
    for award in answer["candidates"]:
        judged = [item["unit"] for item in answer["eligibility"] if item["award"] == award]
        assert judged == sorted(judged)
        assert answer["candidates"][award] == sorted(answer["candidates"][award])


def reason(files: Files, nomination: str) -> str:
    found: str = next(item["reason"] for item in files.answer()["nominations"] if item["nomination"] == nomination)
    return found


def test_a_plans_own_units_are_known_beside_codes_of_any_spelling(files: Files) -> None:
    files.unit("so-nnptnt")
    files.unit("Huyện 336", "huyen")
    own = files.nominate("so-nnptnt", "S4-CN", "can_bo", "ai-1", 1)
    files.nominations[0]["movement"] = "trach-nhiem-ky-cuong-2023-snnptnt"
    above = files.nominate("so-nnptnt", "B6", "can_bo", "ai-2", 2)
    other = files.nominate("Huyện 336", "B6", "can_bo", "ai-3", 3)
    assert files.known()["nominations"] == {own: True, above: False, other: True}


def test_a_nominator_that_is_gone_is_named_as_in_the_files(files: Files) -> None:
    files.unit("Sở_CŨ", valid_to="2023-07-01")
    gone = files.nominate("Sở_CŨ", "B6", "can_bo", "ai-1", 1)
    never = files.nominate("Sở_KHÔNG CÓ", "B6", "can_bo", "ai-1", 2)
    assert "“Sở_CŨ”" in reason(files, gone)
    assert "“Sở_KHÔNG CÓ”" in reason(files, never)


@pytest.mark.parametrize("n", range(4))
def test_what_looks_like_a_code_is_not_taken_for_a_unit(files: Files, n: int) -> None:
    files.unit("STTTT")
    files.unit("Huyện_336", "huyen")
    numbered = f"don-vi-{n:06}"
    nobody = files.nominate(numbered, "B6", "can_bo", "ai-1", 1)
    team = files.nominate("STTTT", "B4", "tap_the", numbered, 2)
    assert files.known()["nominations"] == {nobody: False, team: True}
    assert f"“{numbered}”" in reason(files, nobody)


def test_codes_that_differ_in_case_or_marks_alone_are_different_units(files: Files) -> None:
    for code, score in (("so-a", 9), ("SO-A", 8), ("so_a", 7), ("so-á", 6)):
        files.unit(code)
        files.score(code, score)
    (rows,) = files.known()["standings"].values()
    assert [(row["unit"], row["rank"]) for row in rows] == [("so-a", 1), ("SO-A", 2), ("so_a", 3), ("so-á", 4)]


@pytest.mark.parametrize(("office", "commune"), [("340", "12500"), ("Huyện 340", "Xã_Đông Hòa"), ("340", "XA 1")])
def test_a_parent_without_a_row_of_its_own_is_a_scope_and_no_unit(files: Files, office: str, commune: str) -> None:
    files.unit("so-a")
    for unit in (commune, f"{commune} bis" if " " in commune else f"{commune}-bis"):
        files.unit(unit, "xa", office)
        files.scores(unit, 90)
        files.passing(unit, but=["listed"])
    refused = files.nominate(office, "B6", "can_bo", "ai-1", 1)
    known = by_key(files.answer())
    both = [row["unit"] for row in files.units[1:]]
    assert {scope for _, _, scope in known["standings"]} == {"tinh", office}
    assert all([row["unit"] for row in rows] == sorted(both) for rows in known["standings"].values())
    assert {unit for _, unit in known["eligibility"]} == {"so-a", *both}
    assert known["candidates"]["B3"] == known["candidates"]["C3"] == sorted(both)
    assert known["nominations"] == {refused: False}
    assert reason(files, refused).startswith(f"no_places: {office} ")


@pytest.mark.parametrize("code", ["so-a", "STTTT"])
def test_a_unit_without_a_name_goes_by_its_code(files: Files, code: str) -> None:
    files.unit(code)
    files.units[0]["name"] = ""
    files.score(code, 90)
    files.nominate(code, "B6", "can_bo", "ai-1", 1)
    full = files.nominate(code, "B6", "can_bo", "ai-2", 2)
    twice = files.nominate(code, "B5", "doanh_nhan", "ai-1", 3)
    assert files.known()["eligibility"]["C1", code]["criteria"]["chuyen-doi-so"] == "PASS"
    assert reason(files, full).startswith("quota_full: ")
    assert f"đã được {code} đề nghị" in reason(files, twice)
