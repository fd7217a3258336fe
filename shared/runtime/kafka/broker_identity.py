"""Which broker a service's database has met, and whether it has read it through: kept, so that a crash repeats it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from shared.runtime.mongo import Documents


class BrokerIdentity:
    """The note a service keeps of its broker. ``event_types`` are the types of events it hears, each with its topic."""

    def __init__(self, state: Documents, event_types: Iterable[str]) -> None:
        self._state = state
        self._event_types = sorted(event_types)

    async def recognise(self, cluster: str, republish_all: Callable[[], Awaitable[None]]) -> bool:
        """Note the broker that answers; whether it is to be read from its start. Raises ``VersionConflict``.

        To one that has not heard us before, everything is said again. It is read from its start until that was done
        once; and once more by a release that hears more types of events than the one before.
        """
        kept = await self._state.get("broker") or {"_id": "broker", "unsent": []}
        note = {**kept, "hears": self._event_types}
        if kept.get("cluster") != cluster:
            await republish_all()
            note |= {"cluster": cluster, "read_through": False}
        if not {*self._event_types} <= {*kept.get("hears", ())}:
            note["read_through"] = False  # what the release before had to leave alone is on the topics still
        if note != kept:
            await self._state.save(note)
        return not note["read_through"]

    async def has_read_through(self, cluster: str) -> bool:
        """Note that all there was is handled and committed; False where another broker has come meanwhile."""
        note = await self._state.get("broker")
        if note is None or note["cluster"] != cluster:
            return False
        await self._state.save({**note, "read_through": True})
        return True
