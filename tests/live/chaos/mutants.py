"""Mutants: each changes the running service from outside so that it breaks the promise in one way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final
from uuid import uuid4

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

import services.council.store as council_store
import services.intake.reports.handlers as intake_handlers
import services.intake.reports.rules as intake_rules
import services.notify.sittings as notify_sittings
import shared.runtime.consumer.consumer as consuming
from services.council import stored_documents
from services.council.paper_acts import ACTIONS
from services.council.paper_life.state import PaperRecord
from services.council.paper_life.store import PaperLifeStore
from services.council.state import StoredSession
from services.intake.papers import Paper
from services.notify import delivery_rules
from services.notify.sitting_store import Invitations
from services.notify.state import Delivery, Outcome, RetryLater
from services.scoring.figures import Figure
from shared.contracts.invitations import Invitation
from shared.runtime.audit.trail import Audit
from shared.runtime.consumer.consumer import Consumer
from shared.runtime.mongo import Document, Documents
from shared.runtime.outbox import Outbox


def ack_first() -> None:
    """Offsets are committed on receipt, so that records are handled at most once."""
    setattr(consuming, "AckPolicy", SimpleNamespace(NACK_ON_ERROR=AckPolicy.ACK_FIRST))  # noqa: B010 - not exported


def commit_before_write() -> None:
    """Offsets are committed before the batch is handled."""
    handle = Consumer.handle

    async def hasty(self: Consumer, message: KafkaMessage) -> None:
        await message.consumer.commit()
        await handle(self, message)

    Consumer.handle = hasty  # type: ignore[method-assign]


def no_dedupe_in_intake() -> None:
    """A repeated report is treated as a new one."""

    def others(paper: Paper, subject: tuple[str, str], digest: str) -> tuple[str, ...]:
        return (uuid4().hex,)

    def another(kind: str, paper: Paper, subject: Sequence[str]) -> str:
        return uuid4().hex

    intake_rules.receipt_ids = others
    setattr(intake_handlers, "identity_of", another)  # noqa: B010 - not exported


def no_dedupe_of_figures() -> None:
    """The figure applied last counts, whatever its version."""

    older_than_all = datetime.min.replace(tzinfo=UTC), 0, ""
    setattr(Figure, "order", property(lambda _: older_than_all))  # noqa: B010 - the class declares it otherwise


def no_safe_parser() -> None:
    """Records are parsed by FastStream's own parser, which drops a batch with an unreadable header."""
    subscriber = KafkaBroker.subscriber

    def plain(self: KafkaBroker, *topics: str, **options: Any) -> Any:
        del options["parser"], options["decoder"]
        return subscriber(self, *topics, **options)

    KafkaBroker.subscriber = plain  # type: ignore[method-assign,assignment]


def publish_before_save() -> None:
    """A report's events are published before the report is stored."""
    made: list[Outbox] = []
    init, insert = Outbox.__init__, Documents.insert_in_order

    def remembered(self: Outbox, *args: Any, **named: Any) -> None:
        init(self, *args, **named)
        made.append(self)

    async def hasty(self: Documents, docs: Sequence[Document]) -> int:
        for rendering in made[0]._renderings if self._collection.name == "reports" else ():
            if rendering.documents._collection.name == "reports":
                messages: Sequence[Any] = [
                    message for doc in docs for message in await rendering.render({**doc, "rev": 1})
                ]
                await made[0]._publish(messages)
        return await insert(self, docs)

    Outbox.__init__ = remembered  # type: ignore[method-assign]
    Documents.insert_in_order = hasty  # type: ignore[method-assign]


def no_compare_and_set() -> None:
    """The last write wins, even if another process wrote the document in between."""

    async def over_it(self: Documents, doc: Document) -> None:
        fresh = {**doc, "rev": doc.get("rev", 0) + 1, "pending": bool(doc["unsent"])}
        await self._collection.replace_one({"_id": doc["_id"]}, fresh, upsert=True)
        doc.update(fresh)

    async def over_all(self: Documents, docs: Sequence[Document]) -> None:
        for doc in docs:
            await over_it(self, doc)

    Documents.save = over_it  # type: ignore[method-assign]
    Documents.save_all = over_all  # type: ignore[method-assign]


def answer_without_event() -> None:
    """A member's answer is stored, and its event is not put into the outbox."""
    document = stored_documents.session_document

    def unsaid(stored: StoredSession) -> Document:
        written = document(stored)
        steps = stored.meeting.steps
        return {**written, "unsent": []} if steps and steps[-1].verb == "confirm" else written

    setattr(council_store, "session_document", unsaid)  # noqa: B010 - not exported


def paper_before_audit() -> None:
    """A step in the life of a paper takes effect before it is entered in the audit chain."""
    append, save = Audit.append_action, PaperLifeStore.save
    waiting: list[tuple[Audit, tuple[str, str, str, str]]] = []

    async def later(self: Audit, actor: str, verb: str, about: str, reason: str) -> None:
        if verb in ACTIONS.values():
            waiting.append((self, (actor, verb, about, reason)))
        else:
            await append(self, actor, verb, about, reason)

    async def save_first(self: PaperLifeStore, revision: int, record: PaperRecord) -> None:
        await save(self, revision, record)
        while waiting:
            audit, entry = waiting.pop()
            await append(audit, *entry)

    Audit.append_action = later  # type: ignore[method-assign]
    PaperLifeStore.save = save_first  # type: ignore[method-assign]


def invited_from_memory() -> None:
    """notify keeps in memory whom it has invited, so that after a restart it invites all members again."""
    in_memory: dict[str, list[Invitation]] = {}
    add = Invitations.add_once

    async def remembered(self: Invitations, session_key: str) -> dict[str, list[Invitation]]:
        by_member: dict[str, list[Invitation]] = {}
        for invitation in in_memory.get(session_key, ()):
            by_member.setdefault(invitation.member, []).append(invitation)
        return by_member

    async def remembering(self: Invitations, invitations: Iterable[Invitation]) -> None:
        for invitation in invitations:
            await add(self, [invitation])
            key = f"{invitation.plan.province}/{invitation.plan.id}/{invitation.session}"
            in_memory.setdefault(key, []).append(invitation)

    Invitations.notified = remembered  # type: ignore[method-assign]
    Invitations.add_once = remembering  # type: ignore[method-assign]
    setattr(notify_sittings, "derived", lambda *_: uuid4().hex)  # noqa: B010 - not exported


def outcome_forgotten() -> None:
    """A delivery that was sent is noted as one that is to be tried again; the second time its outcome is kept."""
    concluded = delivery_rules.concluded

    def forgetful(delivery: Delivery, outcome: Outcome, now: datetime, sent_at: datetime) -> Delivery:
        retried = RetryLater("forgotten") if delivery.channel == "smtp" and delivery.attempts == 1 else outcome
        return concluded(delivery, retried, now, sent_at)

    setattr(delivery_rules, "concluded", forgetful)  # noqa: B010 - not exported


MUTANTS: Final[dict[str, Callable[[], None]]] = {
    "ACK_FIRST": ack_first,
    "commit before write": commit_before_write,
    "no dedupe at the door": no_dedupe_in_intake,
    "no dedupe of figures": no_dedupe_of_figures,
    "no safe parser": no_safe_parser,
    "publish before save": publish_before_save,
    "no compare-and-set": no_compare_and_set,
    "an answer without its event": answer_without_event,
    "a paper before its audit entry": paper_before_audit,
    "invited from memory": invited_from_memory,
    "a mail's outcome forgotten": outcome_forgotten,
}
