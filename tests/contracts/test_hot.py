"""The fast reader of figures reads as the contract does, and leaves to the contract whatever is not plainly right."""

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
from tests.contracts.golden import Example
from tests.contracts.spoiling import EXAMPLES, changed, compact, example_of, taken, without
from tests.support.figures import as_heard, differences
from tests.support.results_events import ROWS, events

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=str)
quickly = settings(deadline=None)


def left_to_the_contract_and_refused(value: bytes) -> None:
    """A record that nobody takes, and that is said to be unreadable."""
    assert decode(value) is None
    with pytest.raises(UnreadableRecord):
        RESULTS.parse(value)


@every_example
def test_every_example_is_read_by_the_fast_reader_as_by_the_contract(example: Example) -> None:
    assert taken(example.said)


@quickly
@given(events())
def test_what_may_be_said_is_read_exactly_as_by_the_contract_and_without_asking_it(event: ResultsReported) -> None:
    """Of every kind, with taking back, with texts, numbers and offsets nobody uses."""
    value = event.encode()
    assert taken(value)
    assert differences(event, as_heard(event)) == []
    assert differences(event, from_contract(event)) == []


ROW = ("data", "rows", 0)
WRONG: dict[str, tuple[Kind, Any, tuple[str | int, ...]]] = {
    "a negative score": (Kind.SCORE, "-1", (*ROW, "score")),
    "a score of seven decimals": (Kind.SCORE, "1.1234567", (*ROW, "score")),
    "a score of seven digits": (Kind.SCORE, "1234567", (*ROW, "score")),
    "a score that is none": (Kind.SCORE, "NaN", (*ROW, "score")),
    "a score without end": (Kind.SCORE, "Infinity", (*ROW, "score")),
    "a score that is null": (Kind.SCORE, None, (*ROW, "score")),
    "a rank of nought": (Kind.SCORE, 0, (*ROW, "declared_rank")),
    "a code with capitals": (Kind.SCORE, "SO-A", (*ROW, "unit")),
    "a code with its line's end": (Kind.SCORE, "so-a\n", (*ROW, "unit")),
    "more done than was due": (Kind.TASKS, 1_000_000, (*ROW, "done_on_time")),
    "more cancelled than was due": (Kind.TASKS, 1_000_000, (*ROW, "cancelled")),
    "a count below nought": (Kind.TASKS, -1, (*ROW, "due")),
    "a count beyond all": (Kind.DISCIPLINE, 1_000_001, (*ROW, "violations")),
    "a count with a fraction": (Kind.DISCIPLINE, 1.5, (*ROW, "violations")),
    "a count beyond all numbers": (Kind.DISCIPLINE, 10**400, (*ROW, "violations")),
    "closed before it was opened": (Kind.INSPECTION, "1999-01-01", (*ROW, "closed")),
    "a case without a number": (Kind.INSPECTION, "", (*ROW, "case")),
    "a case of blanks about": (Kind.INSPECTION, " \n", (*ROW, "about")),
    "an opening on no day": (Kind.INSPECTION, "2023-02-29", (*ROW, "opened")),
    "a movement with a blank": (Kind.SCORE, "a b", ("data", "movement")),
    "a field that is no code": (Kind.SCORE, "Đề án", ("data", "field")),
    "a report with a line's end": (Kind.SCORE, "46/BC\n", ("data", "report")),
    "a report without a number": (Kind.SCORE, "", ("data", "report")),
    "a reporter that is none": (Kind.SCORE, "", ("data", "reported_by")),
    "an obligation with a slash": (Kind.SCORE, "OB/06", ("data", "obligation")),
    "a tier that is none": (Kind.SCORE, "tinh", ("data", "tier")),
    "a kind that is none": (Kind.SCORE, "figures", ("data", "kind")),
    "an instant without an offset": (Kind.SCORE, "2023-12-01T00:00:00", ("data", "received_at")),
    "an instant that never is": (Kind.SCORE, "2023-12-01T24:00:00Z", ("time",)),
    "an id with a blank": (Kind.SCORE, "a b", ("id",)),
    "an id without end": (Kind.SCORE, "a" * 128, ("id",)),
    "another form of events": (Kind.SCORE, "1.1", ("specversion",)),
    "another event": (Kind.SCORE, "report.submitted", ("type",)),
    "too many rows": (Kind.SCORE, [{"unit": f"u{n}", "score": "1"} for n in range(PAGE_SIZE + 1)], ("data", "rows")),
    "too many taken back": (Kind.SCORE, [{"unit": f"u{n}"} for n in range(PAGE_SIZE + 1)], ("data", "withdrawn")),
    "a unit taken back that is none": (Kind.SCORE, [{"unit": "A"}], ("data", "withdrawn")),
    "a case taken back without a number": (Kind.SCORE, [{"unit": "a", "case": ""}], ("data", "withdrawn")),
    "no word on why": (Kind.SCORE, {}, ("data", "instead")),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_left_to_the_contract_and_refused(wrong: tuple[Kind, Any, tuple[str | int, ...]]) -> None:
    """Also beside figures that are right, in the form intake writes."""
    kind, value, path = wrong
    said = changed(example_of(kind), value, *path)
    left_to_the_contract_and_refused(json.dumps(said).encode())
    assert taken(compact(example_of(kind)))
    left_to_the_contract_and_refused(compact(said))


@pytest.mark.parametrize("blank", ["", " ", "\n", "\u00a0", "\u3000", "\u0085"])
def test_a_taking_back_for_no_reason_is_refused(blank: str) -> None:
    (said,) = (json.loads(each.said) for each in EXAMPLES if each.path.stem.endswith("-withdrawn"))
    left_to_the_contract_and_refused(json.dumps(changed(said, blank, "data", "instead", "reason")).encode())


def test_a_violation_found_in_a_case_that_is_still_open_is_refused() -> None:
    row = {"unit": "so-a", "case": "1/QĐ", "signs_of_violation": True, "opened": "2023-10-01", "violation_found": True}
    said = changed(example_of(Kind.INSPECTION), [row], "data", "rows")
    left_to_the_contract_and_refused(json.dumps(said).encode())
    left_to_the_contract_and_refused(compact(said))


@pytest.mark.parametrize("field", ["unit", "score"])
def test_a_row_without_what_every_row_of_its_kind_has_is_refused(field: str) -> None:
    left_to_the_contract_and_refused(json.dumps(without(example_of(Kind.SCORE), *ROW, field)).encode())


@pytest.mark.parametrize("field", ["plan", "kind", "field", "as_of", "rows", "received_at"])
def test_an_event_without_a_field_every_one_has_is_refused(field: str) -> None:
    left_to_the_contract_and_refused(json.dumps(without(example_of(Kind.SCORE), "data", field)).encode())


def _somewhere(inside: bytes) -> bytes:
    """The example with some bytes as the text of its receipt."""
    said = example_of(Kind.SCORE)
    return json.dumps(said).encode().replace(json.dumps(said["data"]["receipt"]).encode(), b'"' + inside + b'"')


def _besides(value: bytes) -> bytes:
    """The example with a field nobody knows."""
    return b'{"unknown":' + value + b"," + json.dumps(example_of(Kind.SCORE)).encode()[1:]


BROKEN: dict[str, bytes] = {
    "no UTF-8": _somewhere(b"\xff"),
    "half a surrogate": _somewhere(b"\\ud800"),
    "surrogates the wrong way round": _somewhere(b"\\udc00\\ud800"),
    "a surrogate as bytes": _somewhere(b"\xed\xa0\x80"),
    "a line's end in a text": _somewhere(b"a\nb"),
    "an escape that is none": _somewhere(b"\\q"),
    "no UTF-8 where nobody looks": _besides(b'"\xff"'),
    "half a surrogate where nobody looks": _besides(b'"\\ud800"'),
    "no number where nobody looks": _besides(b"01"),
    "a deep nest where nobody looks": _besides(b"[" * 300 + b"]" * 300),
    "a nest without end where nobody looks": _besides(b"[" * 200_000 + b"]" * 200_000),
    "a number without end where nobody looks": _besides(b"9" * 5000),
    "a number without end": json.dumps(example_of(Kind.SCORE)).encode().replace(b'"page": ', b'"page": ' + b"9" * 5000),
    "something after the end": json.dumps(example_of(Kind.SCORE)).encode() + b"{}",
    "a mark before the start": b"\xef\xbb\xbf" + json.dumps(example_of(Kind.SCORE)).encode(),
    "a nest without end before its kind": b'{"data":{"rows":' + b"[" * 200_000,
    "nothing": b"{}",
}


@pytest.mark.parametrize("value", BROKEN.values(), ids=BROKEN)
def test_what_is_no_json_anywhere_in_a_record_is_left_to_the_contract_and_refused(value: bytes) -> None:
    """Also in what neither reads."""
    left_to_the_contract_and_refused(value)


SCORES = [90, 90.5, 90.123456, "1e2", "+9", " 9.50 ", "9.", ".5", "1_000", "090.50", "-0", "00.000000"]


@pytest.mark.parametrize("score", SCORES, ids=repr)
def test_a_score_in_another_form_than_intake_s_is_read_by_the_contract_and_is_the_same_score(score: object) -> None:
    """Such as a number of JSON, which others than intake might write."""
    value = json.dumps(changed(example_of(Kind.SCORE), score, *ROW, "score")).encode()
    assert decode(value) is None
    event = RESULTS.parse(value)
    assert isinstance(event, fast_models.ResultsReported)
    assert differences(RESULTS.by_contract(value), event) == []
    row = event.data.rows[0]
    assert isinstance(row, fast_models.ScoreRow)
    assert row.score == Decimal(str(score).replace("_", ""))


OTHER_FORMS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "a number as a text": lambda said: changed(said, str(said["data"]["version"]), "data", "version"),
    "a number with a point": lambda said: changed(said, 3.0, "data", "version"),
    "a truth as a text": lambda said: changed(said, "true", "data", "final"),
    "an instant as a number": lambda said: changed(said, 1_700_000_000, "data", "received_at"),
    "a day as an instant": lambda said: changed(said, "2023-11-30T00:00:00", "data", "as_of"),
    "no type, where there is but one": lambda said: without(said, "type"),
    "a field from tomorrow": lambda said: changed(said, {"a": [1]}, "data", "plan", "since"),
    "a field of a row from tomorrow": lambda said: changed(said, 1, *ROW, "since"),
}


@pytest.mark.parametrize("form", OTHER_FORMS.values(), ids=OTHER_FORMS)
def test_what_the_contract_takes_in_another_form_is_left_to_it_and_heard(
    form: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    value = json.dumps(form(example_of(Kind.SCORE))).encode()
    assert decode(value) is None
    event = RESULTS.parse(value)
    assert isinstance(event, fast_models.ResultsReported)
    assert differences(RESULTS.by_contract(value), event) == []


MIXED = [(kind, other) for kind in ROWS for other in ROWS if kind is not other]


@pytest.mark.parametrize(("kind", "other"), MIXED, ids=lambda kind: kind.value)
def test_figures_that_are_not_of_the_kind_the_event_says_are_unreadable(kind: Kind, other: Kind) -> None:
    """The contract takes them, for it looks at each row alone; filed under another subject they would be a bug."""
    said = changed(example_of(kind), example_of(other)["data"]["rows"], "data", "rows")
    with pytest.raises(UnreadableRecord, match=f"not those of a report of kind {kind.value}"):
        RESULTS.parse(json.dumps(said).encode())


def test_a_row_that_could_be_of_two_kinds_is_never_read_as_one_of_them() -> None:
    """A score beside the fields of a list: the contract takes it for what it has more fields of."""
    for more in ({"due": 3, "done_on_time": 1}, {"listed": True, "note": "x", "declared_rank": None}):
        said = changed(example_of(Kind.SCORE), {"unit": "so-a", "score": "5", **more}, *ROW)
        value = json.dumps(said).encode()
        assert decode(value) is None
        try:
            event = RESULTS.parse(value)
        except UnreadableRecord:
            continue
        assert differences(RESULTS.by_contract(value), event) == []


@pytest.mark.parametrize("text", ["00.1234567", "59.9999999", "59.00000049"])
def test_an_instant_finer_than_a_microsecond_is_the_same_to_the_microsecond(text: str) -> None:
    """The one thing that is read otherwise: rounded, not cut off. Nobody says such an instant."""
    value = json.dumps(changed(example_of(Kind.SCORE), f"2023-12-01T00:00:{text}Z", "data", "received_at")).encode()
    fast, told = decode(value), RESULTS.by_contract(value)
    assert fast is not None
    assert isinstance(told, ResultsReported)
    assert abs(fast.data.received_at - told.data.received_at) <= timedelta(microseconds=1)


def places(said: Any, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place of a value inside another."""
    inside = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ()
    return [each for key, value in inside for each in ((*way, key), *places(value, (*way, key)))]


_ODD: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 2**70, 1_000_000, 1_000_001, 0.5, 1.0, 1e300, [], {}, [[]]),
    *("", " ", "a", "A", "0", "1", "-1", "1.5", "true", "null", "NaN", "2023-12-01", "2023-12-01T00:00:00Z", "so"),
    *("2023-12-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00", "2023-12-01 00:00:00z", "\x00", "\x1c", "ằ" * 127),
    *("score", "tasks", "listed", "document", "OB06", "90.50", "1e5", "x" * 63, "x" * 64, "x" * 2001, {"unit": "a"}),
)
ODD = st.sampled_from(_ODD)


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_whatever_is_changed_the_fast_reader_takes_nothing_that_the_contract_refuses(
    data: st.DataObject,
) -> None:
    """Fields dropped, said otherwise, said besides; bytes changed, left out and put in."""
    said = json.loads(RESULTS.by_contract(data.draw(st.sampled_from(EXAMPLES)).said).encode())
    for _ in range(data.draw(st.integers(0, 3))):
        where = data.draw(st.sampled_from(places(said)))
        said = without(said, *where) if data.draw(st.integers(0, 3)) == 0 else changed(said, data.draw(ODD), *where)
        if not places(said):
            return
    form: dict[str, Any] = {"separators": (",", ":")} if data.draw(st.booleans()) else {}
    value = json.dumps(said, ensure_ascii=data.draw(st.booleans()), **form).encode()
    taken(value)
    with_a_fault = bytearray(value)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(with_a_fault) - 1))
        with_a_fault[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    taken(bytes(with_a_fault))
    try:
        event = RESULTS.parse(bytes(with_a_fault))
    except UnreadableRecord:
        return
    assert isinstance(event, fast_models.ResultsReported)
    assert differences(RESULTS.by_contract(bytes(with_a_fault)), event) == []
