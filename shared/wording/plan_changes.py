"""Describes differences between two plans: old and new values, added and dropped rows. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from textwrap import shorten
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel

from shared.contracts.obligations import Obligation, Tenure, Window
from shared.wording.formats import ky, ngay, ngay_thang

_MAX_LENGTH = 90
_NONE = "không nêu"


class Change(NamedTuple):
    """One change: ``what`` changed, and ``who`` it concerns (a unit's name, a tier or a body)."""

    who: str
    what: str


class _Row(Protocol):
    @property
    def id(self) -> str: ...


Row = TypeVar("Row", bound=_Row)


class Pair(NamedTuple, Generic[Row]):
    """A row in two versions of a plan, each None if it is absent; ``row`` is the newest one present."""

    before: Row | None
    after: Row | None
    row: Row


def pairs(old: Sequence[Row], new: Sequence[Row]) -> Iterator[Pair[Row]]:
    """The rows that differ between two versions, by id: in the old order, added rows last."""
    before, after = {row.id: row for row in old}, {row.id: row for row in new}
    for row_id, row in (before | after).items():
        if before.get(row_id) != after.get(row_id):
            yield Pair(before.get(row_id), after.get(row_id), row)


def value_change(who: str, what: str, before: str, after: str, suffix: str = "") -> Iterator[Change]:
    """The change of a value; nothing if both values are equal."""
    if before != after:
        yield Change(who, f"{what} đổi từ {before} sang {after}{suffix}")


def other_changes(
    who: str, label: str, old: BaseModel, new: BaseModel, described: AbstractSet[str]
) -> Iterator[Change]:
    """The changes of a row's fields that are not in ``described``; short values are quoted."""
    for field in type(new).model_fields:
        before, after = getattr(old, field), getattr(new, field)
        if field in described or before == after:
            continue
        if _is_short(before) and _is_short(after):
            yield from value_change(who, f"{label}: mục “{field}”", value_of(before), value_of(after))
        else:
            yield Change(who, f"{label}: sửa mục “{field}”")


def added_and_dropped(what: str, before: Sequence[str], after: Sequence[str]) -> list[str]:
    """What a list gained and lost, in words; empty if only its order differs."""
    added, dropped = [item for item in after if item not in before], [item for item in before if item not in after]
    texts = [f"thêm {what}: {'; '.join(added)}"] if added else []
    return [*texts, f"bỏ {what}: {'; '.join(dropped)}"] if dropped else texts


def _is_short(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _MAX_LENGTH
    return value is None or isinstance(value, int | Decimal | date)


def value_of(value: Any) -> str:
    """A value as it reads in a sentence."""
    if value is None:
        return _NONE
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, date):
        return ngay(value)
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "không có"
    return str(value)


def shortened(text: str) -> str:
    """A text cut at a word boundary if it is long."""
    return shorten(text, _MAX_LENGTH, placeholder=" …")


def day_or_none(on: date | None) -> str:
    """A day, or "không nêu" if there is none."""
    return ngay(on) if on else _NONE


def window(span: Window) -> str:
    """A span of days."""
    return f"{ngay(span.first)} - {ngay(span.last)}"


def tenure_span(tenure: Tenure) -> str:
    """The time during which a unit holds a role, in words."""
    bounds = [f"từ ngày {ngay(tenure.first)}"] if tenure.first else []
    bounds += [f"đến hết ngày {ngay(tenure.last)}"] if tenure.last else []
    return " ".join(bounds) or "không thời hạn"


def due(obligation: Obligation) -> str:
    """When an obligation is due, in the source's terms."""
    if obligation.before is not None:
        return f"trước ngày {ngay(obligation.before)}"
    if obligation.window is not None:
        return f"trong thời gian {window(obligation.window)}"
    if (yearly := obligation.yearly) is not None:
        return f"trước ngày {ngay_thang(yearly.day, yearly.month)} hằng năm ({yearly.first} - {yearly.last})"
    if (periodic := obligation.periodic) is not None:
        month = (
            ("tháng cuối kỳ", "tháng sau kỳ")[periodic.months_after]
            if periodic.months_after < 2
            else (f"tháng thứ {periodic.months_after} sau kỳ")
        )
        return f"trước ngày {periodic.day:02} của {month}, từ {ky(periodic.first)} đến {ky(periodic.last)}"
    return "không nêu thời hạn"


def period_or_none(obligation: Obligation) -> str:
    """The period that an obligation names for itself, or "không nêu"."""
    return ky(obligation.period) if obligation.period else _NONE


def quota_size(at_most: int | None) -> str:
    """How many nominations a quota allows."""
    return "không giới hạn số lượng" if at_most is None else f"tối đa {at_most:02}"
