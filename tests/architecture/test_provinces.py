"""A province, its office, its documents and its movements are data: no Python names them, except the demo's story."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from deploy.demo import PROVINCE
from shared.contracts.plan import Plan
from shared.plans.load import PROVINCES, load_plans

ROOT = Path(__file__).parents[2]
CODE = sorted(path for room in ("services", "shared", "deploy") for path in (ROOT / room).rglob("*.py"))
FOLDERS = sorted({path.parent for path in PROVINCES.glob("*/units-*.csv")})


@cache
def plans() -> list[Plan]:
    return [plan for folder in FOLDERS for plan in load_plans(folder)]


def names() -> set[str]:
    """The names of provinces and standing offices: codes, folders, names in identifiers, names in letters."""
    codes = {folder.name for folder in FOLDERS} | {plan.province for plan in plans()}
    registers = "".join(path.read_text(encoding="utf-8") for path in PROVINCES.glob("*/units-*.csv"))
    spelt = set(re.findall(r"Ủy ban nhân dân tỉnh (\w+ \w+),", registers))
    offices = {name for plan in plans() if plan.office for name in (plan.office.unit, plan.office.name)}
    return codes | {code.replace("-", "_") for code in codes} | spelt | offices


def documents() -> set[str]:
    """The ids of plans and of their movements."""
    movements = {plan.movement.id for plan in plans() if plan.movement}
    return {plan.id for plan in plans()} | movements


def named(words: set[str], is_looked_at: Callable[[Path], bool] = lambda path: True) -> list[str]:
    """The places in the code, comments included, where a word stands in upper or lower case."""
    pattern = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in sorted(words)), re.IGNORECASE)
    return [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in CODE
        if is_looked_at(path)
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    ]


def test_the_names_looked_for_are_those_of_the_plans() -> None:
    """So the other tests search for names that exist."""
    assert {"thai-binh", "hung_yen", "Thái Bình", "Hưng Yên", "ban-tdkt", "Ban Thi đua - Khen thưởng"} <= names()
    assert {"46-kh-ubnd-2023", "trach-nhiem-ky-cuong-2023"} <= documents()


def test_only_the_demo_names_a_province_in_one_constant() -> None:
    """Another province is another folder of plans and other settings; services, command line and stack name none."""
    assert named(names()) == [f"deploy/demo/__init__.py: {PROVINCE}"]


def test_only_the_demo_names_a_plan_or_a_movement() -> None:
    """The demo plays the year of one plan."""
    assert named(documents(), lambda path: ROOT / "deploy" / "demo" not in path.parents) == []


@pytest.mark.parametrize("word", ["THAI_BINH", "Thái Bình", "Hưng Yên", "ban-tdkt", "Ban Thi đua - Khen thưởng"])
def test_a_name_is_found_however_it_is_written(word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This shows that the tests above can fail."""
    module = tmp_path / "module.py"
    module.write_text(f'office = "{word}"\n', encoding="utf-8")
    monkeypatch.setattr("tests.architecture.test_provinces.CODE", [module])
    monkeypatch.setattr("tests.architecture.test_provinces.ROOT", tmp_path)
    assert named(names()) == [f"module.py: {word}"]
