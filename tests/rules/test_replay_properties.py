"""The same events in any order, said any number of times, come to the same figures, ranks, verdicts and lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from services.scoring import rules
from services.scoring.boards import Board
from services.scoring.context import ScoringContext
from services.scoring.figures import PageKey, Withdrawn, decided_subject, judged_subject
from services.scoring.rules import Shortlist
from services.scoring.state import MovementFigures
from services.scoring.verdicts import Verdicts
from shared.contracts.council import DecisionMade, JudgementMade
from shared.contracts.fast_models import Eligible, ScoreRow, WithdrawnRow
from shared.contracts.intake import ResultsReported
from shared.contracts.model import Event, Tier
from tests.support.figures import as_heard, as_kept
from tests.support.years import Deciding, Year, context_of, hear, told, years

# Explaining a failure would run a failing year some hundred times more.
_PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)


@dataclass
class Newest:
    """A page as its definition has it: of everything said about a row, the highest version. It sorts; nothing more."""

    said: dict[str, list[tuple[int, str, bool, Any]]] = field(default_factory=lambda: defaultdict(list))
    declared: list[tuple[datetime, int, str]] = field(default_factory=list)

    @property
    def rows(self) -> dict[str, tuple[int, str, bool, Any]]:
        return {about: max(each, key=lambda row: row[0]) for about, each in self.said.items()}

    @property
    def opened(self) -> dict[str, tuple[int, str]]:
        """The first word of every case."""
        return {about: min(row[:2] for row in each) for about, each in self.said.items() if "#" in about}

    @property
    def events(self) -> set[str]:
        """The events the page rests on."""
        resting = {row[1] for row in self.rows.values()} | {event for _, event in self.opened.values()}
        return resting | ({max(self.declared)[-1]} if self.declared else set())


def newest(events: Iterable[Event]) -> dict[PageKey, Newest]:
    """The pages of some events, in whatever order they come."""
    pages: dict[PageKey, Newest] = defaultdict(Newest)
    for event in {item.id: item for item in events}.values():
        match event:
            case ResultsReported(data=said) if said.rows or said.complete or said.withdrawn or said.undeclared:
                data = as_heard(event).data
                at, version = data.order
                page = pages[PageKey(data.subject, data.tier, data.page)]
                for row in (*data.rows, *data.withdrawn):
                    value = None if isinstance(row, WithdrawnRow) else row
                    page.said[row.key].append((version, event.id, data.final, value))
                if data.complete or data.undeclared:
                    page.declared.append((at, version, event.id))
            case JudgementMade(data=word):
                key = PageKey(judged_subject(word.criterion), word.tier, word.page)
                pages[key].said[word.unit].append((word.version, event.id, True, word.verdict))
            case DecisionMade(data=made):
                assert made.tier is not None
                assert made.page is not None
                key = PageKey(decided_subject(made.award), made.tier, made.page)
                pages[key].said[made.subject].append((made.version, event.id, True, made.status))
            case _:
                pass
    return pages


def is_newest(tally: MovementFigures, events: Sequence[Event]) -> None:
    """What a tally keeps of the events is what the newest of each says, and the evidence for just that."""
    expected = newest(events)
    by_id = {item.id: item for item in events}
    assert set(tally.pages) == set(expected)
    for key, page in tally.pages.items():
        rows = {}
        for name, figure in page.rows.items():
            value: Any = figure.value
            said = getattr(value, "verdict", None) or getattr(value, "status", None) or value
            said = None if isinstance(value, Withdrawn) else said
            rows[name] = (figure.version, figure.event, figure.final, said)
        assert rows == expected[key].rows
        opened = {name: figure.since for name, figure in page.rows.items() if "#" in name}
        assert opened == expected[key].opened
        declared = page.declared.order if page.declared else None
        assert declared == max(expected[key].declared, default=None)
        sources = as_kept(page).sources
        assert set(sources) == expected[key].events
        for event, source in sources.items():
            data: Any = by_id[event]
            taken_back = getattr(data.data, "withdrawn", ())
            assert source.version == (data.data.instead.version if taken_back else data.data.version)


def boards_are_of(tally: MovementFigures, context: ScoringContext, events: Sequence[Event]) -> None:
    """Every board is the one made at once from the newest scores; its ranks are a count of those above."""
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
            board = tally.board(context, ranked.id, tier)
            assert board.ranking() == Board.of(scores, dense=dense).ranking()
            for unit, score in scores.items():
                above = [other for other in scores.values() if other > score]
                assert board.rank(unit) == 1 + len(set(above) if dense else above)


Judged = dict[str, list[Eligible]]


def verdicts_of(tally: MovementFigures, context: ScoringContext) -> Judged:
    """The verdicts of every award."""
    return {award.id: rules.evaluate(award, tally, context) for award in context.plan.awards}


def outcome(tally: MovementFigures, context: ScoringContext) -> tuple[Any, ...]:
    """All that is said of a tally: verdicts, what they rest on, and the lists."""
    verdicts = verdicts_of(tally, context)
    evidence = {award: rules.evidence_of(rows, tally) for award, rows in verdicts.items()}
    return verdicts, evidence, rules.summarise(context, verdicts, tally)


def kept(tally: MovementFigures) -> dict[PageKey, tuple[Any, ...]]:
    """What a tally keeps, but for how often it changed on the way."""
    return {key: (page.rows, page.declared, as_kept(page).sources) for key, page in tally.pages.items()}


def steps(year: Year) -> Iterator[tuple[MovementFigures, list[Event]]]:
    """A tally that hears a year event by event, and what it has heard; plan and units are there from the start."""
    live = told([])
    for n, event in enumerate(year.events, start=1):
        hear(live, event)
        if n > 1:
            yield live, year.events[:n]


def quickly(examples: int) -> settings:
    """Few examples, since each is a year."""
    return settings(max_examples=examples, deadline=None, phases=_PHASES)


@quickly(30)
@given(years())
def test_after_every_event_figures_and_boards_are_those_of_the_newest_versions(year: Year) -> None:
    """Incremental equals from scratch after every step."""
    for live, heard in steps(year):
        is_newest(live, heard)
        boards_are_of(live, context_of(heard), heard)


@quickly(12)
@given(years())
def test_after_every_event_verdicts_and_lists_are_those_of_a_tally_that_heard_it_all_at_once(year: Year) -> None:
    """And who has not to judge again, because no version moved, misses nothing."""
    before: dict[str, Any] = {}
    for live, heard in steps(year):
        context, fresh = context_of(heard), told(heard)
        assert kept(live) == kept(fresh)
        now = outcome(live, context)
        assert now == outcome(fresh, context)
        assert before.setdefault(rules.computed_from(live, context), now) == now


@quickly(40)
@given(years(), st.data())
def test_who_judges_only_units_that_anything_happened_to_comes_to_what_judging_all_of_them_does(
    year: Year, data: st.DataObject
) -> None:
    """Verdicts, pages, and whom they call before the council, now and then or after every event."""
    held: dict[str, Verdicts] = {}
    for live, heard in steps(year):
        if data.draw(st.booleans()):
            continue
        context = context_of(heard)
        for award in context.plan.awards:
            if award.id not in held or held[award.id].award != award:
                held[award.id] = Verdicts(award)
            mine, rows = held[award.id], rules.evaluate(award, live, context)
            evaluator, units = mine.stale_units(live, context, live.dirty)
            mine.update(evaluator, units)
            assert mine.rows == {row.unit: row for row in rows}
            by_page = rules.by_page(rows, context.register)
            for page in {context.register.page_of[unit.code] for unit in units}:
                assert mine.page(page, context) == by_page[page]
            assert mine.all_shortlisted() == Shortlist.merged(
                rules.shortlist(award, rows, context) for _, rows in sorted(by_page.items())
            )
        live.dirty = {}


@quickly(40)
@given(st.data())
def test_in_any_order_and_said_again_and_again_the_same_events_come_to_the_same(data: st.DataObject) -> None:
    """Also on boards that were asked for before anything came."""
    year = data.draw(years()).events
    context = context_of(year)
    again = data.draw(st.lists(st.sampled_from(year), max_size=6))
    shuffled, live = data.draw(st.permutations([*year, *again])), told([])
    for event in shuffled:
        boards = {(f.id, tier): live.board(context, f.id, tier) for f in context.plan.fields for tier in Tier}
        hear(live, event)
        assert all(live.board(context, *which) is board for which, board in boards.items())
    versions = {key: page.version for key, page in live.pages.items()}
    for event in year:
        assert hear(live, event) is None
    assert versions == {key: page.version for key, page in live.pages.items()}
    straight = told(year)
    assert kept(live) == kept(straight)
    assert outcome(live, context) == outcome(straight, context)
    boards_are_of(live, context, year)


def test_what_was_decided_about_one_nomination_says_nothing_about_another_of_the_same_unit() -> None:
    """A unit declined, withdrawn, nominated once more and then granted: both decisions are version 1."""
    said = Year((Deciding("B4", "dvsn-a", 1, "declined"), Deciding("B4", "dvsn-a", 2, "granted"))).events
    for events in (said, [*said[:2], said[3], said[2]]):
        assert told(events).granted("B4") == {"dvsn-a"}
        is_newest(told(events), events)
