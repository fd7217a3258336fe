"""Events in any order and any number of times give the same figures, ranks, verdicts and lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from services.scoring import rules
from services.scoring.boards import Board
from services.scoring.context import ScoringContext
from services.scoring.figures import PageKey, Withdrawn, awarded_subject, decided_subject, judged_subject
from services.scoring.rules import Shortlist
from services.scoring.state import MovementFigures
from services.scoring.verdicts import Verdicts
from shared.contracts.conferral import AwardGiven, AwardRevoked
from shared.contracts.council import DecisionMade, JudgementMade
from shared.contracts.fast_models import Eligible, ScoreRow, WithdrawnRow
from shared.contracts.intake import ResultsReported
from shared.contracts.model import Event, Tier
from tests.support.applied_events import apply, context_of, figures_after
from tests.support.figures import as_decoded, as_kept
from tests.support.years import Deciding, Year, years

pytestmark = pytest.mark.thorough

# The explain phase would run a failing year about a hundred times more.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)


@dataclass
class Newest:
    """A page by definition: the highest version of every row, found by sorting alone."""

    row_versions: dict[str, list[tuple[int, str, bool, Any]]] = field(default_factory=lambda: defaultdict(list))
    declared: list[tuple[datetime, int, str]] = field(default_factory=list)

    @property
    def rows(self) -> dict[str, tuple[int, str, bool, Any]]:
        return {row_key: max(versions, key=lambda row: row[0]) for row_key, versions in self.row_versions.items()}

    @property
    def opened(self) -> dict[str, tuple[int, str]]:
        """The first version and event of every case."""
        return {
            row_key: min(row[:2] for row in versions)
            for row_key, versions in self.row_versions.items()
            if "#" in row_key
        }

    @property
    def events(self) -> set[str]:
        """The events that the page is based on."""
        sources = {row[1] for row in self.rows.values()} | {event for _, event in self.opened.values()}
        return sources | ({max(self.declared)[-1]} if self.declared else set())


def newest(events: Iterable[Event]) -> dict[PageKey, Newest]:
    """The pages of the events, independent of their order."""
    pages: dict[PageKey, Newest] = defaultdict(Newest)
    for event in {event.id: event for event in events}.values():
        match event:
            case ResultsReported(data=results) if (
                results.rows or results.complete or results.withdrawn or results.undeclared
            ):
                data = as_decoded(event).data
                at, version = data.order
                page = pages[PageKey(data.subject, data.tier, data.page)]
                for row in (*data.rows, *data.withdrawn):
                    value = None if isinstance(row, WithdrawnRow) else row
                    page.row_versions[row.key].append((version, event.id, data.final, value))
                if data.complete or data.undeclared:
                    page.declared.append((at, version, event.id))
            case JudgementMade(data=judgement):
                key = PageKey(judged_subject(judgement.criterion), judgement.tier, judgement.page)
                pages[key].row_versions[judgement.unit].append((judgement.version, event.id, True, judgement.verdict))
            case DecisionMade(data=decision):
                assert decision.tier is not None
                assert decision.page is not None
                key = PageKey(decided_subject(decision.award), decision.tier, decision.page)
                pages[key].row_versions[decision.subject].append((decision.version, event.id, True, decision.status))
            case AwardGiven(data=award) | AwardRevoked(data=award):
                assert award.tier is not None
                assert award.page is not None
                key = PageKey(awarded_subject(award.award), award.tier, award.page)
                status = "granted" if award.stands else "revoked"
                pages[key].row_versions[award.subject].append((award.version, event.id, True, status))
            case _:
                pass
    return pages


def assert_newest(live: MovementFigures, events: Sequence[Event]) -> None:
    """Assert that the figures hold the newest version of every row, and the evidence for exactly those."""
    expected = newest(events)
    by_id = {event.id: event for event in events}
    assert set(live.pages) == set(expected)
    for key, page in live.pages.items():
        rows = {}
        for name, figure in page.rows.items():
            value: Any = figure.value
            content = getattr(value, "verdict", None) or getattr(value, "status", None) or value
            content = None if isinstance(value, Withdrawn) else content
            rows[name] = (figure.version, figure.event, figure.final, content)
        assert rows == expected[key].rows
        opened = {name: figure.since for name, figure in page.rows.items() if "#" in name}
        assert opened == expected[key].opened
        declared = page.declared.order if page.declared else None
        assert declared == max(expected[key].declared, default=None)
        sources = as_kept(page).sources
        assert set(sources) == expected[key].events
        for event, source in sources.items():
            data: Any = by_id[event]
            taken_back = getattr(data.data, "withdrawn", ()) or getattr(data.data, "undeclared", False)
            assert source.version == (data.data.instead.version if taken_back else data.data.version)


def assert_boards(live: MovementFigures, context: ScoringContext, events: Sequence[Event]) -> None:
    """Assert that every board equals one built from the newest scores, and that a rank counts the units above."""
    pages = newest(events)
    for ranked in context.plan.fields:
        for tier in Tier:
            scores = {
                row.unit: Fraction(row.score)
                for key, page in pages.items()
                if (key.subject, key.tier) == (ranked.id, tier)
                for _, _, _, row in page.rows.values()
                if isinstance(row, ScoreRow) and row.unit in context.ranked_codes(tier)
            }
            dense = context.plan.choices.ties == "dense"
            board = live.board(context, ranked.id, tier)
            assert board.ranking() == Board.of(scores, dense=dense).ranking()
            for unit, score in scores.items():
                above = [other for other in scores.values() if other > score]
                assert board.rank(unit) == 1 + len(set(above) if dense else above)


Judged = dict[str, list[Eligible]]


def verdicts_of(live: MovementFigures, context: ScoringContext) -> Judged:
    """The verdicts of every award."""
    return {award.id: rules.evaluate(award, live, context) for award in context.plan.awards}


def outcome(live: MovementFigures, context: ScoringContext) -> tuple[Any, ...]:
    """Everything published about the figures: verdicts, their evidence, and the lists."""
    verdicts = verdicts_of(live, context)
    evidence = {award: rules.evidence_of(rows, live) for award, rows in verdicts.items()}
    return verdicts, evidence, rules.summarise(context, verdicts, live)


def stored(live: MovementFigures) -> dict[PageKey, tuple[Any, ...]]:
    """The stored figures, without the number of changes on the way."""
    return {key: (page.rows, page.declared, as_kept(page).sources) for key, page in live.pages.items()}


def steps(year: Year) -> Iterator[tuple[MovementFigures, list[Event]]]:
    """Figures that apply a year event by event, with the events so far; the first two are plan and units."""
    live = figures_after([])
    for n, event in enumerate(year.events, start=1):
        apply(live, event)
        if n > 1:
            yield live, year.events[:n]


def examples_of_years(examples: int) -> settings:
    """Settings with few examples, because every example is a year."""
    return settings(max_examples=examples, deadline=None, phases=_PHASES)


@examples_of_years(30)
@given(years())
def test_after_every_event_figures_and_boards_are_those_of_the_newest_versions(year: Year) -> None:
    """The incremental result equals a full recomputation after every step."""
    for live, applied in steps(year):
        assert_newest(live, applied)
        assert_boards(live, context_of(applied), applied)


@examples_of_years(12)
@given(years())
def test_after_every_event_verdicts_and_lists_equal_those_of_a_full_replay(year: Year) -> None:
    """If no version has changed, the verdicts have not changed either."""
    before: dict[str, Any] = {}
    for live, applied in steps(year):
        context, fresh = context_of(applied), figures_after(applied)
        assert stored(live) == stored(fresh)
        now = outcome(live, context)
        assert now == outcome(fresh, context)
        assert before.setdefault(rules.computed_from(live, context), now) == now


@examples_of_years(40)
@given(years(), st.data())
def test_judging_only_the_stale_units_gives_the_same_result_as_judging_all_units(
    year: Year, data: st.DataObject
) -> None:
    """Verdicts, pages and shortlists agree, after every event or after several."""
    by_award: dict[str, Verdicts] = {}
    for live, applied in steps(year):
        if data.draw(st.booleans()):
            continue
        context = context_of(applied)
        for award in context.plan.awards:
            if award.id not in by_award or by_award[award.id].award != award:
                by_award[award.id] = Verdicts(award)
            verdicts, rows = by_award[award.id], rules.evaluate(award, live, context)
            evaluator, units = verdicts.stale_units(live, context, live.dirty)
            verdicts.update(evaluator, units)
            assert verdicts.rows == {row.unit: row for row in rows}
            by_page = rules.by_page(rows, context.register)
            for page in {context.register.page_of[unit.code] for unit in units}:
                assert verdicts.page(page, context) == by_page[page]
            assert verdicts.all_shortlisted() == Shortlist.merged(
                rules.shortlist(award, rows, context) for _, rows in sorted(by_page.items())
            )
        live.dirty = {}


@examples_of_years(40)
@given(st.data())
def test_events_in_any_order_and_any_number_of_times_give_the_same_result(data: st.DataObject) -> None:
    """This includes boards that were requested before any event arrived."""
    year = data.draw(years()).events
    context = context_of(year)
    repeated = data.draw(st.lists(st.sampled_from(year), max_size=6))
    shuffled, live = data.draw(st.permutations([*year, *repeated])), figures_after([])
    for event in shuffled:
        boards = {
            (ranked.id, tier): live.board(context, ranked.id, tier) for ranked in context.plan.fields for tier in Tier
        }
        apply(live, event)
        assert all(live.board(context, *board_key) is board for board_key, board in boards.items())
    versions = {key: page.version for key, page in live.pages.items()}
    for event in year:
        assert apply(live, event) is None
    assert versions == {key: page.version for key, page in live.pages.items()}
    straight = figures_after(year)
    assert stored(live) == stored(straight)
    assert outcome(live, context) == outcome(straight, context)
    assert_boards(live, context, year)


def test_a_decision_on_one_nomination_does_not_affect_another_of_the_same_unit() -> None:
    """A unit declined, withdrawn, nominated again and then granted: both decisions are version 1."""
    year = Year((Deciding("B4", "dvsn-a", 1, "declined"), Deciding("B4", "dvsn-a", 2, "granted"))).events
    for events in (year, [*year[:2], year[3], year[2]]):
        assert figures_after(events).granted("B4") == {"dvsn-a"}
        assert_newest(figures_after(events), events)
