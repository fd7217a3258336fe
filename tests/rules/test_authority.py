"""Who may report what about which units: every agency × obligation × tier is compared with a table written by hand.

The table follows the documents (S0 VI.1–VI.7, V; S3 V, VI), not the code under test.
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
from shared.plans.load import load_plan
from shared.wording.citations import document_in_full, place
from tests.support.movement import register, s0, units
from tests.support.provinces import THAI_BINH
from tests.support.reports import NOW, body, codes, read, score, submit

pytestmark = pytest.mark.thorough

OFFICES = {"so", "huyen", "dvsn"}
ANY_RANKED = {"so", "huyen", "dvsn", "xa"}

NAMED: dict[str, tuple[str, set[str], str]] = {
    # obligation: the one agency named, the tiers it reports about, the section of the source
    "OB01": ("vp-ubnd-tinh", OFFICES, "S0 VI.2"),
    "OB02": ("vp-ubnd-tinh", OFFICES, "S0 VI.2"),
    "OB03": ("vp-tinh-uy", OFFICES, "S0 VI.3"),
    "OB04": ("vp-doan-dbqh-hdnd", OFFICES, "S0 VI.3"),
    "OB05": ("so-noi-vu", OFFICES, "S0 VI.4"),
    "OB06": ("so-noi-vu", OFFICES | {"xa"}, "S0 VI.4"),
    # A43: these three sources leave the list of subjects open, so every ranked tier is accepted.
    "OB07": ("so-tttt", ANY_RANKED, "S0 VI.5"),
    "OB08": ("cong-an-tinh", ANY_RANKED, "S0 VI.6"),
    "OB09": ("so-khdt", ANY_RANKED, "S0 VI.7"),
}
DISTRICTS: dict[str, str] = {"OB02-H": "A12", "OB05-H": "A12"}
"""Obligations of every district about its own communes only."""
DOCUMENTS: dict[str, tuple[set[str], str, str]] = {
    # obligation: the tiers whose every unit hands in its own document, the period, the section of the source
    "OB10": ({"so", "huyen"}, "2023", "S0 V.1"),
    "OB11": ({"so", "huyen"}, "2023", "S0 V.2"),
    "OB12": ({"so", "huyen"}, "2023", "S0 VI.1"),
    "OB15": ({"so"}, "2023", "S3 VI.1"),
    "OB16": ({"so", "huyen"}, "2023", "S3 VI.7"),
    "OB19": ({"so", "huyen"}, "2025", "S3 V.1"),
}
NOBODY = {"OB13", "OB14", "OB17", "OB18", "OB20", "OB21"}
"""Intake accepts no report under these obligations."""

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
    """Subjects of one report: all units of a tier, or all communes of one district."""

    tier: str
    parent: str | None
    units: tuple[str, ...]


@lru_cache
def s3() -> Plan:
    return load_plan(THAI_BINH / "s3-52-kh-ubnd.yaml")


def agencies() -> tuple[Unit, ...]:
    """Every unit of the register, including communes and unranked bodies."""
    return register().units


@lru_cache
def subjects() -> tuple[About, ...]:
    """The units of one report for each tier, and for each district's communes."""
    groups: dict[tuple[str, str | None], list[str]] = {}
    for unit in register().units:
        parent = unit.parent if unit.tier is Tier.XA else None
        groups.setdefault((unit.tier.value, parent), []).append(unit.code)
    return tuple(About(tier, parent, tuple(unit_codes)) for (tier, parent), unit_codes in groups.items())


@lru_cache
def is_cited(section: str, rule: str) -> bool:
    """Whether a rule begins with a section ("S0 VI.2") of its document, or is said to be an addition to S0 (A12)."""
    key, _, number = section.partition(" ")
    document = next(plan.source for plan in (s3(), s0()) if plan.source.key in (key, "S0"))
    return rule.startswith(place(number) if number else "Bổ sung, chưa có trong") and rule.endswith(
        document_in_full(document)
    )


def figures(obligation: str, kind: str, about: About, **changes: Any) -> Report:
    return read(body(obligation, [{"unit": unit, **FIGURES[kind]} for unit in about.units], kind=kind, **changes))


def figure_reports() -> Iterator[tuple[str, str, About, Report]]:
    """Every obligation with figures × every tier, parsed once; discipline obligations also get an inspection report."""
    kinds = {row.id: row.kind.value for row in s0().obligations if row.kind and row.kind.value != "document"}
    assert kinds.keys() == NAMED.keys() | DISTRICTS.keys()
    for obligation, kind in kinds.items():
        for report_kind in (kind, "inspection") if kind == "discipline" else (kind,):
            for about in subjects():
                yield obligation, report_kind, about, figures(obligation, report_kind, about)


def may_report(agency: str, obligation: str, about: About) -> bool:
    """Whether the table lets the agency report about these subjects."""
    if obligation in DISTRICTS:
        return about.tier == "xa" and about.parent == agency
    named, tiers, _ = NAMED[obligation]
    return agency == named and about.tier in tiers


def is_named(unit: Unit, obligation: str) -> bool:
    return unit.tier is Tier.HUYEN if obligation in DISTRICTS else unit.code == NAMED[obligation][0]


def test_figures_are_accepted_from_exactly_the_agencies_and_tiers_the_plan_names() -> None:
    """Every other report is returned whole, because of its agency or its subjects, and the rule is cited."""
    context, decided = IntakeContext(s0(), register()), 0
    wrong: list[tuple[str, ...]] = []
    for obligation, kind, about, sent in figure_reports():
        section = DISTRICTS[obligation] if obligation in DISTRICTS else NAMED[obligation][2]
        for unit in agencies():
            outcome = rules.decide(sent, "r-1", unit.code, context, Ledger(), NOW)
            decided += 1
            if may_report(unit.code, obligation, about):
                correct = isinstance(outcome, AcceptedReport) and outcome.receipt.reported_by == unit.code
            else:
                code = "tier_not_reported" if is_named(unit, obligation) else "not_responsible"
                problems = outcome.receipt.problems
                correct = (
                    not isinstance(outcome, AcceptedReport)
                    and {problem.code for problem in problems} == {code}
                    and all(is_cited(section, problem.rule) for problem in problems)
                )
            if not correct:
                wrong.append((unit.code, obligation, kind, about.tier, about.parent or "", *codes(outcome)[:1]))
    assert wrong == []
    assert decided == len(agencies()) * len(subjects()) * (len(NAMED) + len(DISTRICTS) + 2)
    assert decided > 50_000


def test_a_tier_the_agency_does_not_report_about_cannot_be_declared_complete_either() -> None:
    """A report with one valid row also names a tier as complete."""
    wrong = []
    for obligation, (named, tiers, section) in NAMED.items():
        kind = s0().obligation[obligation].kind
        about = next(subject for subject in subjects() if subject.tier == "so")
        for tier in Tier:
            assert kind is not None
            sent = figures(obligation, kind.value, about, complete_tiers=[tier.value])
            outcome = submit(named, sent)
            expected = [] if tier.value in tiers else ["tier_not_reported"]
            if codes(outcome) != expected or not all(
                is_cited(section, problem.rule) for problem in outcome.receipt.problems
            ):
                wrong.append((obligation, tier, codes(outcome)))
    assert wrong == []


def test_documents_are_accepted_from_exactly_the_tiers_whose_units_must_send_one() -> None:
    """Each unit sends its own; a document that declares a tier complete is returned."""
    document_obligations = {
        row.id for plan in (s0(), s3()) for row in plan.obligations if row.kind and row.kind.value == "document"
    }
    assert document_obligations == DOCUMENTS.keys()
    wrong = []
    for obligation, (tiers, period, section) in DOCUMENTS.items():
        plan = s0() if obligation in s0().obligation else s3()
        for declared in ([], *([tier.value] for tier in Tier)):
            fields = body(obligation, [], plan=plan, document=PAPER, period=period, complete_tiers=declared)
            del fields["rows"]
            sent = read(fields)
            for unit in agencies():
                outcome = submit(unit.code, sent, plan=plan)
                must_send = unit.tier.value in tiers
                expected = ["tier_not_reported"] if must_send and declared else [] if must_send else ["not_responsible"]
                cited = all(is_cited(section, problem.rule) for problem in outcome.receipt.problems)
                if codes(outcome) != expected or not cited:
                    wrong.append((unit.code, obligation, declared, codes(outcome)))
    assert wrong == []


@pytest.mark.parametrize("obligation", sorted(NOBODY))
def test_an_obligation_without_reports_accepts_them_from_nobody(obligation: str) -> None:
    """The body named by the source is refused too, whatever kind of report it sends."""
    plan = s0() if obligation in s0().obligation else s3()
    about = subjects()[0]
    reports = [figures(obligation, kind, about, plan=plan) for kind in FIGURES]
    for sent in reports:
        for unit in agencies():
            outcome = submit(unit.code, sent, plan=plan)
            assert codes(outcome) == ["not_responsible"], (unit.code, obligation)
            assert document_in_full(plan.source) in outcome.receipt.problems[0].rule


def test_the_table_has_every_obligation_of_both_plans() -> None:
    """So an obligation that is added to a plan cannot stay untested."""
    obligations = {row.id for plan in (s0(), s3()) for row in plan.obligations}
    assert obligations == NAMED.keys() | DISTRICTS.keys() | DOCUMENTS.keys() | NOBODY


@pytest.mark.parametrize("agency", ["so-noi-vu", "cong-an-tinh"])
def test_the_reporting_agency_is_never_read_from_the_body(agency: str) -> None:
    """`reported_by` is not a field of a report or a row; the receipt names the agency of the API key."""
    fields = body("OB06", [score(units(Tier.SO)[0])])
    problems = parsing.parse_report(fields | {"reported_by": agency})
    assert isinstance(problems, list)
    assert [(problem.code, problem.pointer, problem.detail) for problem in problems] == [
        ("invalid", "/reported_by", "Mục này không có trong mẫu.")
    ]
    row_problems = parsing.parse_report(body("OB06", [score(units(Tier.SO)[0], reported_by=agency)]))
    assert isinstance(row_problems, list)
    assert [problem.pointer for problem in row_problems] == ["/rows/0/reported_by"]
    assert submit(agency, read(fields)).receipt.reported_by == agency
