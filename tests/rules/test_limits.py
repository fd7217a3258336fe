"""What intake accepts at all: syntax, size, numbers, characters and request rate, without I/O."""

from __future__ import annotations

import json
import time
import unicodedata
from contextlib import nullcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.intake.access.rates import RateLimiter
from services.intake.reports import parsing
from shared.contracts.json_values import JsonValue
from shared.runtime.http import fast_text_check, strict_json
from shared.runtime.http.strict_json import (
    BODY_LIMIT_BYTES,
    MAX_DEPTH,
    InvalidBody,
    character_problems,
    flaws,
    parse_json,
    tidied,
    tidied_object,
)
from tests.support.reports import body, score

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    # A lone surrogate (Cs) is not text.
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner, max_size=4),
    max_leaves=20,
)


def nested(depth: int) -> bytes:
    """An object with nested lists, ``depth`` levels in all."""
    return b'{"a": ' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not_json"),
        (b"[]", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b'{"a": "\\ud800"}', "not_json"),
        (b'{"a": "a\nb"}', "not_json"),
        (b'{"a": "' + b"x" * BODY_LIMIT_BYTES + b'"}', "too_large"),
        (b'{"a": 1, "a": 1}', "name_twice"),
        (b'{"rows": [{"unit": "336", "unit": "340"}]}', "name_twice"),
        (nested(MAX_DEPTH + 1), "too_deep"),
        (b'{"a":' * 50_000, "too_deep"),
        (b'{"a": NaN}', "number_not_finite"),
        (b'{"a": -Infinity}', "number_not_finite"),
        (b'{"a": 1e999}', "number_not_finite"),
        (b'{"a": ' + b"9" * 41 + b"}", "number_too_long"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "number_too_long"),
        (b'{"a": 0e99999999999999999999}', "number_too_long"),
        (b'{"a": 0.' + b"1" * 41 + b"}", "number_too_long"),
        (b'{"a": 87.500000000000000001}', "number_too_long"),
    ],
)
def test_a_body_that_cannot_be_parsed_unambiguously_is_refused(raw: bytes, code: str) -> None:
    """The refusal has a code and a sentence."""
    with pytest.raises(InvalidBody) as refused:
        parse_json(raw)
    assert refused.value.code == code
    assert str(refused.value).endswith(".")
    str(refused.value).encode()


def test_bodies_at_the_limits_are_accepted() -> None:
    """The deepest, longest and largest body; brackets within a text are not depth."""
    assert parse_json(nested(MAX_DEPTH))
    assert parse_json(b'{"a": ' + b"9" * 40 + b"}") == {"a": int("9" * 40)}
    text = "[{" * 100 + '"' + "\\"
    assert parse_json(json.dumps({"a": text}).encode()) == {"a": text}
    frame = len(b'{"a": ""}')
    assert parse_json(b'{"a": "' + b"x" * (BODY_LIMIT_BYTES - frame) + b'"}')
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": "' + b'\\"' * 130_000,
        b'"' * BODY_LIMIT_BYTES,
        b"[]" * (BODY_LIMIT_BYTES // 2),
        b'{"a": [' + b"{}," * 80_000 + b"{}]}",
        b'{"a": "' + "\u1ec7".encode() * 80_000 + b'"}',
        b'{"a": "' + b"e\xcc\xa3\xcc\x82" * 50_000 + b'"}',
        b'{"a": "' + b"\xcc\xa3\xcc\x82" * 60_000 + b'"}',
    ],
)
def test_the_worst_body_takes_well_under_a_second(raw: bytes) -> None:
    """Parsing takes linear time, whatever the content."""
    started = time.perf_counter()
    try:
        list(character_problems(parse_json(raw)))
    except InvalidBody:
        pass
    assert time.perf_counter() - started < 1


@given(JSON)
def test_json_is_parsed_as_by_the_standard_library(value: JsonValue) -> None:
    """Within the limits only the tidying of texts differs."""
    sent = json.dumps({"a": value})
    assert parse_json(sent.encode()) == {"a": tidied(value)}


@given(st.binary(max_size=200) | st.text('{}[]",:\\ 019eE-.natrufls').map(str.encode))
def test_no_bytes_cause_an_unexpected_error(raw: bytes) -> None:
    """They are parsed to an object or refused."""
    try:
        value: object = parse_json(raw)
    except InvalidBody:
        return
    assert isinstance(value, dict)


@given(st.text('{}[]",\\\\ a', max_size=120).map(str.encode))
def test_depth_counts_only_brackets_outside_texts(raw: bytes) -> None:
    """The expected depth is counted character by character, for any bytes."""
    depth, deepest, quoted, skip = 0, 0, False, False
    for character in raw.decode():
        if skip or (character == "\\" and quoted):
            skip = not skip
        elif character == '"':
            quoted = not quoted
        elif not quoted:
            depth += (character in "[{") - (character in "]}")
            deepest = max(deepest, depth)
    with pytest.raises(InvalidBody) if deepest > MAX_DEPTH else nullcontext():
        strict_json._check_depth(strict_json._outside_texts(raw, strict_json._split_at_quotes(raw)))


def test_differently_typed_texts_are_equal_after_tidying() -> None:
    """Composition and surrounding blanks do not matter, so the report has the same digest."""
    composed, decomposed = "Hòa Bình", unicodedata.normalize("NFD", "Hòa Bình")
    assert composed != decomposed
    assert tidied({"a": [f"\u00a0 {decomposed}\r\n"]}) == {"a": [composed]} == tidied({"a": [composed]})


@given(JSON)
def test_tidying_twice_changes_nothing(value: JsonValue) -> None:
    """So HTTP and the inbox topic give a report the same digest."""
    assert tidied(tidied(value)) == tidied(value)


@given(JSON)
def test_a_body_that_passes_the_fast_check_has_no_forbidden_character(value: JsonValue) -> None:
    """The check character by character finds nothing in it."""
    assert not fast_text_check.is_plain(json.dumps(value, ensure_ascii=False)) or not list(character_problems(value))


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        ("46/BC\u202e", "bidi_character", "U+202E"),
        ("\u2066x", "bidi_character", "U+2066"),
        ("a\x00b", "control_character", "U+0000"),
        ("\x1f", "control_character", "U+001F"),
        ("a\x85", "control_character", "U+0085"),
        ("a\u200bb", "invisible_character", "U+200B"),
        ("\ufeffa", "invisible_character", "U+FEFF"),
        ("a" + "\u0323\u0302" * 16, "too_many_marks", "U+0323"),
    ],
)
def test_an_invisible_character_is_reported_not_dropped(text: str, code: str, value: str) -> None:
    """The problem has its pointer and code point but does not repeat the text."""
    sent = body("OB06", [score("336", note=text)])
    problems = parsing.parse_report(tidied_object(sent))
    assert isinstance(problems, list)
    (problem,) = problems
    assert (problem.code, problem.pointer, problem.value) == (code, "/rows/0/note", value)
    assert text not in problem.detail


def test_a_field_name_with_such_a_character_is_reported_by_the_pointer_of_its_parent() -> None:
    """The name itself is not repeated."""
    (problem,) = character_problems({"a/b": [{"x\u202e": 1}]})
    assert (problem.code, problem.pointer) == ("bidi_character", "/a~1b/0")


def test_vietnamese_in_several_lines_is_accepted() -> None:
    """Line breaks and tabs are ordinary text."""
    assert list(character_problems({"note": "Đã kiểm tra:\n\t- Sở Nội vụ;\r\n\t- Hội Nông dân – “đạt”."})) == []


def test_unknown_fields_are_named_by_escaped_pointers() -> None:
    """RFC 6901: a slash in a name is ``~1``."""
    problems = parsing.parse_report(body("OB06", [{**score("336"), "a/b~c": 1}], điểm=1))
    assert isinstance(problems, list)
    assert {problem.pointer for problem in problems} == {"/rows/0/a~1b~0c", "/điểm"}


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ('{"id": "1", "data": {}}', []),
        ('{"id": "1", "data": {"a": 1, "a": 2}}', ["name_twice"]),
        ('{"id": "1", "data": {"a": Infinity}}', ["number_not_finite"]),
        (f'{{"id": "1", "data": {{"a": "{"x" * BODY_LIMIT_BYTES}"}}}}', ["too_large"]),
    ],
)
def test_the_inbox_has_the_same_limits_as_http(value: str, codes: list[str]) -> None:
    """Both use the same parser."""
    assert [flaw.code for flaw in flaws("1", value.encode())] == codes


def test_a_reports_own_id_has_no_invisible_character() -> None:
    """It is printed in lists that people read."""
    assert [(flaw.code, flaw.pointer) for flaw in flaws("1/BC\u202e", b"{}")] == [("bidi_character", "/id")]


def test_an_agency_may_send_a_burst_and_then_gets_a_time_to_wait() -> None:
    """It may send two at once, then one per second; another agency is not affected."""
    rate = RateLimiter(per_minute=60, burst=2)
    assert [rate.take("a", 100.0) for _ in range(3)] == [None, None, 1]
    assert rate.take("b", 100.0) is None
    assert rate.take("a", 100.5) == 1
    assert rate.take("a", 101.0) is None
    assert [rate.take("a", 500.0) for _ in range(3)] == [None, None, 1]


@given(st.floats(0.01, 6000), st.integers(1, 50), st.lists(st.floats(0, 100), max_size=100))
@example(0.01171875, 1, [0.0, 1.7290736373192317, 0.0])
def test_a_request_after_the_given_wait_is_accepted(per_minute: float, burst: int, pauses: list[float]) -> None:
    """No agency gets more than the burst plus the rate over time."""
    rate, now, accepted = RateLimiter(per_minute, burst), 0.0, 0
    for pause in pauses:
        now += pause
        wait = rate.take("a", now)
        accepted += wait is None
        if wait is not None:
            now += wait
            assert rate.take("a", now) is None
            accepted += 1
    assert accepted <= burst + now * per_minute / 60 + 1e-6


@pytest.mark.parametrize("rank", [2**63, "9" * 19, 1_000_001, 0])
def test_a_declared_rank_has_a_plausible_value(rank: object) -> None:
    """The database stores 64-bit integers; a larger one would stop scoring for ever."""
    problems = parsing.parse_report(body("OB06", [{**score("336"), "declared_rank": rank}]))
    assert isinstance(problems, list)
    assert [problem.pointer for problem in problems] == ["/rows/0/declared_rank"]
