"""How a difference between two plans is told: values before and after, rows that came and went. Pure wording."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from textwrap import shorten
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, assert_never

from pydantic import BaseModel

from shared.contracts.awards import (
    ActiveRule,
    DisciplineRule,
    JudgementRule,
    ListedRule,
    RankRule,
    Rule,
    TasksRule,
)
from shared.contracts.obligations import Obligation, Tenure, Window

_LONGEST = 90
_NONE = "không nêu"


class Change(NamedTuple):
    """What is different, and for whom."""

    who: str
    what: str


class _Row(Protocol):
    @property
    def id(self) -> str: ...


Row = TypeVar("Row", bound=_Row)


class Pair(NamedTuple, Generic[Row]):
    """A row in two versions, None where it is not there; ``row`` is the newer one there is."""

    before: Row | None
    after: Row | None
    row: Row


def pairs(old: Sequence[Row], new: Sequence[Row]) -> Iterator[Pair[Row]]:
    """Rows of two versions by their ids, in the old order, those that came last; equal ones are left out."""
    before, after = {row.id: row for row in old}, {row.id: row for row in new}
    for name, row in (before | after).items():
        if before.get(name) != after.get(name):
            yield Pair(before.get(name), after.get(name), row)


def moved(who: str, what: str, before: str, after: str, more: str = "") -> Iterator[Change]:
    """That a value is another one, where it is."""
    if before != after:
        yield Change(who, f"{what} đổi từ {before} sang {after}{more}")


def rest(who: str, named: str, old: BaseModel, new: BaseModel, told: AbstractSet[str]) -> Iterator[Change]:
    """What else differs in a row, key by key: with its values where they are short."""
    for key in type(new).model_fields:
        was, now = getattr(old, key), getattr(new, key)
        if key in told or was == now:
            continue
        if _is_short(was) and _is_short(now):
            yield from moved(who, f"{named}: mục “{key}”", value_of(was), value_of(now))
        else:
            yield Change(who, f"{named}: sửa mục “{key}”")


def added_and_dropped(what: str, before: Sequence[str], after: Sequence[str]) -> list[str]:
    """What a list gained and lost, in words; nothing where only its order differs."""
    come, gone = [each for each in after if each not in before], [each for each in before if each not in after]
    said = [f"thêm {what}: {'; '.join(come)}"] if come else []
    return [*said, f"bỏ {what}: {'; '.join(gone)}"] if gone else said


def _is_short(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST
    return value is None or isinstance(value, int | Decimal | date)


def value_of(value: Any) -> str:
    """A value in a sentence."""
    if value is None:
        return _NONE
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, date):
        return day(value)
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "không có"
    return str(value)


def shortened(text: str) -> str:
    """A text that may be long, cut at a word."""
    return shorten(text, _LONGEST, placeholder=" …")


def day(on: date) -> str:
    """A day: 05/12/2023."""
    return f"{on:%d/%m/%Y}"


def day_or_none(on: date | None) -> str:
    """A day, or that none is given."""
    return day(on) if on else _NONE


def window(span: Window) -> str:
    """A span of days."""
    return f"{day(span.first)} - {day(span.last)}"


def tenure(held: Tenure) -> str:
    """From when to when somebody holds a role."""
    said = [f"từ ngày {day(held.first)}"] if held.first else []
    said += [f"đến hết ngày {day(held.last)}"] if held.last else []
    return " ".join(said) or "không thời hạn"


def due(owed: Obligation) -> str:
    """When an obligation is due, as the source says it."""
    if owed.before is not None:
        return f"trước ngày {day(owed.before)}"
    if owed.window is not None:
        return f"trong thời gian {window(owed.window)}"
    if owed.yearly is not None:
        years = f"{owed.yearly.first} - {owed.yearly.last}"
        return f"trước ngày {owed.yearly.day:02}/{owed.yearly.month:02} hằng năm ({years})"
    return "không nêu thời hạn"


def places(at_most: int | None) -> str:
    """How many may be nominated."""
    return "không giới hạn số lượng" if at_most is None else f"tối đa {at_most:02}"


def asks(rule: Rule, fields: Mapping[str, str]) -> str:
    """What a rule asks; ``fields`` are the names of the ranked fields by their ids."""
    match rule:
        case RankRule():
            ranks = "hạng 1" if rule.at_most == 1 else f"hạng 1 đến {rule.at_most}"
            return f"{ranks} trong lĩnh vực {fields.get(rule.field, rule.field)}"
        case TasksRule():
            return "mọi nhiệm vụ được giao đúng hạn"
        case DisciplineRule():
            return f"không quá {rule.at_most} vi phạm" if rule.at_most else "không có vi phạm"
        case ListedRule():
            return "có tên trong danh sách"
        case JudgementRule():
            return "do Hội đồng đánh giá"
        case ActiveRule():
            return "còn hoạt động khi quyết định khen thưởng"
    assert_never(rule)
