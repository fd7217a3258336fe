"""`thidua evaluate` accepts unit codes of any spelling and answers in the spelling of the files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.evaluating import Files, Rows, by_key
from tests.support.random_files import Dice, expected

ODD_CODES = [
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

ORDER_KEEPING: dict[str, Callable[[str], str]] = {
    "STTTT": str.upper,
    "so_01, beside codes of ours": lambda code: code.replace("-", "_"),
    "Huyện 336, beside codes of ours": lambda code: f"Huyện {code}" if code.isdigit() else code,
    "every other one": lambda code: f"{code} (Đ/c)" if sum(map(ord, code)) % 2 else code,
    "quoted": lambda code: f'"Mã", số {code}',
    "long": lambda code: code + "-x" * 40,
}
"""Spellings that keep the order of the codes."""

ORDER_CHANGING: dict[str, Callable[[str], str]] = {
    "backwards": lambda code: "".join(chr(0x1EF0 - ord(character)) for character in code),
    "of several kinds": lambda code: f"{ODD_CODES[sum(map(ord, code)) % len(ODD_CODES)]} {code[::-1]}",
    "codes of ours among them": lambda code: f"{'đ' if sum(map(ord, code)) % 3 else 'z'}{code[::-1]}",
}


def codes(units: Rows) -> list[str]:
    return sorted({row["unit"] for row in units} | {row["parent"] for row in units if row["parent"]})


def respelled(dice: Dice, spelling: Mapping[str, str]) -> None:
    """Replace every unit's code by another spelling, everywhere in the files."""
    for rows in (dice.units, dice.results, dice.judgements, dice.nominations):
        for row in rows:
            row |= {
                name: spelling.get(row[name], row[name])
                for name in ("unit", "parent", "nominator", "subject")
                if name in row
            }


def translated(answer: Any, spelling: Mapping[str, str]) -> Any:
    """The answer with every code replaced by another spelling, in reasons too."""
    pattern = re.compile("|".join(map(re.escape, sorted(spelling, key=len, reverse=True))))

    def translate(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: translate(child) for key, child in value.items()}
        if isinstance(value, list):
            return [translate(child) for child in value]
        return pattern.sub(lambda match: spelling[match.group()], value) if isinstance(value, str) else value

    return translate(answer)


def among_units(seed: int) -> Dice:
    """Random files in which units of all tiers, dissolved ones too, nominate themselves, others and their own."""
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
@pytest.mark.parametrize("spelling", ORDER_KEEPING)
def test_other_codes_in_the_same_order_change_nothing_but_the_codes(
    tmp_path: Path, spelling: str, seed: int, named: bool
) -> None:
    dice = among_units(seed)
    for row in dice.units:
        row["name"] = f"Đơn vị thứ {sum(map(ord, row['unit']))}" if named else ""
    respellings = {code: ORDER_KEEPING[spelling](code) for code in codes(dice.units)}
    assert sorted({*respellings.values()}) == list(respellings.values())
    plain = dice.files(tmp_path).answer()
    respelled(dice, respellings)
    answer = dice.files(tmp_path).answer()
    assert answer != plain
    changed = {respelling: code for code, respelling in respellings.items() if respelling != code}
    assert translated(answer, changed) == plain


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
@pytest.mark.parametrize("spelling", ORDER_CHANGING)
def test_codes_of_any_spelling_give_the_answer_of_the_independent_oracle(
    tmp_path: Path, spelling: str, seed: int
) -> None:
    dice = Dice(seed, largest=7).all()
    respelled(dice, {code: ORDER_CHANGING[spelling](code) for code in codes(dice.units)})
    assert dice.files(tmp_path).known() == expected(dice)


@pytest.mark.parametrize("seed", range(5))
def test_the_lists_are_in_the_order_of_the_files_codes(tmp_path: Path, seed: int) -> None:
    dice = Dice(seed, largest=12).all()
    respelled(dice, {code: ORDER_CHANGING["codes of ours among them"](code) for code in codes(dice.units)})
    answer = dice.files(tmp_path).answer()
    boards = [
        (standing["field"], standing["tier"], standing["scope"] != "tinh", standing["scope"])
        for standing in answer["standings"]
    ]
    by_field_and_tier = {
        (field, tier): [board for board in boards if board[:2] == (field, tier)] for field, tier, *_ in boards
    }
    assert any(len(scopes) > 1 for scopes in by_field_and_tier.values())
    assert all(scopes == sorted(scopes) for scopes in by_field_and_tier.values())
    assert [*answer["candidates"]] == ["C1", "C2", "C3", "B1", "B2", "B3"]
    for award in answer["candidates"]:
        judged = [row["unit"] for row in answer["eligibility"] if row["award"] == award]
        assert judged == sorted(judged)
        assert answer["candidates"][award] == sorted(answer["candidates"][award])


def reason(files: Files, nomination: str) -> str:
    text: str = next(entry["reason"] for entry in files.answer()["nominations"] if entry["nomination"] == nomination)
    return text


def test_a_plans_own_units_are_recognised_beside_codes_of_any_spelling(files: Files) -> None:
    files.unit("so-nnptnt")
    files.unit("Huyện 336", "huyen")
    own = files.nominate("so-nnptnt", "S4-CN", "can_bo", "ai-1", 1)
    files.nominations[0]["movement"] = "trach-nhiem-ky-cuong-2023-snnptnt"
    above = files.nominate("so-nnptnt", "B6", "can_bo", "ai-2", 2)
    other = files.nominate("Huyện 336", "B6", "can_bo", "ai-3", 3)
    assert files.known()["nominations"] == {own: True, above: False, other: True}


def test_a_dissolved_nominator_is_named_as_in_the_files(files: Files) -> None:
    files.unit("Sở_CŨ", valid_to="2023-07-01")
    dissolved = files.nominate("Sở_CŨ", "B6", "can_bo", "ai-1", 1)
    unknown = files.nominate("Sở_KHÔNG CÓ", "B6", "can_bo", "ai-1", 2)
    assert "“Sở_CŨ”" in reason(files, dissolved)
    assert "“Sở_KHÔNG CÓ”" in reason(files, unknown)


@pytest.mark.parametrize("n", range(4))
def test_a_text_that_looks_like_a_code_is_not_taken_for_a_unit(files: Files, n: int) -> None:
    files.unit("STTTT")
    files.unit("Huyện_336", "huyen")
    numbered = f"don-vi-{n:06}"
    nobody = files.nominate(numbered, "B6", "can_bo", "ai-1", 1)
    team = files.nominate("STTTT", "B4", "tap_the", numbered, 2)
    assert files.known()["nominations"] == {nobody: False, team: True}
    assert f"“{numbered}”" in reason(files, nobody)


def test_codes_that_differ_only_in_case_or_diacritics_are_different_units(files: Files) -> None:
    for code, score in (("so-a", 9), ("SO-A", 8), ("so_a", 7), ("so-á", 6)):
        files.unit(code)
        files.score(code, score)
    (rows,) = files.known()["standings"].values()
    assert [(row["unit"], row["rank"]) for row in rows] == [("so-a", 1), ("SO-A", 2), ("so_a", 3), ("so-á", 4)]


@pytest.mark.parametrize(("office", "commune"), [("340", "12500"), ("Huyện 340", "Xã_Đông Hòa"), ("340", "XA 1")])
def test_a_parent_without_a_row_of_its_own_is_a_scope_but_not_a_unit(files: Files, office: str, commune: str) -> None:
    files.unit("so-a")
    for unit in (commune, f"{commune} bis" if " " in commune else f"{commune}-bis"):
        files.unit(unit, "xa", office)
        files.scores(unit, 90)
        files.passing(unit, but=["listed"])
    refused = files.nominate(office, "B6", "can_bo", "ai-1", 1)
    answer = by_key(files.answer())
    communes = [row["unit"] for row in files.units[1:]]
    assert {scope for _, _, scope in answer["standings"]} == {"tinh", office}
    assert all([row["unit"] for row in rows] == sorted(communes) for rows in answer["standings"].values())
    assert {unit for _, unit in answer["eligibility"]} == {"so-a", *communes}
    assert answer["candidates"]["B3"] == answer["candidates"]["C3"] == sorted(communes)
    assert answer["nominations"] == {refused: False}
    assert reason(files, refused).startswith(f"no_places: {office} ")


@pytest.mark.parametrize("code", ["so-a", "STTTT"])
def test_a_unit_without_a_name_is_called_by_its_code(files: Files, code: str) -> None:
    files.unit(code)
    files.units[0]["name"] = ""
    files.score(code, 90)
    files.nominate(code, "B6", "can_bo", "ai-1", 1)
    over_quota = files.nominate(code, "B6", "can_bo", "ai-2", 2)
    second_route = files.nominate(code, "B5", "doanh_nhan", "ai-1", 3)
    assert files.known()["eligibility"]["C1", code]["criteria"]["chuyen-doi-so"] == "PASS"
    assert reason(files, over_quota).startswith("quota_full: ")
    assert f"đã được {code} đề nghị" in reason(files, second_route)
