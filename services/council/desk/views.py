"""What was computed from objects that are replaced when they change, kept until one of them is another object."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Final, TypeVar, cast

from shared.caching import Cache

View = TypeVar("View")

_MOST_KEPT: Final = 64


class Views:
    """Kept results by key. ``made_from`` are the objects that a result is computed from; nobody changes them."""

    def __init__(self) -> None:
        self._kept = Cache[Hashable, tuple[Sequence[object], object]](_MOST_KEPT)

    def view(self, key: Hashable, made_from: Sequence[object], make: Callable[[], View]) -> View:
        """The kept result of a key if it was made from the same objects, else what ``make`` returns.

        Everything else that ``make`` depends on, such as the day, belongs in the key.
        """
        kept = self._kept.get(key)
        if kept is not None and len(kept[0]) == len(made_from) and all(map(_same, kept[0], made_from)):
            return cast(View, kept[1])
        return cast(View, self._kept.keep(key, (tuple(made_from), make()))[1])


def _same(one: object, other: object) -> bool:
    return one is other
