"""Movement figures and scoring context after a sequence of events. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from services.scoring.context import ScoringContext
from services.scoring.figures import PageKey
from services.scoring.state import MovementFigures
from shared.contracts.conferral import AwardGiven, AwardRevoked
from shared.contracts.council import DecisionMade, JudgementMade
from shared.contracts.intake import PlanPublished, ResultsReported, UnitsPublished
from shared.contracts.model import Event
from tests.support.figures import as_decoded
from tests.support.movement import s0


def apply(movement_figures: MovementFigures, event: Event) -> PageKey | None:
    """Apply an event to movement figures if it concerns them; returns the page that it changed."""
    match event:
        case ResultsReported():
            return movement_figures.apply_results(event.id, as_decoded(event).data)
        case JudgementMade():
            return movement_figures.apply_judgement(event.id, event.data)
        case DecisionMade():
            return movement_figures.apply_decision(event.id, event.data)
        case AwardGiven() | AwardRevoked():
            return movement_figures.apply_award(event.id, event.data)
    return None


def figures_after(events: Sequence[Event]) -> MovementFigures:
    """Movement figures after exactly these events."""
    movement = s0().movement
    assert movement is not None
    movement_figures = MovementFigures(s0().province, movement.id)
    for event in events:
        apply(movement_figures, event)
    return movement_figures


def context_of(events: Sequence[Event]) -> ScoringContext:
    """The newest plan and register among the events."""
    plan = max((e.data for e in events if isinstance(e, PlanPublished)), key=lambda p: p.version)
    register = max((e.data for e in events if isinstance(e, UnitsPublished)), key=lambda r: r.version)
    return ScoringContext(plan, register)
