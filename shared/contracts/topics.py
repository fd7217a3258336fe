"""The topic table: every topic, who speaks, who hears, its key and what is said on it. The only list there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError

from shared.contracts import audit, council, extensions, fast_decoder, intake, nominations, notify, receipts, scoring
from shared.contracts.model import AnyEvent, Event

AGENCY: Final = "<agency>"
DLQ: Final = ".dlq"
MAX_MESSAGE_BYTES: Final = 1_000_000
DEAD_LETTER_BYTES: Final = 50_000
"""What a dead letter may be larger than the record in it."""

Service = Literal["intake", "scoring", "council", "notify"]
SERVICES: Final[tuple[Service, ...]] = ("intake", "scoring", "council", "notify")
EVERY_SERVICE: Final = "services"
"""The speaker of a topic that each service speaks on, for itself: the key is its name."""


class Unreadable(ValueError):
    """A record no version of the contract can read; it goes to the dead-letter topic as it came."""


class UnknownEventType(Unreadable):
    """An event of a type this release does not know, said by a newer one; it is left alone, for it is no mistake.

    Who writes to an inbox is told of a wrong type instead: there every type but one is a mistake.
    """


class Fast(NamedTuple):
    """How a topic's one event is read where speed counts.

    ``read`` gives None for what the contract has to look at; ``of`` takes what that has read, and raises
    ``ValueError`` where nothing can be done with it.
    """

    read: Callable[[bytes], AnyEvent | None]
    of: Callable[[Any], AnyEvent]


@dataclass(frozen=True)
class Topic:
    """A row of the table.

    ``producer`` is a service, ``services`` where each of them is one, or ``agencies``. ``consumers`` are services, or
    people and systems outside (agencies, secretariat, operators).
    ``retention_ms`` -1 keeps everything. ``read_as`` is a looser form of the one event, where the reader
    explains what is wrong with it; ``fast`` a faster one. A name with ``<agency>`` stands for one topic an agency.
    """

    name: str
    producer: str
    consumers: tuple[str, ...]
    key: str
    events: tuple[type[Event], ...]
    partitions: int
    compacted: bool = False
    retention_ms: int = -1
    read_as: type[Event] | None = None
    fast: Fast | None = None

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        if self.read_as is not None:
            return TypeAdapter(self.read_as)
        union: Any = self.events[0]
        for event in self.events[1:]:
            union = union | event
        form: Any = Annotated[union, Field(discriminator="type")] if len(self.events) > 1 else union
        return TypeAdapter(form)

    def parse(self, value: bytes | None) -> AnyEvent:
        """The event in a record's value. Raises ``Unreadable`` for a tombstone or anything else that is not one.

        Raises ``UnknownEventType`` for an event that is whole and of a type that this release does not know.
        """
        if not value:
            raise Unreadable("the record has no value")
        if self.fast is None:
            return self.by_contract(value)
        if (read := self.fast.read(value)) is not None:
            return read
        event = self.by_contract(value)
        try:
            return self.fast.of(event)
        except ValueError as error:
            raise Unreadable(str(error)) from None

    def by_contract(self, value: bytes) -> Event:
        """The event as the contract's models read it. Raises as ``parse`` does."""
        try:
            # What a newer speaker adds is ignored, also in plans and units, which are strict where people write them.
            event: Event = self._adapter.validate_json(value, extra="ignore")
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = "/".join(str(part) for part in first["loc"])
            if self.read_as is None and (unknown := self._type_unknown(value)):
                raise UnknownEventType(
                    f"{self.name} is heard for {', '.join(sorted(self.types))}, not for {unknown}"
                ) from None
            raise Unreadable(f"{error.error_count()} errors, first at /{where}: {first['msg']}") from None
        return event

    @cached_property
    def types(self) -> frozenset[str]:
        """The names of the events this release knows of."""
        return frozenset(str(event.model_fields["type"].default) for event in self.events)

    def _type_unknown(self, value: bytes) -> str | None:
        """The type of an event that is whole in all a newer release may not change; None where it is known or none."""
        try:
            event = Event.model_validate_json(value, extra="ignore")
        except ValidationError:
            return None
        return event.type if event.type not in self.types else None

    def of(self, agency: str) -> str:
        """The name of this topic for one agency."""
        return self.name.replace(AGENCY, agency)


PLANS: Final = Topic(
    "intake.plans.v1",
    "intake",
    ("scoring", "council", "notify"),
    "<province>/<plan>/<version>",
    (intake.PlanPublished,),
    1,
    compacted=True,
)
UNITS: Final = Topic(
    "intake.units.v1",
    "intake",
    ("scoring", "council", "notify"),
    "<province>/<version>",
    (intake.UnitsPublished,),
    1,
    compacted=True,
)
RECEIPTS: Final = Topic(
    "intake.receipts.v1", "intake", ("council", "notify"), "<province>/<movement>", (receipts.ReceiptIssued,), 4
)
EXTENSIONS: Final = Topic(
    "intake.extensions.v1", "intake", ("notify",), "<province>/<movement>", (extensions.ExtensionRecorded,), 4
)
RESULTS: Final = Topic(
    "intake.results.v1",
    "intake",
    ("scoring",),
    "<province>/<movement>",
    (intake.ResultsReported,),
    4,
    fast=Fast(fast_decoder.read, fast_decoder.of),
)
NOMINATIONS: Final = Topic(
    "intake.nominations.v1",
    "intake",
    ("council",),
    "<province>/<movement>",
    (nominations.NominationRecorded,),
    4,
)
STANDINGS: Final = Topic(
    "scoring.standings.v1",
    "scoring",
    ("agencies", "operators"),
    "<province>/<movement>/<field>/<tier>/<page>",
    (scoring.StandingsChanged,),
    4,
    compacted=True,
)
ELIGIBILITY: Final = Topic(
    "scoring.eligibility.v1",
    "scoring",
    ("council",),
    "<province>/<movement>/<award>/<page>, <province>/<movement>/summary",
    (scoring.EligibilityChanged, scoring.EligibilitySummarised),
    4,
    compacted=True,
)
JUDGEMENTS: Final = Topic(
    "council.judgements.v1", "council", ("scoring",), "<province>/<movement>", (council.JudgementMade,), 4
)
DECISIONS: Final = Topic(
    "council.decisions.v1",
    "council",
    ("scoring",),
    "<province>/<movement>",
    (council.DecisionMade,),
    4,
)
AGENDAS: Final = Topic(
    "council.agendas.v1",
    "council",
    ("secretariat",),
    "<province>/<plan>/<session>",
    (council.AgendaAssembled,),
    1,
    compacted=True,
)
NOTICES: Final = Topic("notify.notices.v1", "notify", ("operators",), "<province>/<recipient>", (notify.NoticeSent,), 1)
HEADS: Final = Topic(
    "audit.heads.v1", EVERY_SERVICE, ("operators",), "<service>", (audit.HeadPublished,), 1, compacted=True
)
INBOX: Final = Topic(
    f"inbox.{AGENCY}.v1",
    "agencies",
    ("intake",),
    "<report id>",
    (intake.ReportSubmitted,),
    1,
    read_as=intake.ReportReceived,
)
OUTBOX: Final = Topic(f"outbox.{AGENCY}.v1", "intake", ("agencies",), "<report id>", (receipts.ReportAnswered,), 1)

TOPICS: Final = (
    *(PLANS, UNITS, RECEIPTS, EXTENSIONS, RESULTS, NOMINATIONS, STANDINGS, ELIGIBILITY),
    *(JUDGEMENTS, DECISIONS, AGENDAS, NOTICES),
    *(HEADS, INBOX, OUTBOX),
)


def _pattern(name: str) -> str:
    return "^" + re.escape(name).replace(re.escape(AGENCY), "[a-z0-9][a-z0-9-]*") + "$"


INBOX_PATTERN: Final = _pattern(INBOX.name)


def agency_of(inbox: str) -> str:
    """The agency whose inbox topic this is: the topic is the sender."""
    return inbox.removeprefix("inbox.").removesuffix(".v1")


@lru_cache(maxsize=4096)
def topic_named(name: str) -> Topic:
    """The row a concrete topic belongs to. Raises ``KeyError`` for a topic the table does not have."""
    for topic in TOPICS:
        if name == topic.name or (AGENCY in topic.name and re.fullmatch(_pattern(topic.name), name)):
            return topic
    raise KeyError(name)


def consumed_by(service: Service) -> tuple[Topic, ...]:
    """The topics a service subscribes to, in the table's order."""
    return tuple(topic for topic in TOPICS if service in topic.consumers)


def concrete(agencies: Iterable[str]) -> list[tuple[str, Topic]]:
    """Every topic to create, without its dead-letter twin: (name, row)."""
    names: list[tuple[str, Topic]] = []
    agencies = sorted(agencies)
    for topic in TOPICS:
        names += [(topic.of(a), topic) for a in agencies] if AGENCY in topic.name else [(topic.name, topic)]
    return names
