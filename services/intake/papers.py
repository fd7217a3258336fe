"""The papers of agencies: their number and date, and what they identify (A45, L14). Pure.

A paper is an agency's number with the date it bears. What is sent with it is identified by more: a report by obligation
and period, a nomination by award and nominee. A paper that is refused uses nothing up: only what was accepted is in
conflict with other content under the same identity.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.contracts.ids import derived
from shared.contracts.json_values import JsonObject
from shared.contracts.model import NUMBER_PATTERN
from shared.contracts.receipts import Problem
from shared.runtime.http.error_wording import NUMBER_FORM
from shared.wording.formats import ngay

EXAMPLE = "12/BC-BTĐKT"

_NUMBER = re.compile(NUMBER_PATTERN)
_STORABLE = re.compile(r"[^\x00-\x1f\x7f]{1,126}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_SHOWN = 130


@dataclass(frozen=True, slots=True)
class Paper:
    """An agency's paper. ``number`` may have a form that is refused; ``date`` is None if the agency gave none."""

    agency: str
    number: str
    date: date | None = None

    @property
    def label(self) -> str:
        """The paper in a Vietnamese sentence: số “46/BC-SNV” ngày 04/12/2023."""
        return f"số “{self.number}”" + (f" ngày {ngay(self.date)}" if self.date else "")


def paper_of(agency: str, body: JsonObject, key: str | None) -> Paper | None:
    """The paper that a body is; None without a number. ``key`` is the number of a body without one.

    A number or date in a wrong form still names the paper as far as it can be stored; the body's own check refuses it.
    """
    for number in (body.get("number"), key):
        if isinstance(number, str) and _STORABLE.fullmatch(number):
            return Paper(agency, number, _date_of(body))
    return None


def content_of(body: JsonObject, paper: Paper) -> JsonObject:
    """The body without the number and date that its paper has already: what is the same when it is sent again."""
    taken = {"number": paper.number, "date": paper.date.isoformat() if paper.date else None}
    redundant = {name for name, value in taken.items() if name in body and body[name] in (None, value)}
    return {name: value for name, value in body.items() if name not in redundant} if redundant else body


def ids_of(kind: str, paper: Paper, subject: Sequence[str], digest: str, released: str) -> tuple[str, ...]:
    """The ids under which a content may be stored, in their order: it takes the first that other content does not have.

    ``subject`` is what identifies it besides the paper. ``released`` is the id by release 0.1.0, from agency and number
    alone; a paper without a date keeps it, so that an inbox read again finds its receipts. The last id is for the
    refusal of what was accepted before and is not in effect any more.
    """
    if paper.date is None:
        parts: tuple[str, ...] = (kind, paper.agency, paper.number, digest)
        return released, derived(*parts), derived(*parts, "again")
    parts = (kind, paper.agency, paper.number, paper.date.isoformat(), *subject, digest)
    return derived(*parts), derived(*parts, "again")


def identity_of(kind: str, paper: Paper, subject: Sequence[str]) -> str:
    """The key of an identity: only one content is accepted under it."""
    return derived(f"{kind} of a paper", paper.agency, paper.number, paper.date or "", *subject)


def number_problem(value: object, rule: str) -> Problem | None:
    """The problem of a number in a form that no entrance takes; None for a good one."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return None
    shown = _shown(value)
    return Problem(
        code="invalid",
        pointer="/number",
        value=shown,
        expected=NUMBER_FORM,
        rule=rule,
        detail=f"Số, ký hiệu “{shown}” không hợp lệ; {NUMBER_FORM}.",
    )


def _date_of(body: JsonObject) -> date | None:
    value = body.get("date")
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _shown(value: object) -> str:
    return str(value)[:_MAX_SHOWN]
