"""Every golden example can be decoded, and nothing of it is lost."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.contracts.generate import type_of
from shared.contracts.intake import Report, ReportSubmitted
from shared.contracts.model import Kind
from shared.contracts.topics import (
    ELIGIBILITY,
    INBOX,
    RECEIPTS,
    RESULTS,
    TOPICS,
    Topic,
    UnknownEventType,
    UnreadableRecord,
)
from tests.contracts.golden import EXAMPLES, FOLDER, Example, examples, folder
from tests.support.figures import content

# The part of an event that people or agencies write; unknown fields are errors there.
STRICT_FIELD = {"report.submitted": "data"}

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=str)
every_inbox_example = pytest.mark.parametrize("example", examples(INBOX), ids=str)
every_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


def test_every_event_of_every_topic_has_an_example_and_no_example_is_an_orphan() -> None:
    """The files mirror the topic table: a folder for each topic, a file name for each event type."""
    files = {(path.parent, path.stem.partition("-")[0]) for path in FOLDER.rglob("*") if path.is_file()}
    assert files == {(folder(topic), type_of(event)) for topic in TOPICS for event in topic.events}
    assert {example.path for example in EXAMPLES} == {path for path in FOLDER.rglob("*") if path.is_file()}


@every_example
def test_an_example_has_the_type_of_its_file_name_and_the_key_of_its_topic(example: Example) -> None:
    """Its subject has the form of the topic's key."""
    event = json.loads(example.value)
    forms = [re.sub("<[^>]+>", "[^/]+", re.escape(form)) for form in example.topic.key.split(", ")]
    assert event["type"] == example.path.stem.partition("-")[0]
    assert any(re.fullmatch(form, event["subject"]) for form in forms)


@every_example
def test_an_example_is_decoded_and_encoded_without_loss(example: Example) -> None:
    """Every field of the file is in the event, and the event survives its own encoding."""
    event = example.topic.by_contract(example.value)
    assert event.model_dump(mode="json", exclude_unset=True) == json.loads(example.value)
    assert example.topic.by_contract(event.encode()) == event
    assert content(example.topic.parse(event.encode())) == content(example.topic.parse(example.value))


@every_inbox_example
def test_a_report_from_an_inbox_keeps_the_published_contract(example: Example) -> None:
    """intake decodes a tolerant form so that it can answer; the contract published to agencies is the strict form."""
    report = ReportSubmitted.model_validate_json(example.value)
    assert report.model_dump(mode="json", exclude_unset=True) == json.loads(example.value)


def test_the_inbox_has_a_report_of_every_kind() -> None:
    """The kinds are score, tasks, discipline, attendance and listed."""
    assert {ReportSubmitted.model_validate_json(example.value).data.kind for example in examples(INBOX)} == set(Kind)


def with_unknown_fields(value: Any, strict: str | None) -> Any:
    """The value as a newer producer would publish it: an unknown field in every object, except under ``strict``."""
    match value:
        case dict():
            fields = {key: v if key == strict else with_unknown_fields(v, strict) for key, v in value.items()}
            return {**fields, "not_known_yet": {"at": 1}}
        case list():
            return [with_unknown_fields(item, strict) for item in value]
    return value


@every_example
def test_an_event_of_a_newer_producer_is_decoded(example: Example) -> None:
    """Unknown fields do not change the meaning of an event."""
    event = json.loads(example.value)
    newer = json.dumps(with_unknown_fields(event, STRICT_FIELD.get(event["type"]))).encode()
    assert content(example.topic.parse(newer)) == content(example.topic.parse(example.value))


@every_inbox_example
def test_a_misspelt_field_of_a_report_is_an_error(example: Example) -> None:
    """intake decodes the record, then finds the field that no report has."""
    event = json.loads(example.value)
    event["data"]["complete_tires"] = ["xa"]
    decoded = INBOX.by_contract(json.dumps(event).encode()).model_dump()
    with pytest.raises(ValidationError, match=r"complete_tires\s+Extra inputs are not permitted"):
        TypeAdapter(Report).validate_python(decoded["data"])


@every_topic
@pytest.mark.parametrize("value", [None, b""])
def test_a_tombstone_is_unreadable(topic: Topic, value: bytes | None) -> None:
    """No producer deletes by key here, so a record without a value is a mistake."""
    with pytest.raises(UnreadableRecord, match="no value"):
        topic.parse(value)


@every_topic
@pytest.mark.parametrize("value", [b"{", b"\xff\xfe", b"<report/>", b"[]", b"null", b'"report"'])
def test_what_is_not_a_json_object_is_unreadable(topic: Topic, value: bytes) -> None:
    """The error is at the root of the record."""
    with pytest.raises(UnreadableRecord, match="first at /: "):
        topic.parse(value)


@every_example
def test_an_unknown_event_type_is_skipped_where_a_newer_service_may_publish_it(example: Example) -> None:
    """In an agency's inbox it is a mistake. Anywhere, a record that is no complete event is a mistake."""
    event = json.loads(example.value) | {"type": "something.else"}
    with pytest.raises(UnreadableRecord) as error:
        example.topic.parse(json.dumps(event).encode())
    assert isinstance(error.value, UnknownEventType) is (example.topic is not INBOX)
    assert "type" in str(error.value) or "something.else" in str(error.value)
    del event["time"]
    with pytest.raises(UnreadableRecord) as error:
        example.topic.parse(json.dumps(event).encode())
    assert not isinstance(error.value, UnknownEventType)


@pytest.mark.parametrize(
    ("topic", "wrong", "position"),
    [
        (RECEIPTS, {"time": "2023-12-04T08:00:00"}, "1 errors, first at /time: "),
        (RECEIPTS, {"data": {"status": "lost"}}, "first at /data/id: Field required"),
        (RESULTS, {"data": []}, "1 errors, first at /data: "),
        (ELIGIBILITY, {"id": "a b"}, "1 errors, first at /[a-z.]*/id: "),
    ],
    ids=["an instant without an offset", "a field missing inside", "a list for an object", "an id with a space"],
)
def test_the_error_of_an_unreadable_event_names_the_first_wrong_position(
    topic: Topic, wrong: dict[str, Any], position: str
) -> None:
    """So that an operator sees at once what is wrong with a dead letter."""
    event = json.loads(examples(topic)[0].value) | wrong
    with pytest.raises(UnreadableRecord, match=position):
        topic.parse(json.dumps(event).encode())
