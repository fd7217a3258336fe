"""Releases understand each other: what an earlier one said is heard by this one, and the reverse.

``released/<version>/`` holds what a release could say: its golden examples and the JSON Schemas of its events, copied
from ``shared/contracts`` when it was released and never changed. An old reader ignores fields it does not know, and
events of a type it does not know; so a schema of a release is read here without its ``additionalProperties``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import jsonschema_rs
import pytest
from pydantic import TypeAdapter, ValidationError, create_model

from shared.contracts.fast_models import ResultsReported
from shared.contracts.intake import Report
from shared.contracts.receipts import Receipt, ReceiptIssued
from shared.contracts.topics import INBOX, RECEIPTS, TOPICS, Topic, UnknownEventType, UnreadableRecord
from tests.contracts.golden import EXAMPLES, Example, examples
from tests.support.figures import differences

RELEASED = Path(__file__).parent / "released"
RELEASES = sorted(path for path in RELEASED.iterdir() if path.is_dir())
CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


@dataclass(frozen=True)
class Old:
    """An example of a release."""

    release: Path
    example: Example

    def __str__(self) -> str:
        return f"{self.release.name}/{self.example}"


OLD = [Old(release, each) for release in RELEASES for each in examples(*TOPICS, root=release / "examples")]
every_old_example = pytest.mark.parametrize("old", OLD, ids=str)
every_release = pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
# An agency's report is read by no service older than the one it is sent to.
every_example = pytest.mark.parametrize("example", [each for each in EXAMPLES if each.topic is not INBOX], ids=str)


def lost(said: Any, heard: Any, where: str = "") -> Iterator[str]:
    """Where something that was said is not in what was heard, or is another thing there."""
    if isinstance(said, dict) and isinstance(heard, dict):
        for key, value in said.items():
            if key in heard:
                yield from lost(value, heard[key], f"{where}/{key}")
            else:
                yield f"{where}/{key} is heard no more"
    elif isinstance(said, list) and isinstance(heard, list) and len(said) == len(heard):
        for n, pair in enumerate(zip(said, heard, strict=True)):
            yield from lost(*pair, f"{where}/{n}")
    elif said != heard and not _same_instant(said, heard):
        yield f"{where} was {said!r} and is heard as {heard!r}"


def _same_instant(said: Any, heard: Any) -> bool:
    try:
        return datetime.fromisoformat(said) == datetime.fromisoformat(heard)
    except (TypeError, ValueError):
        return False


def misheard(topic: Topic, value: bytes) -> list[str]:
    """What today's code does not hear of an old event; empty where it hears all of it, with the same meaning."""
    try:
        event, heard = topic.by_contract(value), topic.parse(value)
        said = json.loads(value)
        if topic is INBOX:
            TypeAdapter(Report).validate_python(said["data"])
    except (UnreadableRecord, ValidationError) as error:
        return [str(error)]
    misread = differences(event, heard) if isinstance(heard, ResultsReported) else []
    return [*lost(said, event.model_dump(mode="json")), *misread]


def as_an_old_reader_reads(schema: Any) -> Any:
    """A schema without what forbids fields nobody knew of then."""
    match schema:
        case dict():
            return {
                key: as_an_old_reader_reads(value)
                for key, value in schema.items()
                if not (key == "additionalProperties" and value is False)
            }
        case list():
            return [as_an_old_reader_reads(each) for each in schema]
    return schema


def unread(release: Path, value: bytes) -> list[str]:
    """What a release could not read of an event; empty where it reads it, or leaves it alone as of a newer type."""
    said = json.loads(value)
    path = release / "schemas" / f"{said['type']}.schema.json"
    if not path.exists():
        return []
    schema = jsonschema_rs.validator_for(as_an_old_reader_reads(json.loads(path.read_text(encoding="utf-8"))))
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in schema.iter_errors(said)]


@every_old_example
def test_what_an_earlier_release_said_is_heard_whole_by_this_one(old: Old) -> None:
    """Also what it said years ago: results and receipts are kept for ever."""
    assert misheard(old.example.topic, old.example.said) == []


@every_release
@every_example
def test_what_this_release_says_is_read_by_an_earlier_one(release: Path, example: Example) -> None:
    """While services are replaced one after the other, and by agencies that have not renewed their own."""
    assert unread(release, example.said) == []


def test_every_release_is_frozen() -> None:
    """A version the changelog names has its folder, with an example and a schema of everything it said."""
    named = re.findall(r"^## v?(\d+\.\d+\.\d+)", CHANGELOG.read_text(encoding="utf-8"), re.M)
    assert {*named} <= {release.name for release in RELEASES}
    for release in RELEASES:
        exemplified = {old.example.path.stem.partition("-")[0] for old in OLD if old.release == release}
        assert exemplified == {path.name.removesuffix(".schema.json") for path in (release / "schemas").iterdir()}


# That the tests above find what they are for.

ISSUED = next(each for each in EXAMPLES if each.path.stem == "receipt.issued")


def changed(**fields: Any) -> Topic:
    """The topic of receipts, heard by code that has changed its receipt."""
    receipt = create_model("Receipt", __base__=Receipt, **fields)
    issued = create_model("ReceiptIssued", __base__=ReceiptIssued, data=(receipt, ...))
    return replace(RECEIPTS, events=(issued,))


def renamed() -> Topic:
    """Code that calls a field otherwise, and fills the new name by itself where it is missing."""
    kept = {name: (field.annotation, field) for name, field in Receipt.model_fields.items() if name != "timely"}
    receipt = create_model("Receipt", **kept, in_time=(bool | None, None))  # type: ignore[call-overload]
    issued = create_model("ReceiptIssued", __base__=ReceiptIssued, data=(receipt, ...))
    return replace(RECEIPTS, events=(issued,))


def test_code_that_adds_a_field_hears_what_was_said_without_it() -> None:
    """With a default; that is how a field is added."""
    assert misheard(changed(note=(str | None, None)), ISSUED.said) == []


@pytest.mark.parametrize(
    ("topic", "finding"),
    [
        (changed(note=(str, ...)), "at /data/note: Field required"),
        (changed(version=(Literal["one", "two"], ...)), "at /data/version: Input should be 'one' or 'two'"),
        (changed(version=(str, ...)), "at /data/version: Input should be a valid string"),
        (renamed(), "/data/timely is heard no more"),
    ],
    ids=["made required", "narrowed", "retyped", "renamed"],
)
def test_code_that_no_longer_hears_what_was_said_is_found(topic: Topic, finding: str) -> None:
    """A field made required, narrowed, retyped; or renamed, which no parser complains of."""
    assert finding in " ".join(misheard(topic, ISSUED.said))


def saying(change: dict[str, Any], *, without: str | None = None) -> bytes:
    """A receipt as changed code would say it."""
    said = json.loads(ISSUED.said)
    said["data"] = {name: value for name, value in said["data"].items() if name != without} | change
    return json.dumps(said).encode()


@every_release
@pytest.mark.parametrize(
    ("value", "finding"),
    [
        (saying({"in_time": True}, without="timely"), '"timely" is a required property'),
        (saying({}, without="account"), '"account" is a required property'),
        (saying({"version": "1"}), "data/version: "),
        (saying({"status": "supplemented"}), "data/status: "),
        (saying({"problems": None}), "data/problems: "),
    ],
    ids=["renamed", "left out", "retyped", "widened", "made null"],
)
def test_code_that_says_what_an_earlier_release_cannot_read_is_found(release: Path, value: bytes, finding: str) -> None:
    """A field renamed, left out, retyped, with another value than there could be, or with none."""
    assert finding in " ".join(unread(release, value))


@every_release
def test_a_field_or_a_type_of_event_more_is_left_alone_by_an_earlier_release(release: Path) -> None:
    """As this release's own reader does with what a later one will say."""
    assert unread(release, saying({"extended_to": "2023-12-31"})) == []
    newer = json.dumps(json.loads(ISSUED.said) | {"type": "receipt.framed"}).encode()
    assert unread(release, newer) == []
    with pytest.raises(UnknownEventType):
        RECEIPTS.parse(newer)
