"""What all records of a report say alike is read once, and is what each of them says."""

from __future__ import annotations

import json

import pytest

from shared.contracts import hot_reading
from shared.contracts.hot_reading import read
from shared.contracts.model import Kind
from tests.contracts.spoiling import compact, example_of, taken
from tests.support.results_events import ROWS


def as_intake_says_it(kind: Kind = Kind.SCORE) -> bytes:
    """An example in the very form intake writes, of which all but id and rows is read once for a whole report."""
    return compact(example_of(kind))


def put(before: bytes, more: bytes) -> bytes:
    """Intake's record with something more in front of a field."""
    said = as_intake_says_it()
    assert said.count(before) == 1
    return said.replace(before, more + before)


TRICKS: dict[str, bytes] = {
    "a version after the rows": put(b',"withdrawn":', b',"version":9'),
    "no rows after the rows": put(b',"withdrawn":', b',"rows":[]'),
    "rows before the rows": put(b',"rows":', b',"rows":[{"unit":"so-b","score":"1"}]'),
    "rows with a blank before the rows": put(b',"rows":', b',"rows" :[{"unit":"so-b","score":"1"}]'),
    "rows of another kind before the rows": put(b',"rows":', b',"rows" :[{"unit":"so-b","violations":1}]'),
    "another id later": put(b',"type":', b',"id":"another"'),
    "another id later, written otherwise": put(b',"type":', b',"\\u0069d":"another"'),
    "rows inside of what nobody knows": as_intake_says_it().replace(b'"plan":', b'"x":{"a":1,"rows":[]},"plan":'),
    "what nobody knows left open before the rows": put(b',"rows":', b',"x":{"y":1'),
    "a text left open before the rows": put(b',"rows":', b',"period":"x'),
    "a text that ends in an escape before the rows": put(b',"rows":', b',"period":"x\\'),
    "figures after the figures": put(b',"withdrawn":', b'},"data":{"rows":[]'),
    "all taken back after all": put(b',"withdrawn":', b',"undeclared":true'),
    "other rows taken back before": put(b',"rows":', b',"withdrawn":[{"unit":"so-b"}],"undeclared":true'),
    "another kind before the kind": put(b',"kind":', b',"kind":"tasks"'),
    "another kind after the kind": put(b',"field":', b',"kind":"tasks"'),
    "another form of events": put(b',"type":', b',"specversion":"2.0"'),
    "another type later": put(b',"source":', b',"type":"something.else"'),
    "an id with an escape": as_intake_says_it().replace(b'"id":"', b'"id":"\\u0061', 1),
    "an id with a quote": as_intake_says_it().replace(b'"id":"', b'"id":"\\"', 1),
    "an id that is no UTF-8": as_intake_says_it().replace(b'"id":"', b'"id":"\xff', 1),
    "rows that are no list": as_intake_says_it().replace(b'"rows":[', b'"rows":{"a":[', 1),
    "something after the rows": as_intake_says_it().replace(b',"withdrawn":', b'x,"withdrawn":', 1),
}


@pytest.mark.parametrize("first", ["the right one first", "the right one last"])
@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_what_is_read_once_for_a_report_is_what_every_record_of_it_says(trick: bytes, first: str) -> None:
    """Whatever else had the same text before its rows, and whatever stands where it should not."""
    hot_reading._heads.clear()
    right = as_intake_says_it()
    values = [right, trick, right] if first == "the right one first" else [trick, right, trick]
    assert [taken(value) for value in values].count(True) >= len([each for each in values if each is right])
    for value in (trick, right):
        without_rows = value[: value.find(b',"rows":')]
        taken(without_rows + right[right.find(b',"rows":') :])


@pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.value)
def test_records_of_one_report_share_what_they_all_say(kind: Kind) -> None:
    """It is the same object, so what follows from it is worked out once."""
    one = as_intake_says_it(kind)
    said = json.loads(one) | {"id": "another"}
    said["data"]["rows"] = said["data"]["rows"][:1]
    other = compact(said)
    assert taken(one)
    assert taken(other)
    first, second = read(one), read(other)
    assert first is not None
    assert second is not None
    assert (second.id, len(second.data.rows)) == ("another", 1)
    assert first.data.head is second.data.head
