"""Strict JSON: form, size, depth, numbers and characters of a body, before anything interprets it. Pure.

RFC 8259 leaves open what a repeated name means, how deep a reader goes and how long a number may be. Intake answers
for what was reported, so it refuses all of these. Text is normalised to NFC, so that "Hoà" typed on two machines is
one text.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import isfinite
from typing import NoReturn

from shared.contracts.json_values import JsonObject, JsonValue
from shared.contracts.receipts import Problem
from shared.runtime.http import fast_text_check
from shared.wording.combining_marks import has_stacked_marks

BODY_LIMIT_BYTES = 256 * 1024
"""One report's JSON at most: the default over HTTP, and fixed for inbox topics and for the small forms."""

MAX_DEPTH = 32
MAX_DIGITS = 40

_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""JSON strings, the last perhaps unterminated; linear in the length of the body, whatever it contains."""

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ALLOWED_CONTROLS = "\t\n\r"
_SPACES = " \t\n\r\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MAX_SHOWN = 40


class InvalidBody(ValueError):
    """A body that is refused as a whole. ``code`` is stable; ``str()`` is Vietnamese."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code

    def problem(self) -> Problem:
        """The problem that a receipt names for it."""
        return Problem(
            code=self.code,
            pointer="/",
            value=None,
            expected=f"cần JSON (RFC 8259): mục không lặp, tối đa {MAX_DEPTH} tầng, số tối đa {MAX_DIGITS} chữ số",
            rule="report.submitted v1",
            detail=str(self),
        )


def parse_json(body: bytes | bytearray, *, limit: int = BODY_LIMIT_BYTES) -> JsonObject:
    """The JSON object in at most ``limit`` bytes, its text tidied. Raises ``InvalidBody``.

    Codes: ``too_large``, ``not_json``, ``too_deep``, ``name_twice``, ``number_not_finite``, ``number_too_long``.
    """
    value = _parsed(body, limit)
    if not isinstance(value, dict):
        raise InvalidBody("not_json", "Nội dung gửi lên phải là một đối tượng JSON.")
    return value


def parse_list(body: bytes | bytearray, *, limit: int = BODY_LIMIT_BYTES) -> Sequence[JsonValue]:
    """The JSON array in at most ``limit`` bytes, its text tidied. Raises ``InvalidBody``; see ``parse_json``."""
    value = _parsed(body, limit)
    if not isinstance(value, list):
        raise InvalidBody("not_json", "Nội dung gửi lên phải là một danh sách JSON ([...]).")
    return value


def _parsed(body: bytes | bytearray, limit: int) -> JsonValue:
    if len(body) > limit:
        raise body_too_large(limit)
    raw = bytes(body)
    parts = _split_at_quotes(raw)
    try:
        text = raw.decode("utf-8-sig")
        _check_depth(_outside_texts(raw, parts))
        value = json.loads(
            text,
            object_pairs_hook=_object_of,
            parse_constant=_refuse_constant,
            parse_float=_float,
            parse_int=_int,
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is JSON, but no text
    except InvalidBody:
        raise
    except (ValueError, RecursionError):
        raise InvalidBody("not_json", "Nội dung gửi lên không phải JSON hợp lệ.") from None
    return value if parts and fast_text_check.are_tidy(parts[1::2]) else tidied(value)


def body_too_large(limit: int, advice: str = "") -> InvalidBody:
    """The error for a body of more than ``limit`` bytes."""
    return InvalidBody("too_large", f"Nội dung gửi lên lớn hơn {limit // 1024} KiB{'; ' if advice else ''}{advice}.")


def tidied_object(body: JsonObject) -> dict[str, JsonValue]:
    """The same object with every text in NFC and stripped of surrounding white space; see ``tidied``."""
    return {name: tidied(value) for name, value in body.items()}


def tidied(value: JsonValue) -> JsonValue:
    """The same value with every text in NFC and stripped of surrounding white space; field names stay as they are.

    A text with too many combining marks on a character is not normalised; ``character_problems`` reports it.
    """
    if isinstance(value, str):
        unchanged = value.isascii() or has_stacked_marks(value)
        return stripped(value if unchanged else unicodedata.normalize("NFC", value))
    if isinstance(value, list):
        return [tidied(item) for item in value]
    if isinstance(value, dict):
        return {name: tidied(item) for name, item in value.items()}
    return value


def stripped(text: str) -> str:
    """The text without surrounding white space. ``str.strip`` would silently remove control characters as well."""
    return text.strip(_SPACES)


def character_problems(value: JsonValue, at: str = "") -> Iterator[Problem]:
    """A problem for each text or field name with a character that is invisible or changes the reading direction.

    Codes: ``control_character``, ``bidi_character``, ``invisible_character``, ``too_many_marks``. ``at`` is the JSON
    pointer to the value.
    """
    if isinstance(value, str):
        if forbidden := _forbidden_character(value):
            yield _character_problem(at or "/", *forbidden)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from character_problems(item, f"{at}/{position}")
    elif isinstance(value, dict):
        for name, item in value.items():
            if forbidden := _forbidden_character(name):
                yield _character_problem(at or "/", *forbidden)
            else:
                yield from character_problems(item, f"{at}/{escaped(name)}")


def flaws(report_id: str, raw: bytes) -> list[Problem]:
    """What HTTP would have refused in an inbox topic's record: the form of its JSON, or characters of the report id."""
    try:
        parse_json(raw)
    except InvalidBody as error:
        return [error.problem()]
    return list(character_problems(report_id, "/id"))


def escaped(name: str) -> str:
    """A field's name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _forbidden_character(text: str) -> tuple[str, str] | None:
    """The problem code and the character, for the first one that is forbidden."""
    if text.isascii() and text.isprintable():
        return None
    if has_stacked_marks(text):
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


def _character_problem(pointer: str, code: str, character: str) -> Problem:
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
        expected="cần chữ nhìn thấy được, dấu tab và dấu xuống dòng",
        rule="report.submitted v1",
        detail=f"Có {what} (U+{ord(character):04X}); hãy xóa ký tự đó rồi gửi lại.",
    )


def _split_at_quotes(raw: bytes) -> list[bytes]:
    """The parts outside of texts and the texts, alternating; nothing where a text has an escape."""
    return [] if b"\\" in raw else raw.split(b'"')


def _outside_texts(raw: bytes, parts: Sequence[bytes]) -> bytes:
    return b"".join(parts[::2]) if parts else _TEXTS.sub(b"", raw)


def _check_depth(outside: bytes) -> None:
    """Refuse nesting beyond ``MAX_DEPTH`` before a parser recurses into it; ``outside`` is the body without its texts.

    Raises ``InvalidBody``.
    """
    left = brackets = outside.translate(None, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):  # each pass removes the innermost pairs
        if not left:
            return
        left = left.replace(b"{}", b"").replace(b"[]", b"")
    depth = 0
    for bracket in brackets if left else b"":
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise InvalidBody("too_deep", f"Nội dung gửi lên lồng nhau quá {MAX_DEPTH} tầng.")


def _object_of(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    """The object of name and value pairs. Raises ``InvalidBody`` for a name that is repeated."""
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            is_readable = len(name) <= _MAX_SHOWN and not _forbidden_character(name) and name.isprintable()
            shown = name if is_readable else ascii(name)[:_MAX_SHOWN]
            raise InvalidBody("name_twice", f"Mục “{shown}” xuất hiện hai lần trong cùng một đối tượng.")
        seen.add(name)
    return members


def _refuse_constant(literal: str) -> NoReturn:
    raise InvalidBody("number_not_finite", f"“{literal}” không phải là số hữu hạn.")


def _number_too_long(literal: str) -> InvalidBody:
    shown = f"{literal[:_MAX_SHOWN]}{'…' if len(literal) > _MAX_SHOWN else ''}"
    return InvalidBody("number_too_long", f"Số “{shown}” dài hơn mức có thể giữ chính xác.")


def _int(literal: str) -> int:
    if len(literal) > MAX_DIGITS:
        raise _number_too_long(literal)
    return int(literal)


def _float(literal: str) -> float:
    """The number, if a float holds it exactly as written: a score is never rounded silently."""
    if len(literal) > MAX_DIGITS:
        raise _number_too_long(literal)
    number = float(literal)
    if not isfinite(number):
        _refuse_constant(literal)
    try:
        is_exact = Decimal(repr(number)) == Decimal(literal)
    except ArithmeticError:
        is_exact = False
    if not is_exact:
        raise _number_too_long(literal)
    return number
