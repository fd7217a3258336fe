"""The five source documents as data: complete, with citations that exist in their texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest
from pydantic import BaseModel

from shared.contracts.choices import SWITCHES, default_of
from shared.contracts.plan import Plan
from shared.plans.authority import reporters
from shared.plans.load import load_plans
from shared.plans.sources import sections, source_texts, unfounded
from shared.wording.citations import citations
from tests.support.movement import AS_OF, register, s0
from tests.support.provinces import THAI_BINH


@lru_cache
def plans() -> dict[str, Plan]:
    return {plan.source.key: plan for plan in load_plans(THAI_BINH)}


@lru_cache
def texts() -> dict[str, frozenset[str]]:
    return {key: sections(text) for key, text in source_texts(THAI_BINH).items()}


def rows_with_cites(part: Any) -> Iterator[tuple[str, str]]:
    """Row and citation of every cited part of a plan."""
    if isinstance(part, BaseModel):
        if isinstance(cite := getattr(part, "cite", None), str):
            yield f"{type(part).__name__} {getattr(part, 'id', getattr(part, 'unit', ''))}", cite
        for name in type(part).model_fields:
            yield from rows_with_cites(getattr(part, name))
    elif isinstance(part, tuple):
        for child in part:
            yield from rows_with_cites(child)


def test_there_is_one_file_for_each_of_the_five_documents() -> None:
    assert sorted(plans()) == ["S0", "S1", "S2", "S3", "S4"]
    assert {key: plan.source.number for key, plan in plans().items()} == {
        "S0": "46/KH-UBND",
        "S1": "38/KH-HĐTĐKT",
        "S2": None,
        "S3": "52/KH-UBND",
        "S4": None,
    }


def test_all_twenty_two_obligations_are_there_and_the_added_ones_are_marked() -> None:
    """OB01-OB22 (OB22 has two parts); the optional ones of A12 and the yearly conference are additional."""
    obligations = [obligation for plan in plans().values() for obligation in plan.obligations]
    numbered = {match[1] for obligation in obligations if (match := re.fullmatch(r"OB(\d\d)[ab]?", obligation.id))}
    assert numbered == {f"{n:02}" for n in range(1, 23)}
    additional = {
        obligation.id: (obligation.optional, obligation.not_in_seed)
        for obligation in obligations
        if not re.fullmatch(r"OB\d\d[ab]?", obligation.id)
    }
    assert additional == {"OB02-H": (True, True), "OB05-H": (True, True), "HN-TK": (False, False)}


def test_the_documents_have_the_expected_number_of_rows() -> None:
    """9 awards, 28 tasks, 3 printed sessions and a fourth, 18 criteria and those for individuals, 16 owners."""
    main, s1, s2, s3, s4 = (plans()[key] for key in ("S0", "S1", "S2", "S3", "S4"))
    awards = [a.id for a in main.awards] + [a.id for a in main.nominated]
    assert awards == ["C1", "C2", "C3", "B1", "B2", "B3", "B4", "B5", "B6"]
    assert [t.id for t in s1.tasks] == [f"T{n:02}" for n in range(1, 29)]
    assert [(s.id, s.not_in_seed) for s in s1.sessions] == [("P1", False), ("P2", False), ("P3", False), ("P4", True)]
    numbered = [s.id for s in s3.standards if re.fullmatch(r"S3-[ABC]\d", s.id)]
    groups = {"A": 6, "B": 9, "C": 3}
    assert numbered == [f"S3-{group}{n}" for group, count in groups.items() for n in range(1, count + 1)]
    assert [s.id for s in s3.standards if s.id not in numbered] == ["S3-CN-a", "S3-D1", "S3-D2", "S3-CN-c"]
    assert len({owner.unit for owner in s3.owners}) == len(s3.owners) == 16
    assert len(main.contents) == 7
    assert len(s2.exemplar_steps) == 4
    assert [o.id for o in s3.occasions] == ["so-ket-2025", "tong-ket-2030"]
    assert {a.id: a.feeds for a in s4.nominated} == {"S4-TT": "B4", "S4-CN": "B6"}


@pytest.mark.parametrize("key", ["S0", "S1", "S2", "S3", "S4"])
def test_every_row_cites_a_document_and_a_section_that_its_text_has(key: str) -> None:
    """Checked against the project's own copy of the source, corrected under A30."""
    cited = list(rows_with_cites(plans()[key]))
    assert cited
    wrong = [f"{row}: {cite}" for row, cite in cited if unfounded(cite, texts())]
    assert wrong == []
    without_section = [
        f"{row}: {cite}"
        for row, cite in cited
        if any(document[0] == "S" and not section for document, section in citations(cite))
    ]
    assert without_section == []


@pytest.mark.parametrize("key", ["S0", "S1", "S2", "S3", "S4"])
def test_the_corrected_text_keeps_no_scanning_error(key: str) -> None:
    """A30: misread characters of the copy are gone from the corrected text, and the copy is kept."""
    text = source_texts(THAI_BINH)[key]
    for damaged in ("ứiành", "ừong", "tìii", "ứii đua", "lJBND", "Đe án", "Cùm", "Ke hoạch", "tồng", "Bĩnh", "phọng"):
        assert damaged not in text, damaged
    assert (THAI_BINH / "sources" / f"{key}.raw.txt").stat().st_size > 1000


def test_every_switch_is_visible_in_the_main_plan_with_its_default_and_its_reason() -> None:
    """A question the sources leave open is a row of the file, not a line of code."""
    shown = {p.id: p for p in plans()["S0"].parameters}
    assert len(SWITCHES) == 23
    assert set(SWITCHES) <= set(shown)
    for decision in SWITCHES:
        parameter = shown[decision]
        assert parameter.default == default_of(decision)
        assert parameter.reason


def test_every_decision_that_changes_behaviour_is_a_parameter_of_some_plan() -> None:
    """A1-A44, including A15 (no composite) and A38 (names of offices)."""
    parameters = Counter(parameter.id for plan in plans().values() for parameter in plan.parameters)
    assert {f"A{n}" for n in range(1, 45)} - set(parameters) == set()


def test_the_seven_reporters_are_those_of_the_source() -> None:
    """S0 VI.2-7."""
    obligations = [s0().obligation[f"OB0{n}"] for n in range(1, 10)]
    assert {reporter for obligation in obligations for reporter in reporters(s0(), obligation, register(), AS_OF)} == {
        "vp-ubnd-tinh",
        "vp-tinh-uy",
        "vp-doan-dbqh-hdnd",
        "so-noi-vu",
        "so-tttt",
        "cong-an-tinh",
        "so-khdt",
    }


def test_the_recurring_report_is_due_before_the_tenth_of_december_in_eight_years() -> None:
    """OB16, 2023 to 2030 (A33)."""
    dues = list(plans()["S3"].obligation["OB16"].dues())
    assert [due.period for due in dues] == [str(year) for year in range(2023, 2031)]
    assert {(due.last_day.month, due.last_day.day) for due in dues} == {(12, 9)}
