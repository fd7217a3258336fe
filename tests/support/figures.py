"""Converts intake's figures into scoring's models through the bytes of the topic."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct
from pydantic import BaseModel

from services.scoring.figures import Page
from services.scoring.reporting_authority import ReportingAuthority
from shared.contracts import fast_models
from shared.contracts.intake import Results, ResultsReported
from shared.contracts.model import AnyEvent, Event
from shared.contracts.plan import Plan
from shared.contracts.topics import RESULTS
from shared.contracts.units import UnitRegister


def as_decoded(event: ResultsReported) -> fast_models.ResultsReported:
    """The event as scoring decodes it."""
    read = RESULTS.parse(event.encode())
    assert isinstance(read, fast_models.ResultsReported)
    return read


def content(event: AnyEvent) -> Any:
    """The whole content of an event, for comparison: equal events may decode to different objects."""
    if not isinstance(event, fast_models.ResultsReported):
        return event
    return event.id, event.data


def figures(results: Results) -> fast_models.Results:
    """The figures of an event as scoring reads them."""
    at = datetime(2023, 12, 1, tzinfo=UTC)
    return as_decoded(ResultsReported(id="figures", source="test", time=at, subject="test", data=results)).data


def violation(plan: Plan, register: UnitRegister, results: Results) -> str | None:
    """Why scoring may not count these figures, by this plan and register; None if it may."""
    return ReportingAuthority(lambda _: plan, lambda *_: register).violation(figures(results))


def as_kept(page: Page) -> Page:
    """The page without evidence that no figure rests on any more, as its document stores it."""
    kept = replace(page)
    kept.tidy()
    return kept


def differences(event: Event, actual: AnyEvent) -> list[str]:
    """The paths at which scoring has decoded another value than the contract; fields that scoring drops are ignored."""
    assert isinstance(event, ResultsReported)
    assert isinstance(actual, fast_models.ResultsReported)
    problems = unlike(event.id, actual.id, "/id")
    for name in (*Results.model_fields.keys() - {"enterprises"}, "subject", "order"):
        problems += unlike(getattr(event.data, name), getattr(actual.data, name), f"/{name}")
    return problems


def unlike(expected: Any, actual: Any, where: str = "") -> list[str]:
    """The paths at which a struct or a tuple of structs differs from the contract's models of the same names."""
    if isinstance(expected, BaseModel) and isinstance(actual, Struct):
        if type(expected).__name__ != type(actual).__name__:
            return [f"{where} is another thing"]
        names = type(expected).model_fields
        return [
            problem
            for name in names
            for problem in unlike(getattr(expected, name), getattr(actual, name), f"{where}/{name}")
        ]
    if isinstance(expected, tuple) and isinstance(actual, tuple) and len(expected) == len(actual):
        pairs = enumerate(zip(expected, actual, strict=True))
        return [problem for n, pair in pairs for problem in unlike(*pair, f"{where}/{n}")]
    same = _exact(expected) == _exact(actual)
    return [] if same else [f"{where} is {expected!r} by the contract and {actual!r} to scoring"]


def _exact(value: Any) -> Any:
    """A value to compare with what ``==`` ignores: the type, a number's digits, an instant's offset."""
    match value:
        case Decimal():
            return Decimal, value.as_tuple()
        case datetime():
            return value.replace(tzinfo=None), value.utcoffset()
    return type(value), value
