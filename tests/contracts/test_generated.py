"""The generated documents follow the topic table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.cli.contracts import write_contracts
from shared.contracts.generate import asyncapi, channel_id, schemas, type_of
from shared.contracts.topics import DLQ, SERVICES, TOPICS, consumed_by
from tests.contracts.golden import CONTRACTS

# One schema for each event of the topic table, one for a plan, one for a register of units.
SCHEMAS = {f"schemas/{type_of(event)}.schema.json" for topic in TOPICS for event in topic.events}
DOCUMENTS = {"asyncapi.yaml", "schemas/plan.schema.json", "schemas/units.schema.json"} | SCHEMAS


def generated_documents(folder: Path) -> dict[str, str]:
    """The text of each generated document in a folder, by relative path."""
    files = [*(folder / "schemas").iterdir(), folder / "asyncapi.yaml"]
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


def references(document: Any) -> Iterator[str]:
    """Every ``$ref`` in a document."""
    match document:
        case dict():
            if isinstance(ref := document.get("$ref"), str):
                yield ref
            for value in document.values():
                yield from references(value)
        case list():
            for value in document:
                yield from references(value)


def test_the_documents_on_disk_are_what_the_table_generates(tmp_path: Path) -> None:
    """A change of a contract includes the output of ``make contracts``."""
    write_contracts(tmp_path)
    assert {*generated_documents(tmp_path)} == DOCUMENTS
    assert generated_documents(CONTRACTS) == generated_documents(tmp_path), "run make contracts"


def test_the_schema_of_a_removed_event_is_removed(tmp_path: Path) -> None:
    """After writing, the folder holds the generated documents and nothing else."""
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "report.forgotten.schema.json").write_text("{}")
    written = {str(path.relative_to(tmp_path)) for path in write_contracts(tmp_path)}
    assert written == DOCUMENTS == set(generated_documents(tmp_path))


def test_every_reference_resolves() -> None:
    """It names a place in the document, or a schema file beside it."""
    document, files = asyncapi(), {f"schemas/{name}" for name in schemas()}
    assert {ref for ref in references(document) if ref in files} == SCHEMAS
    for ref in references(document):
        if ref not in files:
            node: Any = document
            for part in ref.removeprefix("#/").split("/"):
                node = node[part]


def test_every_service_sends_and_receives_what_the_table_lists() -> None:
    """One operation for each producer and one for each consumer."""
    operations: Any = asyncapi()["operations"]
    for service in SERVICES:
        sends = {f"{service}.send.{channel_id(topic)}" for topic in TOPICS if topic.producer == service}
        receives = {f"{service}.receive.{channel_id(topic)}" for topic in consumed_by(service)}
        assert sends
        assert receives
        assert {name for name in operations if name.startswith(f"{service}.")} == sends | receives


def test_every_channel_describes_its_key_its_events_and_its_dead_letters() -> None:
    """This is what an outside developer needs to subscribe."""
    channels: Any = asyncapi()["channels"]
    assert len(channels) == len(TOPICS) == 16
    for topic in TOPICS:
        channel = channels[channel_id(topic)]
        assert topic.key in channel["description"]
        assert channel["address"] + DLQ in channel["description"]
        assert list(channel["messages"]) == [type_of(event) for event in topic.events]
