"""Figures as intake says them, turned into what scoring has heard of them: through the bytes, as on the topic."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

from msgspec import Struct
from msgspec.structs import fields
from pydantic import BaseModel

from services.scoring.admission import Admission
from services.scoring.pages import Page
from shared.contracts import hot
from shared.contracts.intake import Results, ResultsReported
from shared.contracts.plan import Plan
from shared.contracts.topics import RESULTS
from shared.contracts.units import UnitRegister


def as_heard(event: ResultsReported) -> hot.ResultsReported:
    """The event as scoring reads it."""
    read = RESULTS.parse(event.encode())
    assert isinstance(read, hot.ResultsReported)
    return read


def figures(results: Results) -> hot.Results:
    """The figures of an event as scoring reads them."""
    at = datetime(2023, 12, 1, tzinfo=UTC)
    return as_heard(ResultsReported(id="figures", source="test", time=at, subject="test", data=results)).data


def breach(plan: Plan, register: UnitRegister, results: Results) -> str | None:
    """Why scoring may not count these figures, by this plan and register; None where it may."""
    return Admission(lambda _: plan, lambda *_: register).breach(figures(results))


def as_kept(page: Page) -> Page:
    """A page as its document keeps it: without the evidence no figure rests on any more."""
    kept = Page(page.version, page.declared, page.rows, page.sources)
    kept.forget_unused_sources()
    return kept


def differences(told: BaseModel, struct: Struct, where: str = "") -> list[str]:
    """Where a struct says something else than the contract's model of the same name does, or more."""
    known, names = type(told).model_fields, {field.name for field in fields(struct)}
    found = [f"{where}/{name} is none of the contract's" for name in names - {*known, "written"}]
    for name in known:
        found += _unlike(getattr(told, name), getattr(struct, name), f"{where}/{name}")
    return found


def _unlike(told: Any, read: Any, where: str) -> list[str]:
    if isinstance(told, BaseModel) and isinstance(read, Struct):
        return differences(told, read, where) if type(told).__name__ in _names(read) else [f"{where} is another thing"]
    if isinstance(told, tuple) and isinstance(read, tuple) and len(told) == len(read):
        pairs = enumerate(zip(told, read, strict=True))
        return [each for n, pair in pairs for each in _unlike(*pair, f"{where}/{n}")]
    same = _exact(told) == _exact(read)
    return [] if same else [f"{where} is {told!r} by the contract and {read!r} to scoring"]


def _names(read: Struct) -> set[str]:
    """What the contract may call it: figures of whatever kind are ``Results`` there."""
    return {type(read).__name__, *(["Results"] if isinstance(read, get_args(hot.Results)) else [])}


def _exact(value: Any) -> Any:
    """With all that ``==`` would overlook: types, a number's digits, an instant's offset."""
    match value:
        case Decimal():
            return Decimal, value.as_tuple()
        case datetime():
            return value.replace(tzinfo=None), value.utcoffset()
    return type(value), value
