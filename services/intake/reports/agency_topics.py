"""The topics of the reporting agencies, created before an answer is published to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable


class AgencyTopics:
    """Creates topics for the agencies that plans name, and for others when their first report arrives.

    ``reporters`` gives the agencies that plans name. ``create`` creates the topics that are missing.
    """

    def __init__(
        self, reporters: Callable[[], Iterable[str]], create: Callable[[Collection[str]], Awaitable[None]]
    ) -> None:
        self._reporters, self._create = reporters, create
        self._ensured: set[str] = set()

    def agencies(self) -> set[str]:
        """All agencies whose topics must exist."""
        return {*self._reporters(), *self._ensured}

    async def create(self) -> None:
        """Create what is missing. Raises the broker's errors."""
        await self._create(self.agencies())

    async def ensure(self, agency: str) -> None:
        """Create the topics of an agency that no plan names. Raises the broker's errors; the next call tries again."""
        if agency in self._ensured:
            return
        if agency not in self._reporters():
            await self._create({*self.agencies(), agency})
        self._ensured.add(agency)
