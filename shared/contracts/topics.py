"""The topic table: every topic with its producer, consumers, key and events. There is no other list of topics."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError

from shared.contracts import (
    audit,
    conferral,
    council,
    extensions,
    fast_decoder,
    intake,
    invitations,
    nominations,
    notify,
    opinions,
    receipts,
    scoring,
    sign_ins,
)
from shared.contracts.model import AnyEvent, Event

AGENCY: Final = "<agency>"
DLQ: Final = ".dlq"
MAX_MESSAGE_BYTES: Final = 1_000_000
DEAD_LETTER_BYTES: Final = 50_000
"""By how many bytes a dead letter may be larger than the record in it."""

Service = Literal["intake", "scoring", "council", "notify"]
SERVICES: Final[tuple[Service, ...]] = ("intake", "scoring", "council", "notify")
EVERY_SERVICE: Final = "services"
"""The producer of a topic that every service publishes to; the key is the service's name."""


class UnreadableRecord(ValueError):
    """A record that the contract cannot read; it goes to the dead-letter topic with its bytes unchanged."""


class UnknownEventType(UnreadableRecord):
    """An event of a type this release does not know. A newer release published it, so consumers skip it.

    An inbox topic has only one type, so a record of another type there is unreadable instead.
    """


class FastPath(NamedTuple):
    """A fast way to read the one event of a topic.

    ``decode`` returns None for a value that the contract's models must read. ``from_contract`` converts the event they
    read, and raises ``ValueError`` if it cannot.
    """

    decode: Callable[[bytes], AnyEvent | None]
    from_contract: Callable[[Any], AnyEvent]


@dataclass(frozen=True)
class Topic:
    """A row of the table.

    ``producer`` is a service, ``services`` if every service publishes, or ``agencies``. ``consumers`` are services, or
    people and systems outside (agencies, secretariat, operators). ``retention_ms`` -1 keeps everything. ``read_as``
    is a more lenient model of the one event, for a reader that explains what is wrong with it; ``fast`` is a faster
    way to read it. A name with ``<agency>`` stands for one topic per agency.
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
    fast: FastPath | None = None

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        if self.read_as is not None:
            return TypeAdapter(self.read_as)
        union: Any = self.events[0]
        for event in self.events[1:]:
            union = union | event
        model: Any = Annotated[union, Field(discriminator="type")] if len(self.events) > 1 else union
        return TypeAdapter(model)

    def parse(self, value: bytes | None) -> AnyEvent:
        """The event in a record's value.

        Raises ``UnknownEventType`` for a well-formed event of a type that this release does not know, and
        ``UnreadableRecord`` for a tombstone or any other value that is no event of the topic.
        """
        if not value:
            raise UnreadableRecord("the record has no value")
        if self.fast is None:
            return self.by_contract(value)
        if (decoded := self.fast.decode(value)) is not None:
            return decoded
        event = self.by_contract(value)
        try:
            return self.fast.from_contract(event)
        except ValueError as error:
            raise UnreadableRecord(str(error)) from None

    def by_contract(self, value: bytes) -> Event:
        """The event as the contract's models read it. Raises the same errors as ``parse``."""
        try:
            # Fields added by a newer producer are ignored, even in plans and units, whose models forbid unknown
            # fields where people write them.
            event: Event = self._adapter.validate_json(value, extra="ignore")
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = "/".join(str(part) for part in first["loc"])
            if self.read_as is None and (unknown := self._type_unknown(value)):
                raise UnknownEventType(
                    f"unknown event type {unknown} on {self.name}; known: {', '.join(sorted(self.types))}"
                ) from None
            raise UnreadableRecord(f"{error.error_count()} errors, first at /{where}: {first['msg']}") from None
        return event

    @cached_property
    def types(self) -> frozenset[str]:
        """The types of the events this release knows on this topic."""
        return frozenset(str(event.model_fields["type"].default) for event in self.events)

    def _type_unknown(self, value: bytes) -> str | None:
        """The type of a well-formed event if this release does not know it; None if it does, or for any other value."""
        try:
            event = Event.model_validate_json(value, extra="ignore")
        except ValidationError:
            return None
        return event.type if event.type not in self.types else None

    def of(self, agency: str) -> str:
        """The name of this topic for one agency; the plain name if the topic is not one per agency."""
        return self.name.replace(AGENCY, agency)


PLANS: Final = Topic(
    "intake.plans.v1",
    "intake",
    ("scoring", "council", "notify"),
    "<province>/<plan>/<version>",
    (intake.PlanPublished, intake.PlanPublishedV2),
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
    "intake.extensions.v1", "intake", ("council", "notify"), "<province>/<movement>", (extensions.ExtensionRecorded,), 4
)
RESULTS: Final = Topic(
    "intake.results.v1",
    "intake",
    ("scoring",),
    "<province>/<movement>",
    (intake.ResultsReported,),
    4,
    fast=FastPath(fast_decoder.decode, fast_decoder.from_contract),
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
    ("council", "agencies", "operators"),
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
    "council.judgements.v1",
    "council",
    ("scoring",),
    "<province>/<movement>",
    (council.JudgementMade, opinions.OpinionRecorded),
    4,
)
DECISIONS: Final = Topic(
    "council.decisions.v1",
    "council",
    ("scoring",),
    "<province>/<movement>",
    (council.DecisionMade, conferral.AwardGiven, conferral.AwardRevoked),
    4,
)
AGENDAS: Final = Topic(
    "council.agendas.v1",
    "council",
    ("notify", "secretariat"),
    "<province>/<plan>/<session>",
    (council.AgendaAssembled,),
    1,
    compacted=True,
)
NOTICES: Final = Topic(
    "notify.notices.v1",
    "notify",
    ("operators",),
    "<province>/<recipient>",
    (notify.NoticeSent, invitations.InvitationSent),
    1,
)
SIGN_OUTS: Final = Topic(
    "intake.signouts.v1",
    "intake",
    ("scoring", "council", "notify"),
    "<sign-in>",
    (sign_ins.SignInEnded,),
    1,
    compacted=True,
)
HEADS: Final = Topic(
    "audit.heads.v1", EVERY_SERVICE, ("operators",), "<service>", (audit.HeadPublished,), 1, compacted=True
)
INBOX: Final = Topic(
    f"inbox.{AGENCY}.v1",
    "agencies",
    ("intake",),
    "<anything>",
    (intake.ReportSubmitted,),
    1,
    read_as=intake.ReportReceived,
)
OUTBOX: Final = Topic(f"outbox.{AGENCY}.v1", "intake", ("agencies",), "<inbox event id>", (receipts.ReportAnswered,), 1)

TOPICS: Final = (
    *(PLANS, UNITS, RECEIPTS, EXTENSIONS, RESULTS, NOMINATIONS, STANDINGS, ELIGIBILITY),
    *(JUDGEMENTS, DECISIONS, AGENDAS, NOTICES),
    *(SIGN_OUTS, HEADS, INBOX, OUTBOX),
)


def _pattern(name: str) -> str:
    return "^" + re.escape(name).replace(re.escape(AGENCY), "[a-z0-9][a-z0-9-]*") + "$"


INBOX_PATTERN: Final = _pattern(INBOX.name)


def agency_of(inbox: str) -> str:
    """The code of the agency an inbox topic belongs to. Only that agency may write to it, so it is the sender."""
    return inbox.removeprefix("inbox.").removesuffix(".v1")


@lru_cache(maxsize=4096)
def topic_named(name: str) -> Topic:
    """The row for a topic by its actual name. Raises ``KeyError`` for a topic that is not in the table."""
    for topic in TOPICS:
        if name == topic.name or (AGENCY in topic.name and re.fullmatch(_pattern(topic.name), name)):
            return topic
    raise KeyError(name)


def consumed_by(service: Service) -> tuple[Topic, ...]:
    """The topics a service subscribes to, in the table's order."""
    return tuple(topic for topic in TOPICS if service in topic.consumers)


def concrete_topics(agencies: Iterable[str]) -> list[tuple[str, Topic]]:
    """The (name, row) of every topic to create for these agencies, without the dead-letter topics."""
    names: list[tuple[str, Topic]] = []
    agencies = sorted(agencies)
    for topic in TOPICS:
        names += [(topic.of(a), topic) for a in agencies] if AGENCY in topic.name else [(topic.name, topic)]
    return names
