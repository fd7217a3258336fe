"""A second, deliberately naive implementation of ``thidua evaluate``, written from its description alone.

It shares no code with the services and uses plain loops over the rows of the files, without regard to speed. Where the
two differ, one of them misread the text. It accepts readable files only and gives no reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

Row = Mapping[str, str]
Rows = Sequence[Row]
Figures = Mapping[str, Rows]
"""The lines about each unit."""

FIELDS = ("chuyen-doi-so", "de-an-06", "cai-cach-hanh-chinh")
WORK = ("hoan-thanh-xuat-sac", "nhiem-vu-duoc-giao")
DISCIPLINE = "ky-luat-ky-cuong"
CONTRIBUTION = "dong-gop-noi-bat"
ADVICE = "tham-muu-hieu-qua"
ACTIVE = "don-vi-con-hoat-dong"

ALWAYS = (*WORK, *FIELDS, DISCIPLINE)


@dataclass(frozen=True)
class Award:
    """An award that figures decide: its tier, the last rank within the cut-off in the three fields, its criteria."""

    id: str
    tier: str
    cut_off: int
    own_district: bool
    criteria: tuple[str, ...]
    flag: str | None = None
    """The flag of the same tier, if this is a certificate."""


@dataclass(frozen=True)
class Rules:
    """The rules of a plan that this implementation needs."""

    as_of: date
    decided_by: date | None
    tiers: tuple[str, ...]
    districts: bool
    awards: tuple[Award, ...]
    places: Mapping[tuple[str, str], int | None]
    """The quotas by award and the nominator's tier. None is no limit; a tier without an entry may not nominate."""
    kinds: Mapping[str, tuple[str, ...]]


THAI_BINH = Rules(
    as_of=date(2023, 11, 30),
    decided_by=None,
    tiers=("so", "huyen", "xa", "dvsn"),
    districts=True,
    awards=(
        Award("C1", "so", 1, False, (*ALWAYS, CONTRIBUTION, ADVICE)),
        Award("C2", "huyen", 1, False, (*ALWAYS, CONTRIBUTION)),
        Award("C3", "xa", 1, False, ALWAYS),
        Award("B1", "so", 5, False, ALWAYS, flag="C1"),
        Award("B2", "huyen", 3, False, ALWAYS, flag="C2"),
        Award("B3", "xa", 3, True, ALWAYS, flag="C3"),
    ),
    places={
        ("B4", "so"): 1,
        ("B4", "huyen"): 1,
        ("B5", "so"): None,
        ("B5", "huyen"): None,
        ("B6", "so"): 1,
        ("B6", "huyen"): 2,
    },
    kinds={"B4": ("tap_the",), "B5": ("doanh_nghiep", "doanh_nhan"), "B6": ("can_bo", "nguoi_dan", "ca_nhan")},
)

DISTRICT_FLAGS = replace(
    THAI_BINH,
    awards=tuple(replace(award, own_district=award.tier == "xa") for award in THAI_BINH.awards),
)
"""Thái Bình's rules with one flag for the communes of each district (A49)."""

HUNG_YEN = Rules(
    as_of=date(2025, 11, 30),
    decided_by=date(2026, 1, 31),
    tiers=("so", "xa", "dvsn"),
    districts=False,
    awards=(
        Award("C1", "so", 1, False, (*ALWAYS, CONTRIBUTION, ADVICE, ACTIVE)),
        Award("C3", "xa", 1, False, (*ALWAYS, ACTIVE)),
        Award("B1", "so", 5, False, (*ALWAYS, ACTIVE), flag="C1"),
        Award("B3", "xa", 10, False, (*ALWAYS, ACTIVE), flag="C3"),
    ),
    places={("B4", "so"): 1, ("B5", "so"): None, ("B5", "xa"): None, ("B6", "so"): 1, ("B6", "xa"): 1},
    kinds={"B4": ("tap_the",), "B5": ("doanh_nghiep", "doanh_nhan"), "B6": ("can_bo", "nguoi_dan")},
)

PERSONS = ("doanh_nhan", "can_bo", "nguoi_dan", "ca_nhan")


def exists(unit: Row, day: date) -> bool:
    """Whether a unit exists on a day; ``valid_to`` is the first day on which it no longer does."""
    begun = not unit["valid_from"] or date.fromisoformat(unit["valid_from"]) <= day
    over = bool(unit["valid_to"]) and date.fromisoformat(unit["valid_to"]) <= day
    return begun and not over


def counting(results: Figures, rules: Rules, kind: str, unit: str, field: str = "") -> Row | None:
    """The effective version of a figure."""
    best: Row | None = None
    for row in results.get(unit, ()):
        if (row["kind"], row["field"]) != (kind, field):
            continue
        if kind != "inspection" and row["as_of"] and date.fromisoformat(row["as_of"]) > rules.as_of:
            continue
        if best is None or _age(row) > _age(best):
            best = row
    return best


def _age(row: Row) -> tuple[int, datetime]:
    return int(row["version"]), datetime.fromisoformat(row["received_at"])


def interim(row: Row, rules: Rules) -> bool:
    """Whether a figure is as of an earlier day than the plan requires."""
    return bool(row["as_of"]) and date.fromisoformat(row["as_of"]) < rules.as_of


def board(units: Rows, results: Figures, rules: Rules, field: str, tier: str, scope: str) -> list[dict[str, Any]]:
    """Every unit of a tier (in one district) with a score, by rank, then unit."""
    values: dict[str, Fraction] = {}
    scores: dict[str, str] = {}
    for unit in units:
        if unit["tier"] != tier or not exists(unit, rules.as_of) or scope not in ("tinh", unit["parent"]):
            continue
        row = counting(results, rules, "score", unit["unit"], field)
        if row is not None:
            values[unit["unit"]] = Fraction(row["score"]) / Fraction(row["scale"])
            scores[unit["unit"]] = row["score"]
    rows = [
        {"unit": unit, "score": scores[unit], "rank": 1 + sum(other > value for other in values.values())}
        for unit, value in values.items()
    ]
    return sorted(rows, key=lambda row: (row["rank"], row["unit"]))


def standings(units: Rows, results: Figures, rules: Rules) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    """All boards that are not empty, by field, tier and scope."""
    boards = {}
    for field in FIELDS:
        for tier in rules.tiers:
            boards[field, tier, "tinh"] = board(units, results, rules, field, tier, "tinh")
        if rules.districts:
            for district in {unit["parent"] for unit in units if unit["tier"] == "xa" and unit["parent"]}:
                boards[field, "xa", district] = board(units, results, rules, field, "xa", district)
    return {key: rows for key, rows in boards.items() if rows}


def fed(results: Figures, rules: Rules, award: Award, unit: Row, criterion: str, boards: Mapping[Any, Any]) -> str:
    """The verdict on a criterion from the figures alone."""
    code = unit["unit"]
    if criterion in FIELDS:
        row = counting(results, rules, "score", code, criterion)
        if row is None or interim(row, rules):
            return "MISSING"
        scope = unit["parent"] if award.own_district else "tinh"
        rank = next(ranked["rank"] for ranked in boards[criterion, award.tier, scope] if ranked["unit"] == code)
        return "PASS" if rank <= award.cut_off else "FAIL"
    if criterion == "nhiem-vu-duoc-giao":
        row = counting(results, rules, "tasks", code)
        if row is None or interim(row, rules):
            return "MISSING"
        due = int(row["due"]) - int(row["cancelled"])
        if due == 0:
            return "MISSING"
        return "PASS" if int(row["done_on_time"]) == due else "FAIL"
    if criterion == DISCIPLINE:
        row = counting(results, rules, "discipline", code)
        opened = counting(results, rules, "inspection", code)
        reported = row is not None and not interim(row, rules)
        if row is not None and reported and int(row["violations"]) > 0:
            return "FAIL"
        if opened is not None and int(opened["open_inspections"]) > 0:
            return "HOLD"
        return "PASS" if reported else "MISSING"
    if criterion == CONTRIBUTION:
        row = counting(results, rules, "listed", code)
        if row is None or interim(row, rules):
            return "MISSING"
        return "PASS" if row["listed"] == "1" else "FAIL"
    if criterion == ACTIVE:
        assert rules.decided_by is not None
        return "PASS" if exists(unit, rules.decided_by) else "FAIL"
    return "MISSING"


def judged(judgements: Rows, criterion: str) -> str | None:
    """The council's latest verdict on a criterion, among all its judgements of a unit."""
    words = [row for row in judgements if row["criterion"] == criterion]
    return max(words, key=lambda row: datetime.fromisoformat(row["at"]))["verdict"] if words else None


def overall(verdicts: Sequence[str]) -> str:
    """The overall verdict of all criteria."""
    return next((worst for worst in ("FAIL", "HOLD", "MISSING") if worst in verdicts), "PASS")


def nominated(units: Rows, nominations: Rows, rules: Rules) -> dict[str, bool]:
    """Which nominations were accepted when they were made."""
    tiers = {unit["unit"]: unit["tier"] for unit in units}
    accepted: list[Row] = []
    answers: dict[str, bool] = {}
    for row in sorted(nominations, key=lambda row: datetime.fromisoformat(row["at"])):
        now = datetime.fromisoformat(row["at"])
        active = [
            earlier
            for earlier in accepted
            if not earlier["withdrawn_at"] or datetime.fromisoformat(earlier["withdrawn_at"]) > now
        ]
        place = (row["award"], tiers[row["nominator"]])
        made = sum(
            (nomination["award"], nomination["nominator"]) == (row["award"], row["nominator"]) for nomination in active
        )
        may = place in rules.places and row["kind"] in rules.kinds[row["award"]]
        if may and (limit := rules.places[place]) is not None:
            may = made < limit
        if row["kind"] in PERSONS and any(nomination["subject"] == row["subject"] for nomination in active):
            may = False
        if may:
            accepted.append(row)
        answers[row["nomination"]] = may
    return answers


def evaluate(
    units: Rows, results: Rows, judgements: Rows = (), nominations: Rows = (), rules: Rules = THAI_BINH
) -> dict[str, Any]:
    """The whole answer, by key instead of in lists wherever the description gives no order, without reasons."""
    figures = {unit["unit"]: [row for row in results if row["unit"] == unit["unit"]] for unit in units}
    boards = standings(units, figures, rules)
    eligibility: dict[tuple[str, str], dict[str, Any]] = {}
    for award in rules.awards:
        for unit in units:
            if unit["tier"] != award.tier or not exists(unit, rules.as_of):
                continue
            words = [row for row in judgements if row["unit"] == unit["unit"]]
            criteria = {}
            for criterion in award.criteria:
                verdict = fed(figures, rules, award, unit, criterion, boards)
                if verdict == "MISSING":
                    verdict = judged(words, criterion) or "MISSING"
                criteria[criterion] = verdict
            eligibility[award.id, unit["unit"]] = {"verdict": overall(list(criteria.values())), "criteria": criteria}
    passing = {
        award.id: {unit for (of, unit), row in eligibility.items() if of == award.id and row["verdict"] == "PASS"}
        for award in rules.awards
    }
    parents = {unit["unit"]: unit["parent"] for unit in units}
    own_district = {award.id: award.own_district for award in rules.awards}

    def only_candidate(flag: str, unit: str) -> bool:
        """Whether a unit passes for a flag, and no other unit of the flag's scope does."""
        others = passing[flag] - {unit}
        if own_district[flag]:
            others = {other for other in others if parents[other] == parents[unit]}
        return unit in passing[flag] and not others

    candidates = {
        award.id: sorted(
            unit for unit in passing[award.id] if award.flag is None or not only_candidate(award.flag, unit)
        )
        for award in rules.awards
    }
    return {
        "standings": boards,
        "eligibility": eligibility,
        "candidates": candidates,
        "nominations": nominated(units, nominations, rules),
    }
