"""Random files for `thidua evaluate`, the same for the same seed, and the oracle's answer for them."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from shared.contracts.model import VIETNAM
from tests.support import oracle
from tests.support.evaluating import (
    AS_OF,
    CRITERIA,
    JUDGEMENTS,
    MOVEMENT,
    NOMINATIONS,
    RESULTS,
    START,
    UNITS,
    Files,
    Rows,
    a_row,
)
from tests.support.oracle import FIELDS
from tests.support.provinces import THAI_BINH


@dataclass
class Dice:
    """Random files: the rate of defects differs between files, so that only some have candidates.

    Scores are few and on several scales, so they tie, also where binary or rounded quotients would not.
    """

    seed: int
    largest: int
    units: Rows = field(default_factory=list)
    results: Rows = field(default_factory=list)
    judgements: Rows = field(default_factory=list)
    nominations: Rows = field(default_factory=list)
    movement: str = MOVEMENT
    as_of: date = AS_OF

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.trouble = self.dice.choice([0.0, 0.02, 0.08, 0.25, 0.6])
        self.levels = self.dice.choice([1, 2, 4, 12])

    def all(self) -> Dice:
        self.throw_units()
        self.throw_results()
        self.throw_judgements()
        self.throw_nominations()
        for lines in (self.units, self.results, self.judgements, self.nominations):
            self.dice.shuffle(lines)
        return self

    def odd(self, more: float = 0.0) -> bool:
        return self.dice.random() < self.trouble + more

    def instant(self) -> str:
        """A unique instant, written with a random UTC offset."""
        self.clock = getattr(self, "clock", 0) + 1
        at = START + timedelta(days=self.dice.randrange(-20, 20), seconds=self.clock)
        zone = self.dice.choice([UTC, VIETNAM])
        text = at.astimezone(zone).isoformat()
        return text.replace("+00:00", "Z") if self.dice.random() < 0.5 else text

    def throw_units(self) -> None:
        def unit(code: str, tier: str, parent: str) -> None:
            days = [self.as_of + timedelta(days=d) for d in (-1, 0, 1)]
            begins, ends = (self.dice.choice(days) if self.odd() else "" for _ in range(2))
            cells = {"unit": code, "name": f"Đơn vị {code}", "tier": tier, "parent": parent}
            self.units.append(a_row(UNITS, **cells, valid_from=begins, valid_to=ends))

        for n in range(self.dice.randint(1, self.largest)):
            unit(f"so-{n:02}", "so", "")
        districts = [str(336 + n) for n in range(self.dice.randint(1, 3))]
        for district in districts:
            unit(district, "huyen", "")
        for n in range(self.dice.randint(0, 3 * self.largest)):
            unit(f"{12400 + n}", "xa", self.dice.choice(districts))
        for n in range(self.dice.randint(0, 2)):
            unit(f"dvsn-{n}", "dvsn", "")

    def quotient(self, level: int) -> tuple[str, str]:
        """``level`` twelfths on a random scale, as score and scale; the quotient is the same on every scale."""
        exact = [scale for scale in (3, 7, 30, 60, 100, 1000) if Fraction(level * scale, 12).denominator in (1, 2, 4)]
        scale = self.dice.choice(exact)
        return f"{Decimal(level * scale) / 12:f}", str(scale)

    def throw_results(self) -> None:
        for unit in self.units:
            level = self.dice.randrange(self.levels)
            for of in FIELDS:
                for _ in self.versions("score", unit["unit"], field=of):
                    # Near the unit's level in every field, or no unit would ever lead in all three.
                    score, scale = self.quotient(min(level + self.odd(), 12))
                    self.add_result(field=of, score=score, scale=scale)
            for _ in self.versions("tasks", unit["unit"]):
                due = self.dice.randint(0, 4)
                cancelled = self.dice.randint(0, due)
                late = min(due - cancelled, int(self.odd()))
                self.add_result(due=due, cancelled=cancelled, done_on_time=due - cancelled - late)
            for _ in self.versions("discipline", unit["unit"]):
                self.add_result(violations=self.dice.randint(1, 3) if self.odd() else 0)
            if self.dice.random() < 0.3:
                for _ in self.versions("inspection", unit["unit"]):
                    self.add_result(open_inspections=self.dice.randint(1, 3) if self.odd(0.2) else 0)
            for _ in self.versions("listed", unit["unit"]):
                self.add_result(listed=int(not self.odd()))
            if self.odd():
                for _ in self.versions("attendance", unit["unit"]):
                    self.add_result()

    def versions(self, kind: str, unit: str, **cells: str) -> Iterator[None]:
        """Yield once for each version of a figure; the caller adds the row of that version."""
        if self.odd(-0.02):
            return
        number = self.dice.randint(1, 3)
        for _ in range(self.dice.choice([1, 1, 1, 2, 3])):
            days: list[object] = [self.as_of] * 3
            if self.odd():
                days = [self.as_of + timedelta(days=d) for d in (-30, -1, 1, 30)]
            if kind in ("listed", "inspection"):
                days += ["", ""]
            usual = {"as_of": self.dice.choice(days), "version": number, "reported_by": "so-noi-vu"}
            self.now = {"kind": kind, "unit": unit, **cells, **usual, "received_at": self.instant()}
            yield
            number += self.dice.randint(0, 1)

    def add_result(self, **cells: object) -> None:
        self.results.append(a_row(RESULTS, **{**self.now, **cells}))

    def throw_judgements(self) -> None:
        for unit in self.units:
            for criterion in CRITERIA:
                unfed = criterion in ("hoan-thanh-xuat-sac", oracle.ADVICE)
                for _ in range(self.dice.choice([1, 1, 1, 3]) if self.dice.random() < (0.95 if unfed else 0.3) else 0):
                    verdict = "FAIL" if self.odd() else "PASS"
                    cells = {"unit": unit["unit"], "criterion": criterion, "verdict": verdict, "by": "Hội đồng"}
                    self.judgements.append(a_row(JUDGEMENTS, **cells, at=self.instant()))

    def throw_nominations(self) -> None:
        nominators = [unit for unit in self.units if not unit["valid_from"] and not unit["valid_to"]]
        kinds = ["tap_the", "doanh_nghiep", "doanh_nhan", "can_bo", "nguoi_dan"]
        at = START
        for n in range(self.dice.randint(0, 4 * self.largest) if nominators else 0):
            at += timedelta(minutes=2 * self.dice.randint(1, 500))
            award = self.dice.choice(["B4", "B5", "B6", "B6"])
            tier = self.dice.choice(sorted({unit["tier"] for unit in nominators}))
            own = oracle.HUNG_YEN.kinds[award]
            kind = self.dice.choice(kinds if self.dice.random() < 0.1 else own)
            person = kind in oracle.PERSONS
            cells = {
                "nomination": f"dn-{self.dice.randrange(10**6):06}-{n}",
                "movement": self.movement,
                "nominator": self.dice.choice([u["unit"] for u in nominators if u["tier"] == tier]),
                "award": award,
                "kind": kind,
                "subject": f"ng-{self.dice.randrange(3 * self.largest)}" if person else f"tt-{n}",
                "at": at.isoformat(),
            }
            gone = at + timedelta(minutes=2 * self.dice.randint(0, 2000) + 1)
            cells["withdrawn_at"] = gone.astimezone(UTC).isoformat() if self.dice.random() < 0.4 else ""
            self.nominations.append(a_row(NOMINATIONS, **cells))

    def files(self, folder: Path, plans: Path = THAI_BINH) -> Files:
        return Files(folder, plans, self.as_of, self.units, self.results, self.judgements, self.nominations)


def register(path: Path) -> Rows:
    """A province's own register in the form of the interface; without the bodies that are not ranked."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [
            a_row(UNITS, unit=row["code"], **{name: row[name] for name in UNITS[1:]})
            for row in csv.DictReader(lines)
            if row["tier"] != "khac"
        ]
    random.Random(1).shuffle(rows)
    return rows


class Province(Dice):
    """Random figures for a province's real units."""

    def __init__(self, seed: int, units: Rows, as_of: date, movement: str) -> None:
        super().__init__(seed, 12, units=units, as_of=as_of, movement=movement)
        self.trouble, self.levels = 0.03, 12

    def throw_units(self) -> None:
        pass


def expected(dice: Dice, rules: oracle.Rules = oracle.THAI_BINH) -> dict[str, Any]:
    return oracle.evaluate(dice.units, dice.results, dice.judgements, dice.nominations, rules)
