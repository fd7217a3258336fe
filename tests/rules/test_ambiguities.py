"""What the sources leave open (A1-A44): the name of at least one test carries the number of each decision.

Decisions that change behaviour are in ``test_ambiguities_<subject>.py``; this file has the data-only ones.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from shared.contracts.choices import SWITCHES
from tests.support.ambiguities import STAR, plans
from tests.support.movement import AS_OF, register, s0, s1
from tests.support.provinces import THAI_BINH
from tests.support.reports import codes, score, send

DATA_ONLY: Mapping[int, str] = {
    22: "the number of S1 is what its header prints; no rule reads a number",
    28: "the number, day and signer of S2 are data, null where the copy does not show them",
    29: "the number of S4 is data, null where the copy leaves it blank",
    30: "corrections of the scanned text are in the kept texts; no rule matches on text",
    31: "as A30, for S1",
    38: "the register and the roles identify each office; codes distinguish them everywhere",
}
"""Decisions that change no behaviour, with the reason; their tests are named ``test_data_a..``."""


def source_texts(key: str) -> tuple[str, str]:
    """The scanned copy and the corrected text of a source."""
    folder = THAI_BINH / "sources"
    raw, corrected = (folder / f"{key}.raw.txt").read_text("utf-8"), (folder / f"{key}.md").read_text("utf-8")
    assert unicodedata.is_normalized("NFC", corrected)
    return raw, corrected


def test_data_a22_the_councils_plan_has_the_number_in_its_header() -> None:
    assert s1().source.number == "38/KH-HĐTĐKT"
    assert "338" in " ".join(s1().source.raw)
    assert "338" in source_texts("S1")[0]


def test_data_a28_what_the_copy_of_s2_does_not_show_is_not_guessed() -> None:
    source = plans()["S2"].source
    assert (source.number, source.signer, source.issued_basis) == (None, "Lưu Văn Hoàn", "inferred")
    assert any("MS" in raw for raw in source.raw)


def test_data_a29_a_plan_without_a_number_is_identified_by_issuer_symbol_and_day() -> None:
    source = plans()["S4"].source
    assert (source.number, source.issued) == (None, date(2023, 6, 22))
    assert any("KH-SNNPTNT" in raw for raw in source.raw)
    assert len({(p.source.issuer, p.source.number, p.source.issued) for p in plans().values()}) == len(plans())


def test_data_a30_the_copy_is_kept_beside_the_corrected_text() -> None:
    raw, corrected = source_texts("S0")
    for damaged, right in (("2Ó23", "2023"), ("CT-lJBND", "CT-UBND")):
        assert damaged in raw
        assert damaged not in corrected
        assert right in corrected


def test_data_a31_the_copy_of_the_councils_plan_is_kept_too() -> None:
    raw, corrected = source_texts("S1")
    assert "Cùm" in raw
    assert "Cùm" not in corrected
    assert "Cụm" in corrected
    assert "MỤC ĐÍCH, YÊU CẦU" in corrected


def test_data_a38_the_office_and_its_department_are_two_units() -> None:
    """The department reports, the office receives; neither may act for the other."""
    office, department = s0().role["thuong-truc-hoi-dong"], s0().role["noi-vu"]
    assert (office.holder(AS_OF), department.holder(AS_OF)) == ("ban-tdkt", "so-noi-vu")
    assert register().by_code["ban-tdkt"].parent == "so-noi-vu"
    assert codes(send(s0(), "ban-tdkt", "OB06", [score(STAR)])) == ["not_responsible"]


def test_every_decision_has_a_test_named_after_it() -> None:
    """A1-A44: each has a behaviour test, except the data-only decisions above, which have a data test."""
    paths = sorted(Path(__file__).parent.glob("test_ambiguities*.py"))
    numbered = re.findall(r"^def test_(data_)?a(\d\d)_", "\n".join(path.read_text("utf-8") for path in paths), re.M)
    data = {int(number) for as_data, number in numbered if as_data}
    behaviour = {int(number) for as_data, number in numbered if not as_data}
    assert data == set(DATA_ONLY)
    assert behaviour == set(range(1, 45)) - set(DATA_ONLY)
    assert {int(decision[1:]) for decision in SWITCHES} <= behaviour
