"""Figures of a half-year and of the year about one field: neither overrules the other, and the year decides (0032)."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations

from services.scoring.api import board_view
from services.scoring.context import ScoringContext
from services.scoring.evaluation import AwardEvaluator
from services.scoring.explanation import Explainer
from services.scoring.figures import PageKey, period_subject
from services.scoring.state import MovementFigures
from services.scoring.stored_documents import board_document, board_from
from shared.contracts.fast_models import ScoreRow
from shared.contracts.intake import ResultsReported
from shared.contracts.model import VIETNAM, Tier
from shared.contracts.plan import Plan
from shared.plans.authority import has_feed
from tests.support.movement import register, s0, units
from tests.support.report_history import ReportedLedger, figures_after
from tests.support.reports import report, score

SO = units(Tier.SO)
CCHC = "cai-cach-hanh-chinh"
HALF = period_subject(CCHC, "2023-H1")
JULY = datetime(2023, 7, 10, 9, tzinfo=VIETNAM)
LATER = datetime(2023, 12, 3, 9, tzinfo=VIETNAM)


def plan(**changes: object) -> Plan:
    """S0 with a second obligation to score the same field, for the first half of the year."""
    document = s0().model_dump(mode="json")
    row = next(row for row in document["obligations"] if row["id"] == "OB06")
    half = {**row, "id": "OB06H", "as_of": "2023-06-30", "before": "2023-07-15", "period": "2023-H1", **changes}
    document["obligations"].append(half)
    return Plan.model_validate(document)


class Year:
    """Sở Nội vụ's reports of the half-year and of the year; each has a ledger of its own."""

    def __init__(self) -> None:
        self.plan = plan()
        self.half, self.year = ReportedLedger(self.plan, now=JULY), ReportedLedger(self.plan)

    def half_year(self, *scores: tuple[str, str], **more: object) -> None:
        rows = [score(unit, value) for unit, value in scores]
        self.half.send(report("OB06H", rows, plan=self.plan, as_of="2023-06-30", period="2023-H1", **more))

    @property
    def events(self) -> list[ResultsReported]:
        return [event for ledger in (self.half, self.year) for events in ledger.events for event in events]

    @property
    def figures(self) -> MovementFigures:
        return figures_after(self.events)

    @property
    def context(self) -> ScoringContext:
        return ScoringContext(self.plan, register())


def scored(figures: MovementFigures, subject: str, unit: str) -> str | None:
    figure = figures.figure(subject, Tier.SO, 0, unit)
    return str(figure.value.score) if figure is not None and isinstance(figure.value, ScoreRow) else None


def corrected_late() -> Year:
    """80 for the half-year, 90 for the year, then the half-year corrected to 50."""
    reported = Year()
    reported.half_year((SO[0], "80"), (SO[1], "70"))
    reported.year.scores((SO[0], "90"))
    reported.half.now = LATER
    reported.half_year((SO[0], "50"))
    return reported


def test_a_correction_of_the_half_year_after_the_year_leaves_the_year_standing() -> None:
    """In whatever order the events are consumed, and however often."""
    events = corrected_late().events
    for order in permutations(events):
        figures = figures_after([*order, *order])
        assert [scored(figures, subject, SO[0]) for subject in (CCHC, HALF)] == ["90", "50"]
        assert [scored(figures, subject, SO[1]) for subject in (CCHC, HALF)] == [None, "70"]


def test_the_year_leaves_the_half_year_standing_and_its_withdrawal_brings_no_half_year_in_its_place() -> None:
    reported = corrected_late()
    reported.year.withdraw(reported.year.history[0].receipt)
    assert [scored(reported.figures, subject, SO[0]) for subject in (CCHC, HALF)] == [None, "50"]
    reported.half.withdraw(reported.half.history[1].receipt)
    assert scored(reported.figures, HALF, SO[0]) == "80"


def test_a_half_year_is_on_no_board_that_decides_and_completes_none() -> None:
    """A complete half-year, better than any other unit's year, moves no rank and judges no criterion."""
    reported = Year()
    reported.half_year(*((unit, "99") for unit in SO), complete_tiers=["so"])
    reported.year.scores((SO[0], "60"))
    figures, context = reported.figures, reported.context
    board = figures.board(context, CCHC, Tier.SO)
    assert (len(board), board.rank(SO[0])) == (1, 1)
    assert figures.declaring_event(CCHC, Tier.SO) is None
    award = reported.plan.award["C1"]
    (criterion,) = (rule.criterion for rule in award.rank_rules if rule.field == CCHC)
    rows = AwardEvaluator(award, figures, context).evaluate(context.ranked(Tier.SO)[:2])
    reasons = [{f.criterion: f.reason for f in row.findings}[criterion] for row in rows]
    assert reasons == ["board_incomplete", "not_reported"]


def test_a_half_year_is_shown_with_its_name_and_has_ranks_of_its_own() -> None:
    reported = corrected_late()
    figures, context = reported.figures, reported.context
    assert figures.interim_periods(CCHC, Tier.SO) == ["2023-H1"]
    board = figures.board(context, CCHC, Tier.SO, "2023-H1")
    assert [board.rank(unit) for unit in SO[:2]] == [2, 1]
    (section,) = Explainer(figures, context, {}).explain(SO[0], field=CCHC).sections
    assert section.lines[0].startswith("Điểm 90,00/100, theo ")
    assert section.lines[-1].startswith("Số liệu 6 tháng đầu năm 2023: 50,00/100, theo ")
    assert section.lines[-1].endswith("; để theo dõi, không dùng để xếp hạng, xét khen thưởng.")


def test_a_half_year_has_a_board_to_read_and_none_that_is_published() -> None:
    """What reads the published standings knows one figure a unit."""
    figures, context = corrected_late().figures, corrected_late().context
    view = board_view(figures, context, CCHC, Tier.SO, "tinh", None, "2023-H1")
    assert [(row.rank, row.unit, str(row.score)) for row in view.places] == [(1, SO[1], "70"), (2, SO[0], "50")]
    pages = [PageKey(subject, Tier.SO, 0) for subject in (CCHC, HALF)]
    documents = [board_document(figures, page, 0, LATER) for page in pages]
    assert [(document["board"], document["unsent"]) for document in documents] == [(True, ["page"]), (False, [])]
    again = [board_from(document).contents() for document in documents]
    assert [page.rows for page in again] == [figures.pages[key].rows for key in pages]


def test_the_wire_of_a_year_has_no_byte_more() -> None:
    reported = corrected_late()
    assert ["interim_period" in event.encode().decode() for event in reported.events] == [True, True, False]


def test_a_half_year_alone_is_no_feed() -> None:
    """An award needs an agency that reports for the year."""
    document = plan().model_dump(mode="json")
    document["obligations"] = [row for row in document["obligations"] if row["id"] != "OB06"]
    assert not has_feed(Plan.model_validate(document), CCHC, Tier.SO)
    assert has_feed(plan(), CCHC, Tier.SO)
