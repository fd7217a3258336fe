"""Pictures that the server draws as SVG: pure functions of figures.

Each has a title, a text alternative and the sentence that stands below it; the table beside it says the same. Shapes
are never told apart by colour alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Final, NamedTuple

from markupsafe import Markup

from shared.runtime.http.pages.shapes import bar, cross, dot, drawing, label_rows, line, short, square, text
from shared.wording.formats import ngay, ngay_thang, so

_LEFT, _RIGHT = 2.0, 98.0
_LABEL_STEP: Final = 18
_STACK_STEP: Final = 13


@dataclass(frozen=True, slots=True)
class Picture:
    """``svg`` to put into a page, ``words``: what it shows, in one sentence, and ``legend``: what its shapes mean."""

    svg: Markup
    words: str
    legend: str = ""


class YearEvent(NamedTuple):
    """A deadline or a session on the year's line. ``late``: its day is over and what was due on it is not done."""

    name: str
    day: date
    done: bool
    late: bool = False
    session: bool = False


class ReportedBar(NamedTuple):
    """How many reports of one obligation are expected, how many are in, and how many are late and not in."""

    name: str
    expected: int
    received: int
    overdue: int


class Scored(NamedTuple):
    """A unit's score in a field; ``name`` is its full name."""

    name: str
    score: Decimal


class Move(NamedTuple):
    """A unit whose rank is another than at the last look; None: it had no rank, or has none now."""

    name: str
    before: int | None
    after: int | None


def year_line(year: int, events: Sequence[YearEvent], today: date) -> Picture:
    """The deadlines (circles) and sessions (squares) of a year on one line, with today drawn through.

    Events of one day stand above each other. Sessions and what is late have their names written beside them.
    """
    ordered = sorted(events, key=lambda event: event.day)
    days = [(_share(day, year), list(group)) for day, group in groupby(ordered, key=lambda event: event.day)]
    labels = [(x, words, late) for x, group in days if (words := _label(group)) for late in [_has_late(group)]]
    rows = label_rows([(x, words) for x, words, _ in labels])
    tallest = max((len(group) for _, group in days), default=1)
    above = _LABEL_STEP * (max((row for row, _ in rows), default=-1) + 1)
    base = 24 + above + _STACK_STEP * tallest
    parts = [line(_LEFT, base, _RIGHT, base, "axis")]
    for month in range(1, 13):
        x = _share(date(year, month, 1), year)
        parts += [line(x, base, x, base + 6, "axis"), text(x, base + 20, str(month), "soft", dx=3)]
    if today.year == year:
        x = _share(today, year)
        anchor, aside = ("end", -5) if x > 80 else ("start", 5)
        parts.append(line(x, 2, x, base + 8, "today"))
        parts.append(text(x, 13, f"hôm nay {ngay_thang(today.day, today.month)}", "", anchor, aside))
    for (x, words, late), (row, anchor) in zip(labels, rows, strict=True):
        y = 34 + above - _LABEL_STEP * (row + 1)
        parts.append(line(x, y - 10, x, base, "grid label"))
        parts.append(text(x, y, words, "label words-over" if late else "label", anchor, 5 if anchor == "start" else -5))
    for x, group in days:
        for n, event in enumerate(group):
            parts += _mark(x, base - _STACK_STEP * n, event)
    late_names = [event.name for event in ordered if event.late]
    words = f"Năm {year}: {sum(event.done for event in ordered)} trên {len(ordered)} mốc đã xong"
    words += f"; chậm: {'; '.join(late_names)}." if late_names else "; không có mốc nào chậm."
    legend = "● thời hạn đã xong · ○ thời hạn chưa xong · ⊗ chậm · ■ □ phiên họp. Các số là tháng."
    return Picture(drawing(base + 28, f"Các mốc của năm {year}", words, parts), words, legend)


def reported_bars(rows: Sequence[ReportedBar]) -> Picture:
    """Who has reported: a bar for each obligation of what is in (filled), late (crossed) and to come (open)."""
    step, room = 46, 68.0
    most = max((row.expected for row in rows), default=0) or 1
    parts: list[Markup] = []
    for n, row in enumerate(rows):
        y, x = 16 + n * step, 0.2
        parts.append(text(0, y, short(row.name, 56)))
        open_count = max(row.expected - row.received - row.overdue, 0)
        kinds = ((row.received, "done", "đã nhận"), (row.overdue, "over", "chậm"), (open_count, "open", "chưa đến hạn"))
        for count, kind, meaning in kinds:
            if count:
                width = count / most * room
                parts.append(bar(x, y + 6, width, 14, kind, f"{row.name}: {meaning} {so(count)}"))
                parts += [cross(x + width / 2, y + 13)] if kind == "over" else []
                x += width
        late = f", chậm {so(row.overdue)}" if row.overdue else ""
        words = f"{so(row.received)}/{so(row.expected)}{late}"
        parts.append(text(x, y + 18, words, "words-over" if row.overdue else "soft", dx=8))
    received, overdue = sum(row.received for row in rows), sum(row.overdue for row in rows)
    words = f"Đã nhận {so(received)} trên {so(sum(row.expected for row in rows))} báo cáo; "
    words += f"{so(overdue)} báo cáo chậm." if overdue else "không có báo cáo chậm."
    svg = drawing(4 + step * len(rows), "Báo cáo đã nhận theo từng nội dung", words, parts)
    return Picture(svg, words, "■ đã nhận · ⊠ chậm · □ chưa đến hạn")


def score_strip(
    field: str, scores: Sequence[Scored], cut_off: Decimal | None = None, marked: str = "", places: int = 2
) -> Picture:
    """The scores of a field as points on a line, the cut-off drawn through and one unit marked.

    ``cut_off`` is the lowest score that is within the required ranks; ``marked`` is that unit's name among ``scores``;
    ``places`` are the decimals that the field's scores are written with.
    """
    values = [scored.score for scored in scores] + ([] if cut_off is None else [cut_off])
    low, high = (min(values), max(values)) if values else (Decimal(0), Decimal(0))

    def at(score: Decimal) -> float:
        return 50.0 if low == high else round(_LEFT + float((score - low) / (high - low)) * (_RIGHT - _LEFT), 1)

    columns = Counter(round(at(scored.score)) for scored in scores)
    step = min(9.0, 110 / max(columns.values(), default=1))
    base = 46 + step * max(columns.values(), default=1)
    parts = [line(_LEFT, base, _RIGHT, base, "axis")]
    placed: Counter[int] = Counter()
    own: list[Markup] = []
    for scored in scores:
        x = at(scored.score)
        placed[round(x)] += 1
        y = round(base + 2 - step * placed[round(x)], 1)
        title = f"{scored.name}: {so(scored.score, places)}"
        if scored.name == marked and not own:
            anchor = "start" if x < 34 else "middle" if x < 66 else "end"
            own = [
                dot(x, y, 6.5, "self", title),
                line(x, y - 7, x, 34, "self-line"),
                text(x, 32, short(title, 44), "own", anchor),
            ]
        else:
            within = cut_off is None or scored.score >= cut_off
            parts.append(dot(x, y, 3.6, "dot" if within else "rest", title))
    if cut_off is not None:
        x = at(cut_off)
        anchor, aside = ("end", -6) if x > 50 else ("start", 6)
        parts += [
            line(x, 4, x, base + 8, "cut"),
            text(x, 14, f"mức {so(cut_off, places)}", "words-over", anchor, aside),
        ]
    if values:
        parts.append(text(_LEFT, base + 22, so(low, places), "soft"))
        parts += [text(_RIGHT, base + 22, so(high, places), "soft", "end")] if low != high else []
    words = _strip_words(field, scores, cut_off, marked, places)
    meanings = ["● từ mức trở lên · ○ dưới mức"] * (cut_off is not None) + ["điểm lớn: đơn vị đang xem"] * bool(own)
    return Picture(drawing(base + 30, f"Điểm của lĩnh vực {field}", words, parts + own), words, " · ".join(meanings))


def movement(board: str, moves: Sequence[Move]) -> Picture:
    """Where ranks moved since the last look: ranks before on the left, now on the right, joined by lines."""
    step, left, right = 22, 12.0, 34.0
    before = sorted((move for move in moves if move.before is not None), key=lambda move: (move.before or 0, move.name))
    after = sorted((move for move in moves if move.after is not None), key=lambda move: (move.after or 0, move.name))
    gone = [move for move in before if move.after is None]
    left_rows = {move.name: n for n, move in enumerate(before)}
    parts = [text(0, 14, "lần trước", "soft"), text(right, 14, "hiện nay", "soft")]
    for n, move in enumerate(before):
        parts.append(text(left, 36 + n * step, str(move.before), "", "end"))
    for n, move in enumerate([*after, *gone]):
        y = 36 + n * step
        kind = _direction(move)
        if (row := left_rows.get(move.name)) is not None and move.after is not None:
            parts.append(line(left + 1.5, 32 + row * step, right - 1.5, y - 4, kind))
        sign = {"up": "▲", "down": "▼", "even": "–"}[kind]
        rank = "không còn hạng" if move.after is None else str(move.after)
        parts.append(text(right, y, f"{rank} {sign} {short(move.name)}"))
    ups, downs = (sum(_direction(move) == kind for move in moves) for kind in ("up", "down"))
    words = f"{board}: {ups} đơn vị lên hạng, {downs} đơn vị xuống hạng từ lần xem trước."
    height = 40 + step * max(len(before), len(after) + len(gone), 1)
    return Picture(drawing(height, f"Thay đổi thứ hạng: {board}", words, parts), words, "▲ lên hạng · ▼ xuống hạng")


def _share(day: date, year: int) -> float:
    """Where a day stands on a year's line, in percent; days of other years stand at its ends."""
    first, following = date(year, 1, 1), date(year + 1, 1, 1)
    passed = min(max((day - first).days, 0), (following - first).days)
    return round(_LEFT + passed / (following - first).days * (_RIGHT - _LEFT), 1)


def _has_late(events: Sequence[YearEvent]) -> bool:
    return any(event.late for event in events)


def _label(events: Sequence[YearEvent]) -> str:
    """What is written beside a day: its sessions, and what is late, counted if it is more than one thing."""
    names = [event.name for event in events if event.session and not event.late]
    late = [event.name for event in events if event.late]
    names += late if len(late) == 1 else [f"{len(late)} mốc chậm"] if late else []
    return short("; ".join(names), 48)


def _mark(x: float, y: float, event: YearEvent) -> list[Markup]:
    kind = "over" if event.late else "done" if event.done else "open"
    state = "chậm" if event.late else "đã xong" if event.done else "chưa xong"
    title = f"{event.name}, ngày {ngay(event.day)}: {state}"
    shape = square(x, y, kind, title) if event.session else dot(x, y, 5.5, kind, title)
    return [shape, cross(x, y)] if event.late else [shape]


def _strip_words(field: str, scores: Sequence[Scored], cut_off: Decimal | None, marked: str, places: int) -> str:
    own = next((scored.score for scored in scores if scored.name == marked), None)
    words = f"{so(len(scores))} đơn vị có điểm lĩnh vực {field}"
    if own is not None:
        words += f"; {marked}: {so(own, places)} điểm"
    if cut_off is not None:
        words += f"; mức cần đạt: {so(cut_off, places)}"
        if own is not None:
            words += ", đạt" if own >= cut_off else f", thiếu {so(cut_off - own, places)}"
    return f"{words}."


def _direction(move: Move) -> str:
    if move.after is None:
        return "down"
    if move.before is None or move.after < move.before:
        return "up"
    return "down" if move.after > move.before else "even"
