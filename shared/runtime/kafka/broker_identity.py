"""Which broker a service's database knows, and whether it has read that broker's topics through to their end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from shared.runtime.mongo import Documents


class BrokerIdentity:
    """The service's note about its broker, stored so that a crash does not lose it.

    ``event_types`` are the types of events the service consumes, each with its topic.
    """

    def __init__(self, state: Documents, event_types: Iterable[str]) -> None:
        self._state = state
        self._event_types = sorted(event_types)

    async def recognise(self, cluster: str, republish_all: Callable[[], Awaitable[None]]) -> bool:
        """Note the broker's cluster id; returns whether its topics must be read from their start.

        Everything is republished to a broker that is new to the database. A broker is read from its start until it was
        read through once, and again by a release that consumes more types of events than the one before. Raises
        ``VersionConflict`` when another process writes the note at the same time.
        """
        stored = await self._state.get("broker") or {"_id": "broker", "unsent": []}
        note = {**stored, "hears": self._event_types}
        if stored.get("cluster") != cluster:
            await republish_all()
            note |= {"cluster": cluster, "read_through": False}
        if not {*self._event_types} <= {*stored.get("hears", ())}:
            note["read_through"] = False  # the topics still hold the events that the release before had to skip
        if note != stored:
            await self._state.save(note)
        return not note["read_through"]

    async def note_read_through(self, cluster: str) -> bool:
        """Note that all records are handled and committed. False when the broker has been replaced meanwhile.

        Raises ``VersionConflict`` when another process writes the note at the same time.
        """
        note = await self._state.get("broker")
        if note is None or note["cluster"] != cluster:
            return False
        await self._state.save({**note, "read_through": True})
        return True
