"""Who may report what about whom: the full cross product agency × obligation × tier, against a table written by hand.

The table is read off the documents (S0 VI.1–VI.7, V; S3 V, VI), not off the code that decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import pytest

from services.intake.context import IntakeContext, Ledger
from services.intake.reports import parsing, rules
from services.intake.reports.state import AcceptedReport
from shared.contracts.intake import Report
from shared.contracts.model import Tier
from shared.contracts.plan import Plan
from shared.contracts.units import Unit
from shared.plans.load import THAI_BINH, load_plan
from tests.support.movement import register, s0, units
from tests.support.reports import NOW, body, codes, read, score, submit

OFFICES = {"so", "huyen", "dvsn"}
ANY_RANKED = {"so", "huyen", "dvsn", "xa"}

NAMED: dict[str, tuple[str, set[str], str]] = {
    # obligation: the one agency named, the tiers it reports about, where the source says so
    "OB01": ("vp-ubnd-tinh", OFFICES, "S0 VI.2"),
    "OB02": ("vp-ubnd-tinh", OFFICES, "S0 VI.2"),
    "OB03": ("vp-tinh-uy", OFFICES, "S0 VI.3"),
    "OB04": ("vp-doan-dbqh-hdnd", OFFICES, "S0 VI.3"),
    "OB05": ("so-noi-vu", OFFICES, "S0 VI.4"),
    "OB06": ("so-noi-vu", OFFICES | {"xa"}, "S0 VI.4"),
    # A43: these three sources close no list of subjects, so every ranked tier is welcome.
    "OB07": ("so-tttt", ANY_RANKED, "S0 VI.5"),
    "OB08": ("cong-an-tinh", ANY_RANKED, "S0 VI.6"),
    "OB09": ("so-khdt", ANY_RANKED, "S0 VI.7"),
}
DISTRICTS: dict[str, str] = {"OB02-H": "A12", "OB05-H": "A12"}
"""Every district, about the communes under itself and nobody else."""
DOCUMENTS: dict[str, tuple[set[str], str, str]] = {
    # obligation: the tiers every unit of which hands in a document of its own, the period, where the source says so
    "OB10": ({"so", "huyen"}, "2023", "S0 V.1"),
    "OB11": ({"so", "huyen"}, "2023", "S0 V.2"),
    "OB12": ({"so", "huyen"}, "2023", "S0 VI.1"),
    "OB15": ({"so"}, "2023", "S3 VI.1"),
    "OB16": ({"so", "huyen"}, "2023", "S3 VI.7"),
    "OB19": ({"so", "huyen"}, "2025", "S3 V.1"),
}
NOBODY = {"OB13", "OB14", "OB17", "OB18", "OB20", "OB21"}
"""Nothing of these comes through the door."""

FIGURES: dict[str, dict[str, Any]] = {
    "attendance": {"invited": 3, "present": 3},
    "tasks": {"due": 2, "done_on_time": 2},
    "discipline": {"violations": 0},
    "score": {"score": "50"},
    "listed": {},
    "inspection": {"case": "12/QĐ-TTr", "signs_of_violation": True, "opened": "2023-11-01"},
}
PAPER = {"number": "12/BC", "issued": "2023-11-20", "title": "Báo cáo"}


class About(NamedTuple):
    """Subjects of one report: all units of a tier; of communes, all of one district."""

    tier: str
    parent: str | None
    units: tuple[str, ...]


@lru_cache
def s3() -> Plan:
    return load_plan(THAI_BINH / "s3-52-kh-ubnd.yaml")


def agencies() -> tuple[Unit, ...]:
    """Every unit of the register, communes and unranked bodies too."""
    return register().units


@lru_cache
def subjects() -> tuple[About, ...]:
    """One report's worth of units for each tier, and for each district's communes."""
    groups: dict[tuple[str, str | None], list[str]] = {}
    for unit in register().units:
        parent = unit.parent if unit.tier is Tier.XA else None
        groups.setdefault((unit.tier.value, parent), []).append(unit.code)
    return tuple(About(tier, parent, tuple(codes)) for (tier, parent), codes in groups.items())


def figures(obligation: str, kind: str, about: About, **more: Any) -> Report:
    return read(body(obligation, [{"unit": unit, **FIGURES[kind]} for unit in about.units], kind=kind, **more))


def figure_reports() -> Iterator[tuple[str, str, About, Report]]:
    """Every obligation with figures × every tier, read once; cases are opened where discipline is reported."""
    kinds = {o.id: o.kind.value for o in s0().obligations if o.kind and o.kind.value != "document"}
    assert kinds.keys() == NAMED.keys() | DISTRICTS.keys()
    for obligation, kind in kinds.items():
        for item in (kind, "inspection") if kind == "discipline" else (kind,):
            for about in subjects():
                yield obligation, item, about, figures(obligation, item, about)


def may(agency: str, obligation: str, about: About) -> bool:
    """What the table says."""
    if obligation in DISTRICTS:
        return about.tier == "xa" and about.parent == agency
    named, tiers, _ = NAMED[obligation]
    return agency == named and about.tier in tiers


def is_named(unit: Unit, obligation: str) -> bool:
    return unit.tier is Tier.HUYEN if obligation in DISTRICTS else unit.code == NAMED[obligation][0]


def test_figures_are_let_in_from_exactly_the_agencies_and_about_exactly_the_tiers_the_plan_names() -> None:
    """Every other combination is returned whole: for whom it comes from, or for whom it is about; the rule is cited."""
    context, told = IntakeContext(s0(), register()), 0
    wrong: list[tuple[str, ...]] = []
    for obligation, kind, about, sent in figure_reports():
        cite = DISTRICTS[obligation] if obligation in DISTRICTS else NAMED[obligation][2]
        for unit in agencies():
            outcome = rules.decide(sent, "r-1", unit.code, context, Ledger(), NOW)
            told += 1
            if may(unit.code, obligation, about):
                right = isinstance(outcome, AcceptedReport) and outcome.receipt.reported_by == unit.code
            else:
                code = "tier_not_reported" if is_named(unit, obligation) else "not_responsible"
                problems = outcome.receipt.problems
                right = (
                    not isinstance(outcome, AcceptedReport)
                    and {problem.code for problem in problems} == {code}
                    and all(problem.rule == f"46/KH-UBND, {cite}" for problem in problems)
                )
            if not right:
                wrong.append((unit.code, obligation, kind, about.tier, about.parent or "", *codes(outcome)[:1]))
    assert wrong == []
    assert told == len(agencies()) * len(subjects()) * (len(NAMED) + len(DISTRICTS) + 2)
    assert told > 50_000


def test_a_tier_the_agency_does_not_report_about_cannot_be_declared_complete_either() -> None:
    """The other way to say something about a tier: one good row, and a tier named beside it."""
    wrong = []
    for obligation, (named, tiers, cite) in NAMED.items():
        owed = s0().obligation[obligation].kind
        about = next(subject for subject in subjects() if subject.tier == "so")
        for tier in Tier:
            assert owed is not None
            sent = figures(obligation, owed.value, about, complete_tiers=[tier.value])
            outcome = submit(named, sent)
            expected = [] if tier.value in tiers else ["tier_not_reported"]
            if codes(outcome) != expected or not all(cite in p.rule for p in outcome.receipt.problems):
                wrong.append((obligation, tier, codes(outcome)))
    assert wrong == []


def test_documents_are_let_in_from_exactly_the_tiers_whose_units_owe_one() -> None:
    """Each for itself; a document speaks about no tier, and with one it is returned."""
    owed = {o.id for plan in (s0(), s3()) for o in plan.obligations if o.kind and o.kind.value == "document"}
    assert owed == DOCUMENTS.keys()
    wrong = []
    for obligation, (tiers, period, cite) in DOCUMENTS.items():
        plan = s0() if obligation in s0().obligation else s3()
        for declared in ([], *([tier.value] for tier in Tier)):
            written = body(obligation, [], plan=plan, document=PAPER, period=period, complete_tiers=declared)
            del written["rows"]
            sent = read(written)
            for unit in agencies():
                outcome = submit(unit.code, sent, plan=plan)
                owes = unit.tier.value in tiers
                expected = ["tier_not_reported"] if owes and declared else [] if owes else ["not_responsible"]
                cited = all(
                    problem.rule.startswith(f"{plan.source.number}, {cite}") for problem in outcome.receipt.problems
                )
                if codes(outcome) != expected or not cited:
                    wrong.append((unit.code, obligation, declared, codes(outcome)))
    assert wrong == []


@pytest.mark.parametrize("obligation", sorted(NOBODY))
def test_what_comes_through_no_door_is_let_in_from_nobody(obligation: str) -> None:
    """Also not from the body the source names for it, as whatever kind it is sent."""
    plan = s0() if obligation in s0().obligation else s3()
    about = subjects()[0]
    kinds = [figures(obligation, kind, about, plan=plan) for kind in FIGURES]
    for sent in kinds:
        for unit in agencies():
            outcome = submit(unit.code, sent, plan=plan)
            assert codes(outcome) == ["not_responsible"], (unit.code, obligation)
            assert f"{plan.source.number}, S" in outcome.receipt.problems[0].rule


def test_the_table_has_every_obligation_of_both_plans() -> None:
    """None is left untested when a plan grows."""
    there = {o.id for plan in (s0(), s3()) for o in plan.obligations}
    assert there == NAMED.keys() | DISTRICTS.keys() | DOCUMENTS.keys() | NOBODY


@pytest.mark.parametrize("agency", ["so-noi-vu", "cong-an-tinh"])
def test_who_reports_is_never_read_from_the_body(agency: str) -> None:
    """`reported_by` is no part of a report, on top or in a row; the receipt says whose key it was."""
    written = body("OB06", [score(units(Tier.SO)[0])])
    told = parsing.parse_report(written | {"reported_by": agency})
    assert isinstance(told, list)
    assert [(item.code, item.pointer, item.detail) for item in told] == [
        ("invalid", "/reported_by", "Mục này không có trong mẫu.")
    ]
    in_a_row = parsing.parse_report(body("OB06", [score(units(Tier.SO)[0], reported_by=agency)]))
    assert isinstance(in_a_row, list)
    assert [item.pointer for item in in_a_row] == ["/rows/0/reported_by"]
    assert submit(agency, read(written)).receipt.reported_by == agency
