"""The figures and judgements of `thidua evaluate`: the version of each figure that counts, ranked exactly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from fractions import Fraction
from pathlib import Path

from deploy.evaluate.units import Roster
from services.scoring.boards import Board
from services.scoring.context import ScoringContext
from services.scoring.figures import Declared, Figure, Judged, Page, PageKey, judged_subject
from services.scoring.state import MovementFigures
from shared.contracts.fast_models import (
    AttendanceRow,
    DisciplineRow,
    Evidence,
    InspectionRow,
    ListedRow,
    ScoreRow,
    TasksRow,
)
from shared.contracts.fast_models import Row as Value
from shared.contracts.model import VIETNAM, Kind, Tier, Verdict
from shared.contracts.obligations import filed_under
from shared.contracts.plan import Plan
from shared.contracts.units import Unit
from shared.plans.authority import counted_day
from shared.tables.reading import rows
from shared.tables.rows import Row, UnreadableRow

RESULTS = (
    *("kind", "unit", "field", "score", "scale", "due", "done_on_time", "cancelled", "violations"),
    *("open_inspections", "listed", "as_of", "version", "reported_by", "received_at"),
)
DECLARED_RANK = "declared_rank"
JUDGEMENTS = ("unit", "criterion", "verdict", "by", "at")

_KINDS = ("score", "tasks", "discipline", "inspection", "listed", "attendance")
_KINDS_WITHOUT_AS_OF = ("listed", "inspection")
_DECLARING_EVENT = "complete"
_CASE_NAME = "theo số liệu"
_UNKNOWN_DAY = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Reported:
    """One version of one figure, from one line of the results file.

    ``ratio`` is score ÷ scale of a score, else None. ``received_at`` is in UTC.
    """

    row: Row
    kind: Kind
    unit: Unit
    field: str | None
    value: Value
    ratio: Fraction | None
    as_of: date | None
    version: int
    received_at: datetime
    by: str

    @property
    def subject(self) -> str:
        """The subject the figure is filed under; attendance is filed under its reporter."""
        return filed_under(self.kind, self.field, f"attendance:{self.by}")

    @property
    def content(self) -> dict[str, object]:
        """What the line states of its figure, by column. Equal scores on different scales are one content."""
        value, content = self.value, dict[str, object]()
        if isinstance(value, ScoreRow):
            content = {"score": self.ratio, DECLARED_RANK: value.declared_rank}
        elif isinstance(value, TasksRow):
            content = {"due": value.due, "done_on_time": value.done_on_time, "cancelled": value.cancelled}
        elif isinstance(value, DisciplineRow):
            content = {"violations": value.violations}
        elif isinstance(value, ListedRow):
            content = {"listed": value.listed}
        elif isinstance(value, _OpenCases):
            content = {"open_inspections": value.open_count}
        return {**content, "as_of": self.as_of}


def read_results(path: Path, plan: Plan, roster: Roster) -> list[Reported]:
    """Every line of the results file. Raises ``UnreadableRow`` for the first one that cannot be read."""
    return [_reported(row, plan, roster) for row in rows(path, RESULTS, (DECLARED_RANK,))]


def _reported(row: Row, plan: Plan, roster: Roster) -> Reported:
    kind = Kind(row.text("kind", _KINDS))
    unit = roster.unit(row)
    field = row.text("field", plan.field) if kind is Kind.SCORE else None
    value, ratio = _value(row, kind, unit.code)
    as_of = row.day("as_of")
    if as_of is None and kind.value not in _KINDS_WITHOUT_AS_OF:
        raise row.wrong("as_of", "ngày chốt số liệu dạng 30/11/2023")
    return Reported(
        row=row,
        kind=kind,
        unit=unit,
        field=field,
        value=value,
        ratio=ratio,
        as_of=as_of,
        version=row.count("version"),
        received_at=row.required_instant("received_at"),
        by=row.cells["reported_by"],
    )


def _value(row: Row, kind: Kind, unit: str) -> tuple[Value, Fraction | None]:
    match kind:
        case Kind.SCORE:
            score, scale = row.decimal("score"), row.decimal("scale")
            if not scale:
                raise row.wrong("scale", "thang điểm lớn hơn 0")
            if score > scale:
                raise row.wrong("score", f"điểm không quá thang điểm {scale}")
            # Every figure of the file has its own scale, so ranks come from the exact ratio, not from this row.
            declared = row.count(DECLARED_RANK, at_least=1) if row.has(DECLARED_RANK) else None
            return ScoreRow(unit=unit, written=str(score), declared_rank=declared), Fraction(score) / Fraction(scale)
        case Kind.TASKS:
            due, done = row.count("due"), row.count("done_on_time")
            cancelled = row.count("cancelled") if row.has("cancelled") else 0
            if cancelled > due:
                raise row.wrong("cancelled", f"không quá {due} nhiệm vụ đến hạn")
            if done > due - cancelled:
                raise row.wrong("done_on_time", f"không quá {due - cancelled} nhiệm vụ đến hạn và không hủy")
            return TasksRow(unit=unit, due=due, done_on_time=done, cancelled=cancelled), None
        case Kind.DISCIPLINE:
            return DisciplineRow(unit=unit, violations=row.count("violations")), None
        case Kind.LISTED:
            return ListedRow(unit=unit, listed=row.text("listed", ("0", "1")) == "1"), None
        case Kind.INSPECTION:
            open_count = row.count("open_inspections")
            return _OpenCases(
                unit=unit,
                case=_CASE_NAME,
                signs_of_violation=open_count > 0,
                opened=_UNKNOWN_DAY.date(),
                open_count=open_count,
            ), None
        case _:
            return AttendanceRow(unit=unit, invited=0, present=0), None


class _OpenCases(InspectionRow, frozen=True, gc=False, kw_only=True, tag="inspection"):
    """All open cases of a unit in one row, because the files count the cases and do not name them."""

    open_count: int


class FileFigures(MovementFigures):
    """A movement's figures from the files. They are complete: every field is declared complete for every tier.

    ``ratios`` holds score ÷ scale by subject and tier, then by unit; ``open_cases`` the number of cases by unit.
    """

    def __init__(self, context: ScoringContext, reported: Iterable[Reported]) -> None:
        movement = context.plan.movement
        assert movement is not None
        super().__init__(context.plan.province, movement.id)
        self.ratios: dict[tuple[str, Tier], dict[str, Fraction]] = defaultdict(dict)
        self._exact: dict[tuple[str, Tier], Board] = {}
        self.open_cases: dict[str, int] = {}
        cut_off = counted_day(context.plan)
        declared = Declared(at=datetime.combine(cut_off, time.max, VIETNAM), version=1, event=_DECLARING_EVENT)
        for figure in _counted_versions(reported, cut_off):
            self._put(context, figure, cut_off)
        for tier in Tier:
            for field in context.plan.fields:
                self._page(PageKey(field.id, tier, 0)).declared = declared

    def _page(self, key: PageKey) -> Page:
        return self.pages.setdefault(key, Page(version=1))

    def _put(self, context: ScoringContext, figure: Reported, cut_off: date) -> None:
        unit, event = figure.unit, f"result:{figure.row.line}"
        key = PageKey(figure.subject, unit.tier, context.register.page_of[unit.code])
        final = figure.as_of is None or figure.as_of >= cut_off or figure.kind is Kind.INSPECTION
        filed_as = f"{unit.code}#" if figure.kind is Kind.INSPECTION else unit.code
        if isinstance(figure.value, _OpenCases):
            self.open_cases[unit.code] = figure.value.open_count
        page = self._page(key)
        page.rows[filed_as] = Figure(figure.version, event, final, figure.value, figure.received_at)
        page.sources[event] = Evidence(
            event=event, version=figure.version, at=figure.received_at, by=figure.by, report=event, as_of=figure.as_of
        )
        if figure.ratio is not None and unit.code in context.ranked_codes(unit.tier):
            self.ratios[figure.subject, unit.tier][unit.code] = figure.ratio

    def put_judgement(self, context: ScoringContext, row: Row, unit: Unit, verdict: Verdict) -> None:
        """File a judgement of the council."""
        event = f"judgement:{row.line}"
        key = PageKey(judged_subject(row.cells["criterion"]), unit.tier, context.register.page_of[unit.code])
        page, at = self._page(key), row.required_instant("at")
        page.rows[unit.code] = Figure(1, event, True, Judged(unit=unit.code, verdict=verdict), at)
        page.sources[event] = Evidence(event=event, version=1, at=at, by=row.cells["by"] or "Hội đồng")

    def board(self, context: ScoringContext, field_id: str, tier: Tier, period: str | None = None) -> Board:
        """The board of a field and tier, ranked by the exact score ÷ scale. The tables have no interim periods."""
        if (field_id, tier) not in self._exact:
            dense = context.plan.choices.ties == "dense"
            self._exact[field_id, tier] = Board.of(self.ratios[field_id, tier], dense=dense)
        return self._exact[field_id, tier]


def _counted_versions(reported: Iterable[Reported], cut_off: date) -> list[Reported]:
    """Of every figure the highest version whose as-of is not after ``cut_off``; of equal versions the last received.

    Raises ``UnreadableRow`` for a figure that two lines give differently in the same version at the same instant.
    """
    last: dict[tuple[str, str], Reported] = {}
    seen: dict[tuple[str, str, int, datetime], Reported] = {}
    for figure in reported:
        same = seen.setdefault((figure.subject, figure.unit.code, figure.version, figure.received_at), figure)
        _refuse_a_contradiction(same, figure)
        if figure.kind is not Kind.INSPECTION and figure.as_of is not None and figure.as_of > cut_off:
            continue
        key = (figure.subject, figure.unit.code)
        if key not in last or _order(last[key]) < _order(figure):
            last[key] = figure
    return list(last.values())


def _refuse_a_contradiction(first: Reported, second: Reported) -> None:
    content = first.content
    for column, stated in second.content.items():
        if content[column] != stated:
            raise _contradiction(second.row, first.row, column, "cùng số liệu, cùng bản, cùng thời điểm tiếp nhận")


def _contradiction(row: Row, first: Row, column: str, same: str) -> UnreadableRow:
    """Nothing in the files says which of the two lines counts."""
    return row.error(column, f"“{row.cells[column]}” trái với “{first.cells[column]}” ở dòng {first.line} ({same})")


def _order(figure: Reported) -> tuple[int, datetime, date, Fraction, str]:
    """Version and instant decide; the rest makes the result independent of the order of the lines in the file."""
    rest = f"{figure.value!r} {figure.by}"
    return figure.version, figure.received_at, figure.as_of or date.max, figure.ratio or Fraction(0), rest


def read_judgements(path: Path, figures: FileFigures, context: ScoringContext, roster: Roster) -> None:
    """File the latest judgement on each unit and criterion. Raises ``UnreadableRow``."""
    criteria = {criterion.id: criterion for criterion in context.plan.criteria}
    last: dict[tuple[str, str], tuple[tuple[datetime, str, str], Row]] = {}
    seen: dict[tuple[str, str, datetime], Row] = {}
    for row in rows(path, JUDGEMENTS):
        key = (roster.unit(row).code, row.text("criterion", criteria))
        verdict = row.text("verdict", (Verdict.PASS.value, Verdict.FAIL.value))
        at = row.required_instant("at")
        same = seen.setdefault((*key, at), row)
        if same.cells["verdict"] != verdict:
            raise _contradiction(row, same, "verdict", "cùng đơn vị, cùng tiêu chuẩn, cùng thời điểm")
        order = (at, row.cells["by"], verdict)
        if key not in last or last[key][0] < order:
            last[key] = (order, row)
    for (unit, _), ((_, _, verdict), row) in last.items():
        figures.put_judgement(context, row, context.register.by_code[unit], Verdict(verdict))
