"""The few shapes that pictures are made of, as SVG without scripts and inline styles. Pure.

Positions across are shares of the width in percent and positions down are pixels, so that a picture fills any width and
its texts keep their size.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from markupsafe import Markup

CHARACTER_WIDTH: Final = 6.6
"""About how many pixels wide a letter of a picture's texts is."""

_NARROWEST: Final = 640
"""The width, in pixels, at which labels must not overlap: a sheet of A4. On a telephone they are left out."""

_LINE: Final = Markup('<line class="{}" x1="{:g}%" y1="{:g}" x2="{:g}%" y2="{:g}"/>')
_RECT: Final = Markup('<rect class="{}" x="{:g}%" y="{:g}" width="{:g}%" height="{:g}">{}</rect>')
_CIRCLE: Final = Markup('<circle class="{}" cx="{:g}%" cy="{:g}" r="{:g}">{}</circle>')
_TEXT: Final = Markup('<text class="{}" x="{:g}%" y="{:g}" dx="{:g}" text-anchor="{}">{}</text>')
_TITLE: Final = Markup("<title>{}</title>")
_NESTED: Final = Markup('<svg class="mark-at" x="{:g}%" y="{:g}" overflow="visible">{}</svg>')
_SVG: Final = Markup(
    '<svg width="100%" height="{height:g}" role="img" aria-labelledby="{id}-t {id}-d">'
    '<title id="{id}-t">{title}</title><desc id="{id}-d">{words}</desc>{parts}</svg>'
)
_SQUARE: Final = Markup('<rect class="{0}" x="-6" y="-6" width="12" height="12">{1}</rect>')
_CROSS: Final = Markup('<path class="cross" d="M-3-3L3 3M-3 3L3-3"/>')


def drawing(height: float, title: str, words: str, parts: Sequence[Markup]) -> Markup:
    """The whole picture with its title and text alternative; its ids follow from its content."""
    content = Markup("").join(parts)
    picture = f"p{sha256(f'{title}{words}{content}'.encode()).hexdigest()[:8]}"
    return _SVG.format(height=height, id=picture, title=title, words=words, parts=content)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A straight line."""
    return _LINE.format(kind, x1, y1, x2, y2)


def bar(x: float, y: float, width: float, height: float, kind: str, title: str) -> Markup:
    """A bar whose title shows when it is pointed at."""
    return _RECT.format(kind, x, y, width, height, _TITLE.format(title))


def dot(x: float, y: float, radius: float, kind: str, title: str) -> Markup:
    """A circle whose title shows when it is pointed at."""
    return _CIRCLE.format(kind, x, y, radius, _TITLE.format(title))


def square(x: float, y: float, kind: str, title: str) -> Markup:
    """A square around a point."""
    return _NESTED.format(x, y, _SQUARE.format(kind, _TITLE.format(title)))


def cross(x: float, y: float) -> Markup:
    """A cross upon a shape, which tells it from others without colour."""
    return _NESTED.format(x, y, _CROSS)


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start", dx: float = 0) -> Markup:
    """A text that begins, is centred or ends ``dx`` pixels beside a point."""
    return _TEXT.format(kind, x, y, dx, anchor, words)


def short(words: str, characters: int = 34) -> str:
    """A text of at most so many letters."""
    return words if len(words) <= characters else f"{words[: characters - 1].rstrip()}…"


def label_rows(labels: Sequence[tuple[float, str]]) -> list[tuple[int, str]]:
    """The row and the anchor of each label, from left to right, so that none overlaps another.

    A label stands right of its point, or left of it where the picture ends.
    """
    ends: list[float] = []
    rows: list[tuple[int, str]] = []
    for x, words in labels:
        width = (len(words) * CHARACTER_WIDTH + 14) / _NARROWEST * 100
        anchor = "start" if x + width <= 100 else "end"
        begin = x if anchor == "start" else max(x - width, 0)
        row = next((n for n, end in enumerate(ends) if end <= begin), len(ends))
        if row == len(ends):
            ends.append(0)
        ends[row] = begin + width
        rows.append((row, anchor))
    return rows
