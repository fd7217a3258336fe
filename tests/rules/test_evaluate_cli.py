"""`thidua evaluate` on the command line: the real provinces, in full size."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from deploy.evaluate.run import Answer, Evaluation, UnitVerdict, summary
from deploy.evaluate.units import Roster
from shared.contracts.model import Tier
from shared.contracts.units import Unit, UnitRegister
from tests.support import oracle
from tests.support.command_line import without_progress
from tests.support.evaluating import AS_OF, MOVEMENT, Files, by_key, evaluated, good
from tests.support.movement import s0
from tests.support.provinces import HUNG_YEN, THAI_BINH
from tests.support.random_files import Province, expected, register

pytestmark = pytest.mark.thorough


def run(files: Files, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("thidua")), "evaluate", *files.options(), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=files.folder, timeout=60)


def test_the_command_line_evaluates_the_province_of_2023(tmp_path: Path) -> None:
    dice = Province(23, register(THAI_BINH / "units-2023.csv"), AS_OF, MOVEMENT).all()
    assert Counter(unit["tier"] for unit in dice.units) == {"so": 44, "huyen": 8, "xa": 260, "dvsn": 6}
    completed = run(dice.files(tmp_path), "--json")
    assert (completed.returncode, without_progress(completed.stderr)) == (0, "")
    expected_answer = expected(dice)
    assert by_key(json.loads(completed.stdout)) == expected_answer
    assert all(expected_answer["candidates"][award] for award in ("B1", "B3"))
    assert {scope for _, tier, scope in expected_answer["standings"] if tier == "xa"} == {
        "tinh", "336", "338", "339", "340", "341", "342", "343", "344",
    }  # fmt: skip


def test_the_command_line_evaluates_a_province_of_two_levels(tmp_path: Path) -> None:
    units = register(HUNG_YEN / "units-2025.csv")
    for unit in units[:20:4]:
        unit["valid_to"] = "2026-01-31"
    dice = Province(25, units, oracle.HUNG_YEN.as_of, "trach-nhiem-ky-cuong-2025").all()
    completed = run(dice.files(tmp_path, HUNG_YEN), "--json")
    assert (completed.returncode, without_progress(completed.stderr)) == (0, "")
    expected_answer = expected(dice, oracle.HUNG_YEN)
    assert by_key(json.loads(completed.stdout)) == expected_answer
    active = Counter(row["criteria"][oracle.ACTIVE] for row in expected_answer["eligibility"].values())
    assert active["FAIL"] > 0 < active["PASS"]
    assert set(expected_answer["candidates"]) == {"C1", "C3", "B1", "B3"}


def test_an_error_on_the_command_line_prints_nothing_and_exits_with_one(files: Files) -> None:
    good(files).results[1]["done_on_time"] = "9"
    completed = run(files, "--json")
    assert (completed.returncode, completed.stdout) == (1, "")
    assert "results.csv:3: cột done_on_time" in without_progress(completed.stderr)


def test_without_the_json_option_it_is_printed_who_gets_what_and_who_does_not(files: Files) -> None:
    """By name; it was a number of units and an English word."""
    result = good(files).called()
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split(":")[0] for line in lines if not line.startswith(" ")] == [award.name for award in s0().awards]
    answer = json.loads(files.called("--json").stdout)
    printed = "\n".join(lines)
    for verdict, word in (("HOLD", "tạm dừng xét"), ("MISSING", "chưa đủ căn cứ"), ("FAIL", "không đạt")):
        units = [row["unit"] for row in answer["eligibility"] if row["award"] == "B3" and row["verdict"] == verdict]
        part = printed[printed.index(f"{s0().award['B3'].name}:") :]
        assert (f"    {word} ({len(units)}): " in part) == bool(units)
        assert all(f" {unit}" in part for unit in units)
    assert not {"FAIL", "HOLD", "MISSING"} & set(printed.split())


def test_a_long_list_of_units_is_cut_with_the_number_of_the_rest() -> None:
    rows = [UnitVerdict(award="B3", unit=f"x-{n}", verdict="FAIL", criteria=[]) for n in range(25)]
    answer = Answer(standings=[], eligibility=rows, candidates={"B3": ["x-30"]}, nominations=[])
    district = Unit(code="h", name="Huyện H", tier=Tier.HUYEN, source="assumed")
    communes = [Unit(code=f"x-{n}", name=f"Xã {n}", tier=Tier.XA, parent="h", source="assumed") for n in range(31)]
    codes = {unit.code: unit.code for unit in (district, *communes)}
    roster = Roster(UnitRegister(province="t", version=1, units=(district, *communes)), codes, codes)
    heading, line = summary(Evaluation(answer, {"B3": "Bằng khen"}, roster)).splitlines()
    assert heading == "Bằng khen: huyện H: xã 30"
    assert line.startswith("    không đạt (25): huyện H: xã 0, xã 1, xã 2")
    assert line.endswith("xã 19; và 5 đơn vị nữa (xem tất cả bằng --json)")


def test_three_hundred_units_of_five_kinds_take_less_than_ten_seconds(tmp_path: Path) -> None:
    files = Files(tmp_path)
    for n in range(300):
        tier = "huyen" if n < 8 else "so" if n < 48 else "xa"
        code = str(330 + n) if tier == "huyen" else f"so-{n}" if tier == "so" else f"{12000 + n}"
        files.unit(code, tier, str(330 + n % 8) if tier == "xa" else "")
        files.scores(code, 40 + n % 50, 40 + n % 51, 40 + n % 52)
        files.passing(code)
        files.result("inspection", code, open_inspections=int(n % 40 == 0))
    paths = files.written()
    started = time.perf_counter()
    answer = evaluated(THAI_BINH, paths)
    took = time.perf_counter() - started
    printed = io.StringIO()
    json.dump(answer, printed, ensure_ascii=False)
    print(
        f"{len(files.results)} lines about {len(files.units)} units: {took:.3f} s, {len(printed.getvalue()) >> 10} KiB"
    )
    assert took < 10
