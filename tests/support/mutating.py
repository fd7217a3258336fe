"""Invalid request bodies: valid ones with seeded random defects of many kinds."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Path = tuple[str | int, ...]

HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 0.1, -0.0, 1e308, 5e-324, 10**39, -(10**18), 2**63, 2**31, 87.1234567),
    *("", " ", "336", "0", "NaN", "Infinity", "1e999999", "1e-999999", "-1", "٣", "１２", "0x10", "1_000", "87,5"),
    *("9" * 30, "9" * 5000, "2023-11-30", "2023-02-30", "0000-00-00", "9999-12-31", "2023-11-30T00:00:00Z", "2023-Q9"),
    *("\u202e46/BC", "a\u0000b", "a\u200bb", "\ufffd", "\U0001f600", "e\u0323\u0302", "\u0323" * 60, "Đề án 06" * 400),
    *(
        "../../etc/passwd",
        "$where",
        "$ne",
        "a.b",
        "'; DROP TABLE reports; --",
        "=cmd|' /C calc'!A1",
        "<script>",
        "{{7*7}}",
    ),
    *([], [[]], {}, {"$ne": None}, {"": ""}, [None], ["336"], {"unit": "336"}, [{}] * 50, "trach-nhiem-ky-cuong-2024"),
    *("OB01", "OB13", "OB99", "score", "tasks", "listed", "document", "nghi-van", "so", "xa", "tinh-thai-binh"),
)


def paths(value: Any, at: Path = ()) -> list[Path]:
    """The path of every value inside another."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for name, child in inner for path in paths(child, (*at, name)))]


def mutated(body: dict[str, Any], random: Random) -> bytes:
    """The bytes of the body with one to three defects. Occasionally the body is still valid."""
    value: Any = copy.deepcopy(body)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        value = random.choice(_CHANGES)(value, random)
    text = json.dumps(value, ensure_ascii=random.random() < 0.5)
    raw = text.encode(errors="replace")
    return random.choice(_DAMAGES)(raw, random) if random.random() < 0.3 else raw


def _at(value: Any, path: Path, change: Callable[[Any, str | int], None]) -> Any:
    if not path:
        return value
    inside = value
    for name in path[:-1]:
        inside = inside[name]
    change(inside, path[-1])
    return value


def _some(value: Any, random: Random) -> Path:
    places = paths(value)[1:]
    return random.choice(places) if places else ()


def _drop(value: Any, random: Random) -> Any:
    return _at(value, _some(value, random), lambda inside, name: inside.__delitem__(name))


def _replace(value: Any, random: Random) -> Any:
    return _at(value, _some(value, random), lambda inside, name: inside.__setitem__(name, random.choice(HOSTILE)))


def _add(value: Any, random: Random) -> Any:
    places = [path for path in paths(value) if isinstance(_get(value, path), dict)]
    if places:
        name = random.choice(
            ("note", "extra", "reported_by", "version", "received_at", "a/b", "x\u202e", "", "_id", "$set")
        )
        _get(value, random.choice(places))[name] = random.choice(HOSTILE)
    return value


def _rename(value: Any, random: Random) -> Any:
    def change(inside: Any, name: str | int) -> None:
        if isinstance(inside, dict):
            inside[random.choice((str(name).upper(), f"{name} ", f"{name}\u0301", "rows", "unit"))] = inside.pop(name)

    return _at(value, _some(value, random), change)


def _repeat(value: Any, random: Random) -> Any:
    def change(inside: Any, name: str | int) -> None:
        child = inside[name]
        inside[name] = (
            child * random.choice((2, 50, 2001)) if isinstance(child, list | str) and len(child) < 40 else [child]
        )

    return _at(value, _some(value, random), change)


def _deepen(value: Any, random: Random) -> Any:
    def change(inside: Any, name: str | int) -> None:
        for _ in range(random.choice((1, 5, 30, 60, 300))):
            inside[name] = [inside[name]] if random.random() < 0.5 else {"rows": inside[name]}

    return _at(value, _some(value, random), change)


def _swap(value: Any, random: Random) -> Any:
    one, other = _some(value, random), _some(value, random)
    if one and other and one[: len(other)] != other and other[: len(one)] != one:
        copied = copy.deepcopy(_get(value, other))
        _at(value, one, lambda inside, name: inside.__setitem__(name, copied))
    return value


def _get(value: Any, path: Path) -> Any:
    for name in path:
        value = value[name]
    return value


def _flip(raw: bytes, random: Random) -> bytes:
    damaged = bytearray(raw)
    for _ in range(random.choice((1, 3, 20))):
        damaged[random.randrange(len(damaged))] = random.randrange(256)
    return bytes(damaged)


def _cut(raw: bytes, random: Random) -> bytes:
    return raw[: random.randrange(len(raw))]


def _insert(raw: bytes, random: Random) -> bytes:
    noise = random.choice(
        (b"\x00", b"\xff", b"{", b"}", b",", b'"', b"NaN", b"1e999", b"[" * 5000, b'"\\ud800"', b"//")
    )
    place = random.randrange(len(raw) + 1)
    return raw[:place] + noise + raw[place:]


def _twice(raw: bytes, random: Random) -> bytes:
    """A duplicate field at the end or at the beginning of the body."""
    field = random.choice((b'"kind": "score"', b'"rows": []', b'"movement": "x"', b'"as_of": null'))
    return b"{" + field + b", " + raw[1:] if random.random() < 0.5 else raw[:-1] + b", " + field + b"}"


def _number(raw: bytes, random: Random) -> bytes:
    """A number that JSON libraries may or may not accept."""
    number = random.choice(
        (b"NaN", b"-Infinity", b"1e400", b"9" * 60, b"0." + b"3" * 60, b"1e-400", b"01", b"+1", b"1.")
    )
    digits = [position for position, byte in enumerate(raw) if 48 <= byte <= 57]
    place = random.choice(digits or [0])
    return raw[:place] + number + raw[place + 1 :]


def _large(raw: bytes, random: Random) -> bytes:
    return raw[:-1] + b', "note": "' + b"x" * random.choice((2001, 70_000, 300_000)) + b'"}'


_CHANGES: Sequence[Callable[[Any, Random], Any]] = (_drop, _replace, _replace, _add, _rename, _repeat, _deepen, _swap)
_DAMAGES: Sequence[Callable[[bytes, Random], bytes]] = (_flip, _cut, _insert, _twice, _number, _large)
