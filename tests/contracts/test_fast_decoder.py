"""The fast decoder of results decodes as the contract does, and leaves every unusual record to the contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts import fast_models
from shared.contracts.fast_decoder import decode, from_contract
from shared.contracts.intake import ResultsReported
from shared.contracts.model import PAGE_SIZE, Kind
from shared.contracts.topics import RESULTS, UnreadableRecord
from tests.contracts.golden import Example, folder
from tests.contracts.result_examples import EXAMPLES, changed, compact, example_of, is_decoded_fast, without
from tests.support.figures import as_decoded, differences
from tests.support.results_events import ROWS, events

pytestmark = pytest.mark.thorough

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=str)
without_deadline = settings(deadline=None)


def assert_unreadable(value: bytes) -> None:
    """Assert that the fast decoder leaves a record to the contract, and that it is unreadable."""
    assert decode(value) is None
    with pytest.raises(UnreadableRecord):
        RESULTS.parse(value)


@every_example
def test_every_example_is_decoded_fast_and_as_by_the_contract(example: Example) -> None:
    """Enterprises on a list (A47) are the exception: no figure follows from them, and the contract reads them."""
    has_enterprises = "enterprises" in json.loads(example.value)["data"]
    assert is_decoded_fast(example.value) is not has_enterprises


def test_the_enterprises_on_a_list_are_dropped_and_the_rest_is_read() -> None:
    value = (folder(RESULTS) / "results.reported-enterprises.json").read_bytes()
    event = ResultsReported.model_validate_json(value)
    assert event.data.enterprises
    assert differences(event, RESULTS.parse(value)) == []


@without_deadline
@given(events())
def test_every_valid_event_is_decoded_fast_and_exactly_as_by_the_contract(event: ResultsReported) -> None:
    """The events are of every kind, with withdrawals and with unusual texts, numbers and offsets."""
    value = event.encode()
    assert is_decoded_fast(value)
    assert differences(event, as_decoded(event)) == []
    assert differences(event, from_contract(event)) == []


ROW = ("data", "rows", 0)
INVALID: dict[str, tuple[Kind, Any, tuple[str | int, ...]]] = {
    "a negative score": (Kind.SCORE, "-1", (*ROW, "score")),
    "a score of seven decimals": (Kind.SCORE, "1.1234567", (*ROW, "score")),
    "a score of seven digits": (Kind.SCORE, "1234567", (*ROW, "score")),
    "a score that is not a number": (Kind.SCORE, "NaN", (*ROW, "score")),
    "an infinite score": (Kind.SCORE, "Infinity", (*ROW, "score")),
    "a score that is null": (Kind.SCORE, None, (*ROW, "score")),
    "a rank of zero": (Kind.SCORE, 0, (*ROW, "declared_rank")),
    "a code with capitals": (Kind.SCORE, "SO-A", (*ROW, "unit")),
    "a code with a line feed": (Kind.SCORE, "so-a\n", (*ROW, "unit")),
    "more done than was due": (Kind.TASKS, 1_000_000, (*ROW, "done_on_time")),
    "more cancelled than was due": (Kind.TASKS, 1_000_000, (*ROW, "cancelled")),
    "a negative count": (Kind.TASKS, -1, (*ROW, "due")),
    "a count above the limit": (Kind.DISCIPLINE, 1_000_001, (*ROW, "violations")),
    "a count with a fraction": (Kind.DISCIPLINE, 1.5, (*ROW, "violations")),
    "a count beyond 64 bits": (Kind.DISCIPLINE, 10**400, (*ROW, "violations")),
    "closed before it was opened": (Kind.INSPECTION, "1999-01-01", (*ROW, "closed")),
    "a case without a number": (Kind.INSPECTION, "", (*ROW, "case")),
    "a case about nothing but blanks": (Kind.INSPECTION, " \n", (*ROW, "about")),
    "an opening on a day that does not exist": (Kind.INSPECTION, "2023-02-29", (*ROW, "opened")),
    "a movement with a blank": (Kind.SCORE, "a b", ("data", "movement")),
    "a field that is no code": (Kind.SCORE, "Đề án", ("data", "field")),
    "a report with a line feed": (Kind.SCORE, "46/BC\n", ("data", "report")),
    "a report without a number": (Kind.SCORE, "", ("data", "report")),
    "an empty reporter": (Kind.SCORE, "", ("data", "reported_by")),
    "an obligation with a slash": (Kind.SCORE, "OB/06", ("data", "obligation")),
    "an unknown tier": (Kind.SCORE, "tinh", ("data", "tier")),
    "an unknown kind": (Kind.SCORE, "figures", ("data", "kind")),
    "an instant without an offset": (Kind.SCORE, "2023-12-01T00:00:00", ("data", "received_at")),
    "an instant that does not exist": (Kind.SCORE, "2023-12-01T24:00:00Z", ("time",)),
    "an id with a blank": (Kind.SCORE, "a b", ("id",)),
    "an id that is too long": (Kind.SCORE, "a" * 128, ("id",)),
    "another version of CloudEvents": (Kind.SCORE, "1.1", ("specversion",)),
    "another event type": (Kind.SCORE, "report.submitted", ("type",)),
    "too many rows": (Kind.SCORE, [{"unit": f"u{n}", "score": "1"} for n in range(PAGE_SIZE + 1)], ("data", "rows")),
    "too many withdrawn": (Kind.SCORE, [{"unit": f"u{n}"} for n in range(PAGE_SIZE + 1)], ("data", "withdrawn")),
    "an invalid withdrawn unit": (Kind.SCORE, [{"unit": "A"}], ("data", "withdrawn")),
    "a withdrawn case without a number": (Kind.SCORE, [{"unit": "a", "case": ""}], ("data", "withdrawn")),
    "a replacement without its fields": (Kind.SCORE, {}, ("data", "instead")),
}


@pytest.mark.parametrize("invalid", INVALID.values(), ids=INVALID)
def test_an_invalid_value_makes_a_record_unreadable(invalid: tuple[Kind, Any, tuple[str | int, ...]]) -> None:
    """This also holds in the compact form that intake writes, whose valid record is decoded fast."""
    kind, value, path = invalid
    event = changed(example_of(kind), value, *path)
    assert_unreadable(json.dumps(event).encode())
    assert is_decoded_fast(compact(example_of(kind)))
    assert_unreadable(compact(event))


@pytest.mark.parametrize("blank", ["", " ", "\n", "\u00a0", "\u3000", "\u0085"])
def test_a_withdrawal_without_a_reason_is_unreadable(blank: str) -> None:
    (event,) = (json.loads(e.value) for e in EXAMPLES if e.path.stem.endswith("-withdrawn"))
    assert_unreadable(json.dumps(changed(event, blank, "data", "instead", "reason")).encode())


def test_a_violation_found_in_a_case_that_is_still_open_is_unreadable() -> None:
    row = {"unit": "so-a", "case": "1/QĐ", "signs_of_violation": True, "opened": "2023-10-01", "violation_found": True}
    event = changed(example_of(Kind.INSPECTION), [row], "data", "rows")
    assert_unreadable(json.dumps(event).encode())
    assert_unreadable(compact(event))


@pytest.mark.parametrize("field", ["unit", "score"])
def test_a_row_without_a_required_field_is_unreadable(field: str) -> None:
    assert_unreadable(json.dumps(without(example_of(Kind.SCORE), *ROW, field)).encode())


@pytest.mark.parametrize("field", ["plan", "kind", "field", "as_of", "rows", "received_at"])
def test_an_event_without_a_required_field_is_unreadable(field: str) -> None:
    assert_unreadable(json.dumps(without(example_of(Kind.SCORE), "data", field)).encode())


def _with_receipt(text: bytes) -> bytes:
    """The example with these bytes as the text of its receipt."""
    event = example_of(Kind.SCORE)
    return json.dumps(event).encode().replace(json.dumps(event["data"]["receipt"]).encode(), b'"' + text + b'"')


def _with_unknown_field(value: bytes) -> bytes:
    """The example with an unknown field of this JSON value."""
    return b'{"unknown":' + value + b"," + json.dumps(example_of(Kind.SCORE)).encode()[1:]


INVALID_JSON: dict[str, bytes] = {
    "no UTF-8": _with_receipt(b"\xff"),
    "half a surrogate": _with_receipt(b"\\ud800"),
    "surrogates in the wrong order": _with_receipt(b"\\udc00\\ud800"),
    "a surrogate as bytes": _with_receipt(b"\xed\xa0\x80"),
    "a line feed in a text": _with_receipt(b"a\nb"),
    "an unknown escape": _with_receipt(b"\\q"),
    "no UTF-8 in an unknown field": _with_unknown_field(b'"\xff"'),
    "half a surrogate in an unknown field": _with_unknown_field(b'"\\ud800"'),
    "an invalid number in an unknown field": _with_unknown_field(b"01"),
    "deep nesting in an unknown field": _with_unknown_field(b"[" * 300 + b"]" * 300),
    "very deep nesting in an unknown field": _with_unknown_field(b"[" * 200_000 + b"]" * 200_000),
    "a very long number in an unknown field": _with_unknown_field(b"9" * 5000),
    "a very long number": json.dumps(example_of(Kind.SCORE)).encode().replace(b'"page": ', b'"page": ' + b"9" * 5000),
    "data after the end": json.dumps(example_of(Kind.SCORE)).encode() + b"{}",
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps(example_of(Kind.SCORE)).encode(),
    "very deep nesting before the kind": b'{"data":{"rows":' + b"[" * 200_000,
    "an empty object": b"{}",
}


@pytest.mark.parametrize("value", INVALID_JSON.values(), ids=INVALID_JSON)
def test_invalid_json_anywhere_in_a_record_makes_it_unreadable(value: bytes) -> None:
    """This includes fields that neither the fast decoder nor the contract uses."""
    assert_unreadable(value)


SCORES = [90, 90.5, 90.123456, "1e2", "+9", " 9.50 ", "9.", ".5", "1_000", "090.50", "-0", "00.000000"]


@pytest.mark.parametrize("score", SCORES, ids=repr)
def test_a_score_in_another_form_than_that_of_intake_is_left_to_the_contract_and_is_equal(score: object) -> None:
    """An example is a JSON number, which a producer other than intake might write."""
    value = json.dumps(changed(example_of(Kind.SCORE), score, *ROW, "score")).encode()
    assert decode(value) is None
    event = RESULTS.parse(value)
    assert isinstance(event, fast_models.ResultsReported)
    assert differences(RESULTS.by_contract(value), event) == []
    row = event.data.rows[0]
    assert isinstance(row, fast_models.ScoreRow)
    assert row.score == Decimal(str(score).replace("_", ""))


OTHER_FORMS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "a number as a text": lambda event: changed(event, str(event["data"]["version"]), "data", "version"),
    "a number with a point": lambda event: changed(event, 3.0, "data", "version"),
    "a boolean as a text": lambda event: changed(event, "true", "data", "final"),
    "an instant as a number": lambda event: changed(event, 1_700_000_000, "data", "received_at"),
    "a day as an instant": lambda event: changed(event, "2023-11-30T00:00:00", "data", "as_of"),
    "no type, which has a default": lambda event: without(event, "type"),
    "a field of a newer release": lambda event: changed(event, {"a": [1]}, "data", "plan", "since"),
    "a field of a row of a newer release": lambda event: changed(event, 1, *ROW, "since"),
}


@pytest.mark.parametrize("form", OTHER_FORMS.values(), ids=OTHER_FORMS)
def test_a_value_in_another_form_that_the_contract_accepts_is_left_to_the_contract(
    form: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    value = json.dumps(form(example_of(Kind.SCORE))).encode()
    assert decode(value) is None
    event = RESULTS.parse(value)
    assert isinstance(event, fast_models.ResultsReported)
    assert differences(RESULTS.by_contract(value), event) == []


MIXED = [(kind, other) for kind in ROWS for other in ROWS if kind is not other]


@pytest.mark.parametrize(("kind", "other"), MIXED, ids=lambda kind: kind.value)
def test_rows_of_another_kind_than_that_of_the_event_are_unreadable(kind: Kind, other: Kind) -> None:
    """The contract alone accepts them, because it validates each row by itself."""
    event = changed(example_of(kind), example_of(other)["data"]["rows"], "data", "rows")
    with pytest.raises(UnreadableRecord, match=f"not those of a report of kind {kind.value}"):
        RESULTS.parse(json.dumps(event).encode())


def test_a_row_that_could_be_of_two_kinds_is_left_to_the_contract() -> None:
    """An example is a score with the fields of a list: the contract chooses the kind of which it has more fields."""
    for other_fields in ({"due": 3, "done_on_time": 1}, {"listed": True, "note": "x", "declared_rank": None}):
        row = {"unit": "so-a", "score": "5", **other_fields}
        value = json.dumps(changed(example_of(Kind.SCORE), row, *ROW)).encode()
        assert decode(value) is None
        try:
            event = RESULTS.parse(value)
        except UnreadableRecord:
            continue
        assert differences(RESULTS.by_contract(value), event) == []


@pytest.mark.parametrize("text", ["00.1234567", "59.9999999", "59.00000049"])
def test_an_instant_finer_than_a_microsecond_is_the_same_to_the_microsecond(text: str) -> None:
    """It is rounded while the contract truncates it, their only difference. No producer writes such an instant."""
    value = json.dumps(changed(example_of(Kind.SCORE), f"2023-12-01T00:00:{text}Z", "data", "received_at")).encode()
    fast, by_contract = decode(value), RESULTS.by_contract(value)
    assert fast is not None
    assert isinstance(by_contract, ResultsReported)
    assert abs(fast.data.received_at - by_contract.data.received_at) <= timedelta(microseconds=1)


def paths(value: Any, prefix: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every value inside another."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, inner in items for path in ((*prefix, key), *paths(inner, (*prefix, key)))]


_UNUSUAL_VALUES: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 2**70, 1_000_000, 1_000_001, 0.5, 1.0, 1e300, [], {}, [[]]),
    *("", " ", "a", "A", "0", "1", "-1", "1.5", "true", "null", "NaN", "2023-12-01", "2023-12-01T00:00:00Z", "so"),
    *("2023-12-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00", "2023-12-01 00:00:00z", "\x00", "\x1c", "ằ" * 127),
    *("score", "tasks", "listed", "document", "OB06", "90.50", "1e5", "x" * 63, "x" * 64, "x" * 2001, {"unit": "a"}),
)
UNUSUAL_VALUES = st.sampled_from(_UNUSUAL_VALUES)


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_the_fast_decoder_decodes_no_altered_record_that_the_contract_refuses(data: st.DataObject) -> None:
    """Fields are removed or replaced; bytes are changed, removed and inserted."""
    event = json.loads(RESULTS.by_contract(data.draw(st.sampled_from(EXAMPLES)).value).encode())
    for _ in range(data.draw(st.integers(0, 3))):
        path = data.draw(st.sampled_from(paths(event)))
        if data.draw(st.integers(0, 3)) == 0:
            event = without(event, *path)
        else:
            event = changed(event, data.draw(UNUSUAL_VALUES), *path)
        if not paths(event):
            return
    form: dict[str, Any] = {"separators": (",", ":")} if data.draw(st.booleans()) else {}
    value = json.dumps(event, ensure_ascii=data.draw(st.booleans()), **form).encode()
    is_decoded_fast(value)  # asserts that both decoders agree
    damaged = bytearray(value)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    is_decoded_fast(bytes(damaged))
    try:
        event = RESULTS.parse(bytes(damaged))
    except UnreadableRecord:
        return
    assert isinstance(event, fast_models.ResultsReported)
    assert differences(RESULTS.by_contract(bytes(damaged)), event) == []
