"""The input files of `thidua evaluate`, one method for each kind of line, and its answer by key."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import deploy.evaluate.run
from deploy.cli.main import app
from deploy.evaluate.run import evaluate
from shared.contracts.model import VIETNAM
from shared.plans.load import load_plans
from tests.support import oracle
from tests.support.oracle import FIELDS
from tests.support.provinces import THAI_BINH

NAMES = ("units", "results", "judgements", "nominations")
UNITS = ("unit", "name", "tier", "parent", "valid_from", "valid_to")
RESULTS = (
    *("kind", "unit", "field", "score", "scale", "due", "done_on_time", "cancelled", "violations"),
    *("open_inspections", "listed", "as_of", "version", "reported_by", "received_at", "declared_rank"),
)
JUDGEMENTS = ("unit", "criterion", "verdict", "by", "at")
NOMINATIONS = ("nomination", "movement", "nominator", "award", "kind", "subject", "at", "withdrawn_at")

CRITERIA = (*oracle.ALWAYS, oracle.CONTRIBUTION, oracle.ADVICE)
MOVEMENT = "trach-nhiem-ky-cuong-2023"
AS_OF = date(2023, 11, 30)
START = datetime(2023, 12, 4, 8, 0, tzinfo=VIETNAM)

Rows = list[dict[str, str]]

_plans_read_once = lru_cache(load_plans)


@contextmanager
def plans_are_read_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deploy.evaluate.run, "load_plans", _plans_read_once)
        yield


def a_row(columns: Sequence[str], **cells: object) -> dict[str, str]:
    assert set(cells) <= set(columns)
    return {column: str(cells.get(column, "")) for column in columns}


def written(path: Path, columns: Sequence[str], lines: Iterable[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(lines)
    return path


def evaluated(plans: Path, paths: Iterable[Path]) -> Any:
    with plans_are_read_once():
        given = dict(zip(NAMES, paths, strict=False))
        return evaluate(
            plans, given["units"], given["results"], given.get("judgements"), given.get("nominations")
        ).answer


@dataclass
class Files:
    """The input of one call, with one method for each kind of line."""

    folder: Path
    plans: Path = THAI_BINH
    as_of: date = AS_OF
    units: Rows = field(default_factory=list)
    results: Rows = field(default_factory=list)
    judgements: Rows = field(default_factory=list)
    nominations: Rows = field(default_factory=list)

    def unit(self, code: str, tier: str = "so", parent: str = "", **cells: object) -> None:
        self.units.append(a_row(UNITS, unit=code, name=f"Đơn vị {code}, tỉnh", tier=tier, parent=parent, **cells))

    def result(self, kind: str, unit: str, **cells: object) -> None:
        usual: dict[str, object] = {"as_of": self.as_of, "version": 1, "reported_by": "so-noi-vu"}
        at = (START + timedelta(seconds=len(self.results))).isoformat()
        self.results.append(a_row(RESULTS, **{**usual, "received_at": at, **cells}, kind=kind, unit=unit))

    def score(self, unit: str, score: object, of: str = FIELDS[0], scale: object = 100, **cells: object) -> None:
        self.result("score", unit, field=of, score=score, scale=scale, **cells)

    def scores(self, unit: str, *three: object) -> None:
        for of, score in zip(FIELDS, three if len(three) == 3 else three * 3, strict=True):
            self.score(unit, score, of)

    def tasks(self, unit: str, due: int, done: int, cancelled: int = 0, **cells: object) -> None:
        self.result("tasks", unit, due=due, done_on_time=done, cancelled=cancelled, **cells)

    def judge(self, unit: str, criterion: str, verdict: str, at: str = "2023-12-10T08:00:00+07:00") -> None:
        cells = {"unit": unit, "criterion": criterion, "verdict": verdict, "by": "Hội đồng TĐKT", "at": at}
        self.judgements.append(a_row(JUDGEMENTS, **cells))

    def nominate(
        self, nominator: str, award: str, kind: str, subject: str, minute: int, gone: int | None = None
    ) -> str:
        def at(minutes: int) -> str:
            return (START + timedelta(minutes=minutes)).isoformat()

        name = f"dn-{len(self.nominations):03}"
        cells = {"nomination": name, "nominator": nominator, "award": award, "kind": kind, "subject": subject}
        withdrawn = "" if gone is None else at(gone)
        self.nominations.append(a_row(NOMINATIONS, **cells, movement=MOVEMENT, at=at(minute), withdrawn_at=withdrawn))
        return name

    def passing(self, *units: str, but: Sequence[str] = ()) -> None:
        """Add lines by which these units pass every criterion except ranks."""
        for unit in units:
            if "tasks" not in but:
                self.tasks(unit, 10, 10)
            if "discipline" not in but:
                self.result("discipline", unit, violations=0)
            if "listed" not in but:
                self.result("listed", unit, listed=1)
            for criterion in ("hoan-thanh-xuat-sac", "tham-muu-hieu-qua"):
                if criterion not in but:
                    self.judge(unit, criterion, "PASS")

    def written(self) -> list[Path]:
        pairs = zip(
            NAMES,
            (UNITS, RESULTS, JUDGEMENTS, NOMINATIONS),
            (self.units, self.results, self.judgements, self.nominations),
            strict=True,
        )
        return [written(self.folder / f"{name}.csv", columns, lines) for name, columns, lines in pairs]

    def answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = evaluated(self.plans, self.written())
        assert json.loads(json.dumps(answer)) == answer
        return answer

    def known(self) -> dict[str, Any]:
        return by_key(self.answer())

    def criterion(self, unit: str, criterion: str, award: str = "C1") -> str:
        verdict: str = self.known()["eligibility"][award, unit]["criteria"][criterion]
        return verdict

    def reasons(self, unit: str, award: str = "C1") -> dict[str, str]:
        rows = self.answer()["eligibility"]
        row = next(entry for entry in rows if (entry["award"], entry["unit"]) == (award, unit))
        return {criterion["criterion"]: criterion["reason"] for criterion in row["criteria"]}

    def options(self) -> list[str]:
        """Write the files and return their command-line options."""
        given = [[f"--{name}", str(path)] for name, path in zip(NAMES, self.written(), strict=True)]
        return ["--plans", str(self.plans), *(part for pair in given for part in pair)]

    def called(self, *options: str) -> Any:
        with plans_are_read_once():
            return CliRunner().invoke(app, ["evaluate", *self.options(), *options])


def by_key(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer in the oracle's form; asserts that nothing is duplicated, unnamed or without a reason."""
    assert list(answer) == ["standings", "eligibility", "candidates", "nominations"]
    boards = {}
    for board in answer["standings"]:
        assert set(board) == {"field", "tier", "scope", "rows"}
        assert all(set(row) - {"declared_rank"} == {"unit", "score", "rank"} for row in board["rows"])
        assert all(isinstance(row["score"], str) and isinstance(row["rank"], int) for row in board["rows"])
        boards[board["field"], board["tier"], board["scope"]] = board["rows"]
    assert len(boards) == len(answer["standings"])
    eligibility = {}
    for unit in answer["eligibility"]:
        assert set(unit) == {"award", "unit", "verdict", "criteria"}
        assert all(set(criterion) == {"criterion", "verdict", "reason"} for criterion in unit["criteria"])
        assert all(criterion["reason"] for criterion in unit["criteria"])
        criteria = {criterion["criterion"]: criterion["verdict"] for criterion in unit["criteria"]}
        assert len(criteria) == len(unit["criteria"])
        eligibility[unit["award"], unit["unit"]] = {"verdict": unit["verdict"], "criteria": criteria}
    assert len(eligibility) == len(answer["eligibility"])
    assert all(set(nomination) == {"nomination", "accepted", "reason"} for nomination in answer["nominations"])
    assert all(nomination["reason"] for nomination in answer["nominations"])
    nominations = {nomination["nomination"]: nomination["accepted"] for nomination in answer["nominations"]}
    assert len(nominations) == len(answer["nominations"])
    return {
        "standings": boards,
        "eligibility": eligibility,
        "candidates": answer["candidates"],
        "nominations": nominations,
    }


def good(files: Files) -> Files:
    """Add one readable line of every kind."""
    files.unit("so-a")
    files.unit("336", "huyen")
    files.unit("12401", "xa", "336")
    files.score("so-a", 90)
    files.tasks("so-a", 5, 3, 1)
    files.result("discipline", "so-a", violations=0)
    files.result("inspection", "so-a", open_inspections=0)
    files.result("listed", "so-a", listed=1)
    files.result("attendance", "so-a")
    files.judge("so-a", oracle.ADVICE, "PASS")
    files.nominate("so-a", "B6", "can_bo", "ai-1", 1, gone=5)
    return files
