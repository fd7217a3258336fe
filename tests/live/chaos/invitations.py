"""Checks that every member was invited to a sitting once, and notified of its changes, its day and its end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from shared.contracts.invitations import InvitationSent
from shared.contracts.model import VIETNAM, Event
from tests.live.chaos.sittings import PREFIX, Place, Sitting
from tests.live.chaos.verdict import Loss

_MOST_REMINDERS: Final = 2
"""Members are reminded three days and one working day before (0084)."""

_Message = dict[str, Any]


async def wrong_invitations(
    notify: Any, published: AsyncIterator[Event | None], sittings: Sequence[Sitting], now: datetime
) -> list[tuple[Loss, str]]:
    """What is wrong with the messages to the members of sittings, at rest at ``now``; others are never written to."""
    messages: defaultdict[tuple[str, str], list[_Message]] = defaultdict(list)
    ids = set[str]()
    async for doc in notify["invitations"].find({"about": {"$regex": PREFIX}}):
        messages[doc["about"], doc["invitation"]["member"]].append(doc["invitation"])
        ids.add(doc["_id"])
    times_published = Counter[str]()
    async for event in published:
        if isinstance(event, InvitationSent) and PREFIX in event.data.session:
            times_published[event.data.id] += 1
    wrong: list[tuple[Loss, str]] = [
        ("lost", f"invitation {name} is not published") for name in ids - times_published.keys()
    ]
    wrong += [("mismatch", f"invitation {name} is published and not kept") for name in times_published.keys() - ids]
    for sitting in sittings:
        for member, unit in sitting.mailboxes.items():
            of_member = sorted(messages.pop((sitting.key, member), []), key=lambda message: len(message["follows"]))
            about = f"{sitting.key} {member}"
            wrong += [(loss, f"{about}: {what}") for loss, what in _wrong(sitting, unit, of_member, now)]
    return wrong + [
        ("mismatch", f"{who} got {len(got)} messages and is not to be notified") for who, got in messages.items()
    ]


def _wrong(sitting: Sitting, unit: str, messages: list[_Message], now: datetime) -> Iterator[tuple[Loss, str]]:
    kinds = [message["kind"] for message in messages]
    begun = now >= sitting.places[-1].begins
    if not messages:
        if not begun and not sitting.cancelled:
            yield "lost", "was never invited"
        return
    if kinds.count("invitation") != 1 or kinds[0] != "invitation":
        yield "twice", f"was invited {kinds.count('invitation')} times: {kinds}"
    if {message["recipient"] for message in messages} != {unit}:
        yield "mismatch", f"{unit}'s mailbox is the member's, {messages[0]['recipient']} got the mail"
    ids = [message["id"] for message in messages]
    if any(message["follows"] != ids[:n] for n, message in enumerate(messages)):
        yield "mismatch", f"the messages do not follow each other: {[message['follows'] for message in messages]}"
    yield from _wrong_places(sitting, messages, begun)
    yield from _wrong_reminders(messages)
    cancellations = kinds.count("cancellation")
    if cancellations and (not sitting.cancelled or cancellations > 1 or kinds[-1] != "cancellation"):
        yield "twice", f"was notified of {cancellations} cancellations: {kinds}"
    if sitting.cancelled and not cancellations and not begun:
        yield "lost", f"was never notified that it is cancelled: {kinds}"


def _wrong_places(sitting: Sitting, messages: list[_Message], begun: bool) -> Iterator[tuple[Loss, str]]:
    """Members are notified of places in the order in which they were recorded, and in the end of the valid one.

    Two changes in a row may be notified as one, because notify looks at the newest state.
    """
    notified = [Place(**message["sitting"]) for message in messages]
    changes = [(place, kind["kind"]) for place, kind in zip(notified, messages, strict=True)]
    order = [sitting.places.index(place) if place in sitting.places else -1 for place in notified]
    if -1 in order or order != sorted(order):
        yield "mismatch", f"was notified of {notified}, recorded were {sitting.places}"
    for before, (place, kind) in zip(notified, changes[1:], strict=False):
        if (place != before) != (kind == "change"):
            yield "twice" if kind == "change" else "mismatch", f"a {kind} about {place} came after {before}"
    if notified[-1] != sitting.places[-1] and not begun and not sitting.cancelled:
        yield "lost", f"was last notified of {notified[-1]}, {sitting.places[-1]} is valid"


def _wrong_reminders(messages: list[_Message]) -> Iterator[tuple[Loss, str]]:
    reminders = [message for message in messages if message["kind"] == "reminder"]
    of_place = Counter(Place(**message["sitting"]) for message in reminders)
    for place, times in of_place.items():
        if times > _MOST_REMINDERS:
            yield "twice", f"was reminded {times} times of {place}"
    days = Counter(datetime.fromisoformat(message["sent_at"]).astimezone(VIETNAM).date() for message in reminders)
    for day, times in days.items():
        if times > 1:
            yield "twice", f"was reminded {times} times on {day}"
