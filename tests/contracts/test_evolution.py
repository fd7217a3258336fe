"""Releases understand each other: this release decodes the events of earlier ones, and they decode its events.

``released/<version>/`` holds the golden examples and JSON Schemas of a release. They were copied from
``shared/contracts`` when it was released and are never changed. A consumer of an earlier release ignores unknown fields
and unknown event types, so these tests read a release's schema without its ``additionalProperties``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import TypeAdapter, ValidationError, create_model

from shared.contracts.fast_models import ResultsReported
from shared.contracts.intake import Report
from shared.contracts.plan import Plan
from shared.contracts.receipts import Receipt, ReceiptIssued
from shared.contracts.topics import (
    DECISIONS,
    INBOX,
    JUDGEMENTS,
    PLANS,
    RECEIPTS,
    TOPICS,
    Topic,
    UnknownEventType,
    UnreadableRecord,
)
from tests.contracts.golden import EXAMPLES, Example, examples
from tests.contracts.releases import RELEASES, every_release, schema_errors
from tests.support.figures import differences

FROZEN = {"0.1.0", "0.2.0"}  # add a release here together with its folder
CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


@dataclass(frozen=True)
class ReleasedExample:
    """A golden example of a release."""

    release: Path
    example: Example

    def __str__(self) -> str:
        return f"{self.release.name}/{self.example}"


RELEASED_EXAMPLES = [
    ReleasedExample(release, example)
    for release in RELEASES
    for example in examples(*TOPICS, root=release / "examples")
]
every_released_example = pytest.mark.parametrize("released", RELEASED_EXAMPLES, ids=str)
# Agencies address their reports to this release, so no earlier one reads them.
every_example = pytest.mark.parametrize(
    "example", [example for example in EXAMPLES if example.topic is not INBOX], ids=str
)


def losses(published: Any, decoded: Any, position: str = "") -> Iterator[str]:
    """The positions where a published value is missing or different in the decoded event."""
    if isinstance(published, dict) and isinstance(decoded, dict):
        for key, value in published.items():
            if key in decoded:
                yield from losses(value, decoded[key], f"{position}/{key}")
            else:
                yield f"{position}/{key} is no longer decoded"
    elif isinstance(published, list) and isinstance(decoded, list) and len(published) == len(decoded):
        for n, pair in enumerate(zip(published, decoded, strict=True)):
            yield from losses(*pair, f"{position}/{n}")
    elif published != decoded and not _same_instant(published, decoded):
        yield f"{position} was {published!r} and is decoded as {decoded!r}"


def _same_instant(published: Any, decoded: Any) -> bool:
    try:
        return datetime.fromisoformat(published) == datetime.fromisoformat(decoded)
    except (TypeError, ValueError):
        return False


def decoding_problems(topic: Topic, value: bytes) -> list[str]:
    """What the current code cannot decode of an event, or decodes with another meaning; empty if nothing."""
    try:
        event, decoded = topic.by_contract(value), topic.parse(value)
        published = json.loads(value)
        if topic is INBOX:
            TypeAdapter(Report).validate_python(published["data"])
    except (UnreadableRecord, ValidationError) as error:
        return [str(error)]
    decoder_differences = differences(event, decoded) if isinstance(decoded, ResultsReported) else []
    return [*losses(published, event.model_dump(mode="json")), *decoder_differences]


@every_released_example
def test_this_release_decodes_all_that_an_earlier_one_published(released: ReleasedExample) -> None:
    """This includes events published years ago, because results and receipts are retained without limit."""
    assert decoding_problems(released.example.topic, released.example.value) == []


@every_release
@every_example
def test_an_earlier_release_reads_what_this_one_publishes(release: Path, example: Example) -> None:
    """Services are upgraded one after the other, and agencies upgrade their own software later."""
    assert schema_errors(release, example.value) == []


def test_every_release_is_frozen() -> None:
    """Each version in the changelog has its folder, with an example and a schema of every event type."""
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)", CHANGELOG.read_text(encoding="utf-8"), re.M)
    assert {*versions} == {release.name for release in RELEASES} == FROZEN
    for release in RELEASES:
        with_example = {r.example.path.stem.partition("-")[0] for r in RELEASED_EXAMPLES if r.release == release}
        assert with_example
        assert with_example == {path.name.removesuffix(".schema.json") for path in (release / "schemas").iterdir()}


# The remaining tests check that the checks above detect incompatible changes.

RECEIPT = next(example for example in EXAMPLES if example.path.stem == "receipt.issued")


def topic_with(**fields: Any) -> Topic:
    """The topic of receipts in code whose receipt has these fields added or changed."""
    receipt = create_model("Receipt", __base__=Receipt, **fields)
    issued = create_model("ReceiptIssued", __base__=ReceiptIssued, data=(receipt, ...))
    return replace(RECEIPTS, events=(issued,))


def topic_with_renamed_field() -> Topic:
    """The topic of receipts in code that renamed a field and gave the new name a default."""
    other_fields = {name: (field.annotation, field) for name, field in Receipt.model_fields.items() if name != "timely"}
    receipt = create_model("Receipt", **other_fields, in_time=(bool | None, None))  # type: ignore[call-overload]
    issued = create_model("ReceiptIssued", __base__=ReceiptIssued, data=(receipt, ...))
    return replace(RECEIPTS, events=(issued,))


def test_code_that_adds_a_field_with_a_default_decodes_events_without_it() -> None:
    """This is the way to add a field."""
    assert decoding_problems(topic_with(note=(str | None, None)), RECEIPT.value) == []


@pytest.mark.parametrize(
    ("topic", "problem"),
    [
        (topic_with(note=(str, ...)), "at /data/note: Field required"),
        (topic_with(version=(Literal["one", "two"], ...)), "at /data/version: Input should be 'one' or 'two'"),
        (topic_with(version=(str, ...)), "at /data/version: Input should be a valid string"),
        (topic_with_renamed_field(), "/data/timely is no longer decoded"),
    ],
    ids=["made required", "narrowed", "retyped", "renamed"],
)
def test_code_that_no_longer_decodes_earlier_events_is_detected(topic: Topic, problem: str) -> None:
    """A field is made required, narrowed, given another type, or renamed, which no parser reports as an error."""
    assert problem in " ".join(decoding_problems(topic, RECEIPT.value))


def receipt_with(fields: dict[str, Any], *, without: str | None = None) -> bytes:
    """A receipt as changed code would publish it: some fields set, one left out."""
    event = json.loads(RECEIPT.value)
    event["data"] = {name: value for name, value in event["data"].items() if name != without} | fields
    return json.dumps(event).encode()


@every_release
@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (receipt_with({"in_time": True}, without="timely"), '"timely" is a required property'),
        (receipt_with({}, without="account"), '"account" is a required property'),
        (receipt_with({"version": "1"}), "data/version: "),
        (receipt_with({"status": "supplemented"}), "data/status: "),
        (receipt_with({"problems": None}), "data/problems: "),
    ],
    ids=["renamed", "left out", "retyped", "widened", "made null"],
)
def test_code_that_publishes_what_an_earlier_release_cannot_read_is_detected(
    release: Path, value: bytes, problem: str
) -> None:
    """A field is renamed, left out, null, of another type, or has a value that did not exist then."""
    assert problem in " ".join(schema_errors(release, value))


@every_release
def test_an_earlier_release_ignores_a_new_field_and_a_new_event_type(release: Path) -> None:
    """This release does the same with the events of later ones."""
    assert schema_errors(release, receipt_with({"extended_to": "2023-12-31"})) == []
    newer = json.dumps(json.loads(RECEIPT.value) | {"type": "receipt.framed"}).encode()
    assert schema_errors(release, newer) == []
    with pytest.raises(UnknownEventType):
        RECEIPTS.parse(newer)


@every_release
@pytest.mark.parametrize("topic", [DECISIONS, JUDGEMENTS], ids=lambda topic: topic.name)
def test_an_earlier_release_leaves_awards_and_opinions_alone(release: Path, topic: Topic) -> None:
    """They are types of their own. A new status of ``decision.made`` would be a dead letter of the release instead.

    What ends with an award is said to the release too: the proposal becomes ``revoked``.
    """
    released_types = {path.name.removesuffix(".schema.json") for path in (release / "schemas").iterdir()}
    events = tuple(event for event in topic.events if event.model_fields["type"].default in released_types)
    as_released = replace(topic, events=events)
    newer = [example for example in examples(topic) if json.loads(example.value)["type"] not in released_types]
    assert {json.loads(example.value)["type"] for example in newer} == topic.types - as_released.types != set()
    for example in newer:
        with pytest.raises(UnknownEventType):
            as_released.parse(example.value)


@every_release
def test_a_plan_without_an_office_is_stored_as_the_release_can_read_it(release: Path) -> None:
    """A release refuses a stored plan with a field it does not know, so a new field is stored only where it is used."""
    schema = json.loads((release / "schemas" / "plan.published.schema.json").read_text(encoding="utf-8"))
    released_fields = schema["$defs"]["Plan"]["properties"].keys()
    plans = [json.loads(example.value)["data"] for example in examples(PLANS, root=release / "examples")]
    assert plans
    for plan in plans:
        assert Plan.model_validate(plan).model_dump(mode="json").keys() <= released_fields
