"""The bench's load has the form of intake's events."""

from __future__ import annotations

from itertools import islice

import pytest

from shared.contracts.intake import ResultsReported
from shared.contracts.topics import topic_named
from tests.bench.correct import boards
from tests.bench.load import Load, Shape, world
from tests.support.figures import violation


def results_in(load: Load) -> list[ResultsReported]:
    events = []
    for topic, key, value in load.results():
        event = topic_named(topic).by_contract(value)
        assert isinstance(event, ResultsReported)
        assert event.encode() == value
        assert event.subject.encode() == key
        events.append(event)
    return events


@pytest.mark.parametrize("shape", ["figures", "pages"])
def test_scoring_accepts_every_record(shape: Shape) -> None:
    """Its records equal those of the contract byte for byte, and plan and register allow the figures, in two rounds."""
    load = Load(len(world().slots) + 60, shape)
    events = results_in(load)
    assert all(violation(world().plan, world().register, event.data) is None for event in events)
    assert sum(len(event.data.rows) for event in events) == load.figures
    assert len(events) == load.records
    assert len({event.id for event in events}) == len(events)


def test_308_units_have_three_scores_tasks_and_discipline() -> None:
    about = {
        (event.data.subject, row.unit)
        for event in results_in(Load(len(world().slots), "pages"))
        for row in event.data.rows
    }
    assert len(about) == len(world().slots) == 308 * 5


def test_a_repeated_figure_has_a_newer_version() -> None:
    load = Load(2 * len(world().slots))
    first, again = results_in(load)[0].data, results_in(load)[len(world().slots)].data
    assert (first.subject, first.rows[0].unit) == (again.subject, again.rows[0].unit)
    assert first.order < again.order
    assert first.rows != again.rows


def test_generated_units_are_valid_and_earlier_figures_come_before_the_ones_that_count() -> None:
    load = Load(10, communes=300, once_before=True, published=False, provinces=2)
    events = results_in(load)
    for province in load.worlds:
        ours = [event for event in events if event.subject == province.key]
        assert all(violation(province.plan, province.register, event.data) is None for event in ours)
    before = events[: load.before]
    assert sum(len(event.data.rows) for event in before) == sum(len(province.slots) for province in load.worlds)
    assert [len(event.data.rows) for event in events[load.before :]] == [1] * 10


def test_units_and_plan_come_first() -> None:
    topics = [topic for topic, _, _ in islice(Load(5).messages(), 3)]
    assert topics == ["intake.units.v1", "intake.plans.v1", "intake.results.v1"]


def test_the_plain_recomputation_ranks_the_last_figure_of_each_unit() -> None:
    """After two rounds the first comes again: old versions change nothing, and ties share the better rank."""
    load = Load(2 * len(world().slots), "pages")
    messages = list(load.results())
    shown = boards([*messages, *messages[:3]])
    assert shown == boards(messages)
    places = shown["de-an-06", "xa"]
    assert len(places) == 260
    ranks = sorted(places.values(), key=lambda place: place[0])
    assert [score for _, score in ranks] == sorted((score for _, score in ranks), reverse=True)
    assert all(rank == 1 + sum(other > score for _, other in ranks) for rank, score in ranks)
