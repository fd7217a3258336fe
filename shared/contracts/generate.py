"""JSON Schemas and the AsyncAPI document, generated from the topic table and the models."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import getdoc
from typing import Any, Final

from shared.contracts.json_values import JsonObject, JsonValue
from shared.contracts.model import Event
from shared.contracts.plan import Plan
from shared.contracts.topics import AGENCY, DLQ, INBOX, MAX_MESSAGE_BYTES, TOPICS, Topic
from shared.contracts.units import UnitRegister

ABOUT: Final = (
    "Generated from shared/contracts/topics.py by `thidua contracts`. At least once, in order within a key: "
    "every event carries the full state with its version, so the last version wins and a repetition changes nothing."
)


def type_of(event: type[Event]) -> str:
    """The event's type name on the wire, such as ``plan.published``."""
    return str(event.model_fields["type"].default)


def channel_id(topic: Topic) -> str:
    """The topic's name without the placeholder ``<agency>``, for keys of a document and folder names."""
    return topic.of("agency")


def schemas() -> dict[str, JsonObject]:
    """A JSON Schema of every event, of a plan and of a register, by file name.

    Schemas of what people and agencies write describe valid input (a score may be a number or a string). Schemas of
    what services publish describe their output (a score is always a string).
    """
    documents = {
        _schema_file("plan"): Plan.model_json_schema(),
        _schema_file("units"): UnitRegister.model_json_schema(),
    }
    for topic in TOPICS:
        for event in topic.events:
            mode: Any = "validation" if topic is INBOX else "serialization"
            documents[_schema_file(type_of(event))] = event.model_json_schema(mode=mode)
    return {
        name: {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
        for name, schema in sorted(documents.items())
    }


def asyncapi() -> JsonObject:
    """The topic table as an AsyncAPI 3.0 document; payloads are references to the schema files beside it."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "thidua", "version": "1", "description": ABOUT},
        "defaultContentType": "application/json",
        "channels": {channel_id(topic): _channel(topic) for topic in TOPICS},
        "operations": dict(operation for topic in TOPICS for operation in _operations(topic)),
        "components": {"messages": {type_of(event): _message(event) for topic in TOPICS for event in topic.events}},
    }


def _schema_file(name: str) -> str:
    return f"{name}.schema.json"


def _channel(topic: Topic) -> JsonObject:
    address = topic.of("{agency}")
    cleanup = "compact" if topic.compacted else "delete"
    retention = "compacted: the last of each key is kept" if topic.compacted else _retention(topic.retention_ms)
    partitions = "1 partition" if topic.partitions == 1 else f"{topic.partitions} partitions"
    channel: dict[str, JsonValue] = {
        "address": address,
        "description": f"Key: {topic.key}. {partitions}, {retention}. Dead letters: {address}{DLQ}.",
        "messages": {type_of(event): _ref("components", "messages", type_of(event)) for event in topic.events},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [cleanup],
                    "retention.ms": topic.retention_ms,
                    "max.message.bytes": MAX_MESSAGE_BYTES,
                },
                "bindingVersion": "0.5.0",
            }
        },
    }
    if AGENCY in topic.name:
        channel["parameters"] = {"agency": {"description": "The agency's code in the register of units."}}
    return channel


def _retention(retention_ms: int) -> str:
    return "everything is kept" if retention_ms < 0 else f"kept for {retention_ms // 86_400_000} days"


def _operations(topic: Topic) -> Iterator[tuple[str, JsonObject]]:
    """The operations on a channel: its producer sends, its consumers receive."""
    for participant, action in ((topic.producer, "send"), *((consumer, "receive") for consumer in topic.consumers)):
        yield (
            f"{participant}.{action}.{channel_id(topic)}",
            {"action": action, "channel": _ref("channels", channel_id(topic)), "tags": [{"name": participant}]},
        )


def _message(event: type[Event]) -> JsonObject:
    return {
        "name": type_of(event),
        "title": event.__name__,
        "summary": getdoc(event),
        "payload": {"$ref": f"schemas/{_schema_file(type_of(event))}"},
    }


def _ref(*path: str) -> dict[str, str]:
    return {"$ref": "#/" + "/".join(path)}
