"""What was said once can be heard, and nothing of it is lost."""

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

# What people and agencies write is read strictly, also inside an event of ours.
WRITTEN = {"report.submitted": "data"}

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=str)
every_inbox_example = pytest.mark.parametrize("example", examples(INBOX), ids=str)
every_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


def test_every_event_of_every_topic_has_an_example_and_no_example_is_an_orphan() -> None:
    """The files are the topic table once more: a folder a topic, a name an event type."""
    files = {(path.parent, path.stem.partition("-")[0]) for path in FOLDER.rglob("*") if path.is_file()}
    assert files == {(folder(topic), type_of(event)) for topic in TOPICS for event in topic.events}


@every_example
def test_an_example_says_what_its_file_name_says(example: Example) -> None:
    """Its type is the file's, its subject has the form of the topic's key."""
    said = json.loads(example.said)
    forms = [re.sub("<[^>]+>", "[^/]+", re.escape(form)) for form in example.topic.key.split(", ")]
    assert said["type"] == example.path.stem.partition("-")[0]
    assert any(re.fullmatch(form, said["subject"]) for form in forms)


@every_example
def test_an_example_is_heard_and_said_again_without_loss(example: Example) -> None:
    """Every field of the file is in the event, and the event survives its own encoding."""
    event = example.topic.by_contract(example.said)
    assert event.model_dump(mode="json", exclude_unset=True) == json.loads(example.said)
    assert example.topic.by_contract(event.encode()) == event
    assert content(example.topic.parse(event.encode())) == content(example.topic.parse(example.said))


@every_inbox_example
def test_a_report_from_an_inbox_keeps_the_published_contract(example: Example) -> None:
    """The door hears loosely so that it can answer; agencies are told the strict form."""
    report = ReportSubmitted.model_validate_json(example.said)
    assert report.model_dump(mode="json", exclude_unset=True) == json.loads(example.said)


def test_the_inbox_has_a_report_of_every_kind() -> None:
    """Score, tasks, discipline, attendance, listed."""
    assert {ReportSubmitted.model_validate_json(example.said).data.kind for example in examples(INBOX)} == set(Kind)


def newer(said: Any, strict: str | None) -> Any:
    """The same from a newer speaker: a field nobody knows yet in every object, save under ``strict``."""
    match said:
        case dict():
            known = {key: value if key == strict else newer(value, strict) for key, value in said.items()}
            return {**known, "not_known_yet": {"at": 1}}
        case list():
            return [newer(each, strict) for each in said]
    return said


@every_example
def test_a_newer_speaker_is_heard(example: Example) -> None:
    """Fields nobody knows yet change nothing of what an event means."""
    said = json.loads(example.said)
    from_tomorrow = json.dumps(newer(said, WRITTEN.get(said["type"]))).encode()
    assert content(example.topic.parse(from_tomorrow)) == content(example.topic.parse(example.said))


@every_inbox_example
def test_a_typing_mistake_in_a_report_shows(example: Example) -> None:
    """The door takes the record, then finds the field that no report has."""
    said = json.loads(example.said)
    said["data"]["complete_tires"] = ["xa"]
    heard = INBOX.by_contract(json.dumps(said).encode()).model_dump()
    with pytest.raises(ValidationError, match=r"complete_tires\s+Extra inputs are not permitted"):
        TypeAdapter(Report).validate_python(heard["data"])


@every_topic
@pytest.mark.parametrize("value", [None, b""])
def test_a_tombstone_is_unreadable(topic: Topic, value: bytes | None) -> None:
    """Nobody deletes by key here; a record without a value is somebody's mistake."""
    with pytest.raises(UnreadableRecord, match="no value"):
        topic.parse(value)


@every_topic
@pytest.mark.parametrize("value", [b"{", b"\xff\xfe", b"<report/>", b"[]", b"null", b'"report"'])
def test_what_is_not_a_json_object_is_unreadable(topic: Topic, value: bytes) -> None:
    """Whole records are wrong at their root."""
    with pytest.raises(UnreadableRecord, match="first at /: "):
        topic.parse(value)


@every_example
def test_an_event_of_another_type_is_left_alone_where_a_newer_service_may_say_it(example: Example) -> None:
    """Not an agency in its inbox: there it is a mistake, and so it is everywhere where it is no whole event."""
    said = json.loads(example.said) | {"type": "something.else"}
    with pytest.raises(UnreadableRecord) as told:
        example.topic.parse(json.dumps(said).encode())
    assert isinstance(told.value, UnknownEventType) is (example.topic is not INBOX)
    assert "type" in str(told.value) or "something.else" in str(told.value)
    del said["time"]
    with pytest.raises(UnreadableRecord) as told:
        example.topic.parse(json.dumps(said).encode())
    assert not isinstance(told.value, UnknownEventType)


@pytest.mark.parametrize(
    ("topic", "wrong", "place"),
    [
        (RECEIPTS, {"time": "2023-12-04T08:00:00"}, "1 errors, first at /time: "),
        (RECEIPTS, {"data": {"status": "lost"}}, "first at /data/id: Field required"),
        (RESULTS, {"data": []}, "1 errors, first at /data: "),
        (ELIGIBILITY, {"id": "a b"}, "1 errors, first at /[a-z.]*/id: "),
    ],
    ids=["an instant without an offset", "a field missing inside", "a list for an object", "an id with a space"],
)
def test_an_unreadable_event_names_its_first_wrong_place(topic: Topic, wrong: dict[str, Any], place: str) -> None:
    """Who looks at a dead letter need not guess."""
    said = json.loads(examples(topic)[0].said) | wrong
    with pytest.raises(UnreadableRecord, match=place):
        topic.parse(json.dumps(said).encode())
