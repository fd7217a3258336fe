"""Tables are read as spreadsheets save them, by every command; anything else is one Vietnamese line with its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

import pytest
from typer.testing import CliRunner

from deploy.cli.main import app
from tests.support.evaluating import NAMES, Files, evaluated, good
from tests.support.oracle import FIELDS
from tests.support.provinces import THAI_BINH

Saved = Callable[[str], bytes]

HEADING = "code,name,tier,parent,source,valid_from,valid_to,predecessors"
UNITS = f"{HEADING}\nso-a,Sở A,so,,seed,,,\nhuyen-b,Huyện B,huyen,,gso,2023-01-05,,\nban-c,Ban C,khac,so-a,seed,,,\n"


def with_separator(separator: str) -> Saved:
    return lambda text: "".join(f"{line.replace(',', separator)}\r\n" for line in text.splitlines()).encode("utf-8-sig")


SAVED: dict[str, Saved] = {
    "CSV UTF-8 of Excel": lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
    "semicolons": with_separator(";"),
    "tabs": with_separator("\t"),
    "a line that names the separator": lambda text: b"sep=;\r\n" + with_separator(";")(text)[3:],
    "Unicode text of Excel": lambda text: text.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"),
    "UTF-16 without a mark": lambda text: text.encode("utf-16-le"),
    "blank last lines": lambda text: f"{text}\n\n,,,,,,,\n \n".encode(),
    "trailing commas": lambda text: text.replace("\n", ",,\n").encode(),
    "spaces": lambda text: re.sub(",", " ,\u00a0 ", text).encode(),
    "decomposed letters": lambda text: normalize("NFD", text).encode(),
    "day/month/year": lambda text: text.replace("2023-01-05", "05/1/2023").encode(),
}


def plan_json(path: Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["plan-json", str(path), "--province", "thai-binh"])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("name", SAVED)
def test_a_register_means_the_same_however_it_was_saved(name: str, tmp_path: Path) -> None:
    plain, other = tmp_path / "plain.csv", tmp_path / "other.csv"
    plain.write_text(UNITS, encoding="utf-8")
    other.write_bytes(SAVED[name](UNITS))
    assert plan_json(plain)[0] == 0
    assert plan_json(other) == plan_json(plain)


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("code,name\nso-a,Sở A\n", 1, "tier", "các cột code,name,tier"),
        (UNITS.replace("so-a,Sở A", "so-a,"), 2, "name", "một giá trị"),
        (UNITS.replace(",huyen,", ",quan,"), 3, "tier", "phải là một trong"),
        (UNITS.replace("2023-01-05", "31/02/2023"), 3, "valid_from", "ngày dạng 30/11/2023"),
        (UNITS.replace("khac,so-a", "khac,so-x"), 4, "parent", "so-x"),
        (UNITS.replace("huyen-b", "so-a", 1), 3, "code", "dòng 2"),
        (UNITS.replace("huyen-b", "Huyện B", 1), 3, "code", "mã chỉ gồm chữ thường"),
        (UNITS.replace("Sở A", '"Sở A'), 2, "*", "một dòng CSV"),
        (UNITS.replace("seed,,,\nhuyen", "seed,,,,thừa\nhuyen", 1), 2, "predecessors", "8 ô"),
        ("", 1, "code", "các cột"),
        ("\x00\x01", 1, "code", "các cột"),
    ],
)
def test_a_register_that_cannot_be_read_is_one_vietnamese_line(
    text: str, line: int, column: str, expected: str, tmp_path: Path
) -> None:
    path = tmp_path / "units.csv"
    path.write_text(text, encoding="utf-8")
    code, out, err = plan_json(path)
    assert (code, out, err.count("\n")) == (1, "", 1), err
    assert f"units.csv:{line}: cột {column}: " in err
    assert expected in err
    assert not re.search(r"\b(the|is|are|should|must|Input|validation)\b", err)


def test_plan_check_reads_the_same_register(tmp_path: Path) -> None:
    """A file saved by Excel gives no error; a wrong cell gives one, at its line."""
    plan = tmp_path / "plan.yaml"
    plan.write_bytes((THAI_BINH / "s0-46-kh-ubnd.yaml").read_bytes())
    text = (THAI_BINH / "units-2023.csv").read_text(encoding="utf-8")
    units = tmp_path / "units-2023.csv"
    units.write_bytes(SAVED["CSV UTF-8 of Excel"](text))
    result = CliRunner().invoke(app, ["plan", "check", str(plan)])
    assert (result.exit_code, ": error " in result.stdout) == (0, False), result.stdout
    units.write_bytes(with_separator(";")(text.replace(",khac,", ",quan,", 1)))
    result = CliRunner().invoke(app, ["plan", "check", str(plan)])
    errors = [line for line in result.stdout.splitlines() if ": error " in line]
    assert len(errors) == 1
    assert errors[0].startswith(f"{units}:2:1: error [invalid] Danh mục đơn vị, cột “tier”: ")


def test_evaluate_reads_the_register_of_the_province(files: Files) -> None:
    """Beside the documented columns; units of the tier ``khac`` are known and not ranked."""
    files.units = []
    files.unit("so-noi-vu")
    files.scores("so-noi-vu", 90)
    paths = dict(zip(NAMES, files.written(), strict=True))
    answer = evaluated(THAI_BINH, (THAI_BINH / "units-2023.csv", *list(paths.values())[1:]))
    tiers = {board["tier"] for board in answer["standings"]}
    assert tiers == {"so"}
    assert "ban-tdkt" not in {row["unit"] for row in answer["eligibility"]}
    assert sum(row["award"] == "C1" for row in answer["eligibility"]) > 40


def test_evaluate_reads_its_tables_as_spreadsheets_save_them(files: Files) -> None:
    plain = good(files).answer()
    for path in files.written():
        text = path.read_text(encoding="utf-8").replace("2023-11-30", "30/11/2023")
        separated = "\n".join(re.sub(r',(?=(?:[^"]*"[^"]*")*[^"]*$)', ";", line) for line in text.splitlines())
        path.write_bytes(f"{separated}\n\n;;;\n".encode("utf-16"))
    assert evaluated(THAI_BINH, [files.folder / f"{name}.csv" for name in NAMES]) == plain


def test_one_figure_with_two_values_is_an_error_that_names_both_lines(files: Files) -> None:
    good(files)
    files.results[0] |= {"version": "2", "received_at": "2023-12-04T08:00:00+07:00"}
    files.results.append({**files.results[0], "score": "80", "received_at": "2023-12-04T01:00:00Z"})
    result = files.called("--json")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert "results.csv:8: cột score: “80”" in result.stderr
    assert "dòng 2" in result.stderr
    assert "90" in result.stderr


def test_the_same_figure_twice_is_no_contradiction(files: Files) -> None:
    good(files)
    plain = files.answer()
    files.results.append({**files.results[0], "score": "90.00"})
    again = files.answer()
    assert again["eligibility"] == plain["eligibility"]


def test_two_judgements_at_one_instant_are_an_error_that_names_both_lines(files: Files) -> None:
    good(files)
    files.judgements.append({**files.judgements[0], "verdict": "FAIL", "by": "Thư ký"})
    result = files.called("--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "judgements.csv:3: cột verdict: “FAIL”" in result.stderr
    assert "dòng 2" in result.stderr


def test_scores_of_three_decimals_are_printed_as_sent_with_the_rank_their_owner_declares(files: Files) -> None:
    """Thanh Hóa 2024: 90,02 and 90,02 are ranked 2 and 3 (A48)."""
    for unit, score, rank in (("so-a", "91.125", 1), ("so-b", "90.020", 2), ("so-c", "90.020", 3)):
        files.unit(unit)
        files.score(unit, score)
        files.results[-1]["declared_rank"] = str(rank)
    board = next(board for board in files.answer()["standings"] if board["field"] == FIELDS[0])
    assert [(row["unit"], row["score"], row["rank"], row["declared_rank"]) for row in board["rows"]] == [
        ("so-a", "91.125", 1, 1),
        ("so-b", "90.020", 2, 2),
        ("so-c", "90.020", 2, 3),
    ]


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "nhất"])
def test_a_declared_rank_is_a_whole_number_from_1(files: Files, value: str) -> None:
    good(files).results[0]["declared_rank"] = value
    result = files.called("--json")
    assert result.exit_code == 1
    assert "results.csv:2: cột declared_rank: " in result.stderr


def test_a_declared_rank_decides_where_the_plan_chooses_it(files: Files, tmp_path: Path) -> None:
    """Decision A5 set to ``declared``; without it our rank decides."""
    for unit, declared in (("so-a", 9), ("so-b", 1)):
        files.unit(unit)
        files.scores(unit, 90 if unit == "so-a" else 80)
        for row in files.results[-3:]:
            row["declared_rank"] = str(declared)
    files.passing("so-a", "so-b")
    assert files.criterion("so-a", "chuyen-doi-so", "B1") == "PASS"
    plans = tmp_path / "plans"
    plans.mkdir()
    for path in THAI_BINH.glob("*.yaml"):
        (plans / path.name).write_bytes(path.read_bytes())
    s0 = plans / "s0-46-kh-ubnd.yaml"
    ours, theirs = "  - id: A5\n    value: rank\n", "  - id: A5\n    value: declared\n"
    s0.write_text(s0.read_text(encoding="utf-8").replace(ours, theirs), encoding="utf-8")
    files.plans = plans
    assert files.criterion("so-a", "chuyen-doi-so", "B1") == "FAIL"
    assert files.criterion("so-b", "chuyen-doi-so", "B1") == "PASS"
