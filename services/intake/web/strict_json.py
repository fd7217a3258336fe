"""What may come through the door at all, before anybody asks what it means: form, size, characters, rate. Pure.

RFC 8259 leaves to a reader what a name given twice means, how deep it reads and how long a number may be; a door
that answers for what was said takes none of them. Text is Unicode's NFC, so that "Hoà" typed on two machines is one.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil, isfinite
from typing import Any

from shared.contracts.receipts import Problem

BODY_LIMIT_BYTES = 256 * 1024
"""One report, through either door."""

MAX_DEPTH = 32
MAX_DIGITS = 40
MAX_COMBINING_MARKS = 30
"""Marks on one letter at most (UAX #15, Stream-Safe Text): to bring more into order takes quadratic time."""

_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""Texts in quotes, the last perhaps without its end; each is gone over once, whatever is in it."""

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ALLOWED_CONTROLS = "\t\n\r"
_SPACES = " \t\n\r\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SHOWN = 40


class InvalidBody(ValueError):
    """A body that is not read any further. ``code`` is stable; ``str()`` is Vietnamese."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code

    def problem(self) -> Problem:
        """The same, as a receipt names it."""
        return Problem(
            code=self.code,
            pointer="/",
            value=None,
            expected=f"JSON (RFC 8259), names once, depth {MAX_DEPTH}, numbers of {MAX_DIGITS} digits",
            rule="report.submitted v1",
            detail=str(self),
        )


def parsed(sent: bytes | bytearray, *, limit: int = BODY_LIMIT_BYTES, advice: str = "") -> dict[str, Any]:
    """The JSON object in the bytes, its text tidied. Raises ``InvalidBody``.

    Codes: ``too_large``, ``not_json``, ``too_deep``, ``name_twice``, ``number_not_finite``, ``number_too_long``.
    ``advice`` tells what to do about what is too large.
    """
    if len(sent) > limit:
        raise too_large(limit, advice)
    raw = bytes(sent)
    parts = _by_turns(raw)
    try:
        text = raw.decode("utf-8-sig")
        _measure(_outside(raw, parts))
        body = json.loads(
            text,
            object_pairs_hook=_once,
            parse_constant=_not_finite,
            parse_float=_float,
            parse_int=_int,
        )
        if "\\u" in text:
            json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is JSON but no text
    except InvalidBody:
        raise
    except (ValueError, RecursionError):
        raise InvalidBody("not_json", "Nội dung gửi lên không phải JSON hợp lệ.") from None
    if not isinstance(body, dict):
        raise InvalidBody("not_json", "Nội dung gửi lên phải là một đối tượng JSON.")
    tidy: dict[str, Any] = body if parts and _tidy(parts[1::2]) else tidied(body)
    return tidy


def too_large(limit: int, advice: str = "") -> InvalidBody:
    """What is said of a body beyond the limit."""
    return InvalidBody("too_large", f"Nội dung gửi lên lớn hơn {limit // 1024} KiB{'; ' if advice else ''}{advice}.")


def tidied(value: Any) -> Any:
    """The same value with every text in NFC and without white space around it; names of fields as they are.

    A text with more marks on a letter than anybody writes stays as it is; ``characters`` names it.
    """
    if isinstance(value, str):
        plain = value.isascii() or _stacked(value)
        return stripped(value if plain else unicodedata.normalize("NFC", value))
    if isinstance(value, list):
        return [tidied(each) for each in value]
    if isinstance(value, dict):
        return {name: tidied(each) for name, each in value.items()}
    return value


def _tidy(texts: Sequence[bytes]) -> bool:
    """Whether one glance shows that there is nothing to tidy in texts without escapes: ASCII, no space at an end."""
    quoted = b'"%b"' % b'"'.join(texts)
    return quoted.isascii() and b' "' not in quoted and b'" ' not in quoted


def stripped(text: str) -> str:
    """Without the white space around it. ``str.strip`` would take control characters with it, unseen."""
    return text.strip(_SPACES)


def characters(value: Any, at: str = "") -> Iterator[Problem]:
    """Each text in the value, or name of a field, with a character that cannot be seen or that turns the reading round.

    Codes: ``control_character``, ``bidi_character``, ``invisible_character``, ``too_many_marks``. ``at`` is the
    pointer to the value.
    """
    if isinstance(value, str):
        if wrong := _wrong(value):
            yield _character(at or "/", *wrong)
    elif isinstance(value, list):
        for position, each in enumerate(value):
            yield from characters(each, f"{at}/{position}")
    elif isinstance(value, dict):
        for name, each in value.items():
            if wrong := _wrong(name):
                yield _character(at or "/", *wrong)
            else:
                yield from characters(each, f"{at}/{escaped(name)}")


def plain(text: str) -> bool:
    """Whether a JSON text holds letters only that ``characters`` never names: visible ASCII, none of it escaped."""
    return text.isascii() and text.isprintable() and "\\" not in text


def flaws(report_id: str, raw: bytes) -> list[Problem]:
    """What a record on an inbox topic breaks of what HTTP would not have let in: its form, or its report's own id."""
    try:
        parsed(raw)
    except InvalidBody as error:
        return [error.problem()]
    return list(characters(report_id, "/id"))


def escaped(name: str) -> str:
    """A field's name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _stacked(text: str) -> bool:
    marks = 0
    for character in () if text.isascii() else text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > MAX_COMBINING_MARKS:
            return True
    return False


def _wrong(text: str) -> tuple[str, str] | None:
    if text.isascii() and text.isprintable():
        return None
    if _stacked(text):
        return "too_many_marks", next(character for character in text if unicodedata.combining(character))
    for character in text:
        if character in _BIDI:
            return "bidi_character", character
        category = unicodedata.category(character)
        if category == "Cc" and character not in _ALLOWED_CONTROLS:
            return "control_character", character
        if category == "Cf":
            return "invisible_character", character
    return None


def _character(pointer: str, code: str, character: str) -> Problem:
    what = {
        "control_character": "ký tự điều khiển",
        "bidi_character": "ký tự đổi chiều chữ",
        "invisible_character": "ký tự không nhìn thấy được",
        "too_many_marks": "quá nhiều dấu chồng lên một chữ",
    }[code]
    return Problem(
        code=code,
        pointer=pointer[:200],
        value=f"U+{ord(character):04X}",
        expected="text of visible characters, tabs and line breaks",
        rule="report.submitted v1",
        detail=f"Có {what} (U+{ord(character):04X}); hãy xóa ký tự đó rồi gửi lại.",
    )


def _by_turns(raw: bytes) -> list[bytes]:
    """What is outside of texts and what is inside, by turns; nothing where a text has an escape."""
    return [] if b"\\" in raw else raw.split(b'"')


def _outside(raw: bytes, parts: Sequence[bytes]) -> bytes:
    return b"".join(parts[::2]) if parts else _TEXTS.sub(b"", raw)


def _measure(outside: bytes) -> None:
    """Raise ``InvalidBody`` for what is nested too deep, before anything recurses into it. ``outside``: all but the texts."""
    left = brackets = outside.translate(None, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):  # each pass takes the innermost pairs away
        if not left:
            return
        left = left.replace(b"{}", b"").replace(b"[]", b"")
    depth = 0
    for mark in brackets if left else b"":
        depth += 1 if mark in b"[{" else -1
        if depth > MAX_DEPTH:
            raise InvalidBody("too_deep", f"Nội dung gửi lên lồng nhau quá {MAX_DEPTH} tầng.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            shown = name if len(name) <= _SHOWN and not _wrong(name) and name.isprintable() else ascii(name)[:_SHOWN]
            raise InvalidBody("name_twice", f"Mục “{shown}” xuất hiện hai lần trong cùng một đối tượng.")
        seen.add(name)
    return found


def _not_finite(said: str) -> Any:
    raise InvalidBody("number_not_finite", f"“{said}” không phải là số hữu hạn.")


def _too_long(said: str) -> InvalidBody:
    return InvalidBody(
        "number_too_long", f"Số “{said[:_SHOWN]}{'…' if len(said) > _SHOWN else ''}” dài hơn mức có thể giữ chính xác."
    )


def _int(said: str) -> int:
    if len(said) > MAX_DIGITS:
        raise _too_long(said)
    return int(said)


def _float(said: str) -> float:
    """The number, where it is kept as it was written: a score is never rounded in silence."""
    if len(said) > MAX_DIGITS:
        raise _too_long(said)
    number = float(said)
    if not isfinite(number):
        _not_finite(said)
    try:
        kept = Decimal(repr(number)) == Decimal(said)
    except ArithmeticError:
        kept = False
    if not kept:
        raise _too_long(said)
    return number


@dataclass
class Rate:
    """A bucket of tokens an agency, in this process: ``burst`` at once, then ``per_minute`` evenly.

    ``buckets`` holds, by agency, how much is left and when that was; agencies are as many as have keys.
    """

    per_minute: float
    burst: int
    buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, agency: str, now: float) -> int | None:
        """Take one token at a monotonic instant; where there is none, the whole seconds until there is."""
        left, at = self.buckets.get(agency, (float(self.burst), now))
        left = min(float(self.burst), left + max(0.0, now - at) * self.per_minute / 60)
        if left >= 1:
            self.buckets[agency] = (left - 1, now)
            return None
        self.buckets[agency] = (left, now)
        return max(1, ceil((1 - left) * 60 / self.per_minute))
