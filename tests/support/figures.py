"""Figures as intake says them, turned into what scoring has heard of them: through the bytes, as on the topic."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

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
    kept = Page(page.version, page.declared, page.rows, page.sources, page.heard)
    kept.tidy()
    return kept


def differences(told: BaseModel, struct: Struct, where: str = "") -> list[str]:
    """Where a struct says something else than the contract's model of the same name does, or more.

    What all records of a report say alike stands in the head of ``Results``. An event has only what scoring needs.
    """
    known, read = type(told).model_fields, {field.name: getattr(struct, field.name) for field in fields(struct)}
    if isinstance(struct, hot.Results):
        head = read.pop("head")
        read |= {field.name: getattr(head, field.name) for field in fields(head) if field.name not in _WORKED_OUT}
    missing = {} if isinstance(struct, hot.ResultsReported) else {*known} - {*read} - {"score"}
    found = [f"{where}/{name} is none of the contract's" for name in {*read} - {*known, "written"}]
    found += [f"{where}/{name} is not read" for name in missing]
    if isinstance(struct, hot.ScoreRow):
        read["score"] = struct.score
    for name in {*known} & {*read}:
        found += _unlike(getattr(told, name), read[name], f"{where}/{name}")
    return found


_WORKED_OUT = {"subject", "order"}


def _unlike(told: Any, read: Any, where: str) -> list[str]:
    if isinstance(told, BaseModel) and isinstance(read, Struct):
        return differences(told, read, where) if type(told).__name__ == type(read).__name__ else [f"{where}: other"]
    if isinstance(told, tuple) and isinstance(read, tuple) and len(told) == len(read):
        pairs = enumerate(zip(told, read, strict=True))
        return [each for n, pair in pairs for each in _unlike(*pair, f"{where}/{n}")]
    same = _exact(told) == _exact(read)
    return [] if same else [f"{where} is {told!r} by the contract and {read!r} to scoring"]


def _exact(value: Any) -> Any:
    """With all that ``==`` would overlook: types, a number's digits, an instant's offset."""
    match value:
        case Decimal():
            return Decimal, value.as_tuple()
        case datetime():
            return value.replace(tzinfo=None), value.utcoffset()
    return type(value), value
