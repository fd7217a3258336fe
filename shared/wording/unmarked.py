"""Vietnamese text without differences that a reader does not mean: composition, case, spaces, and diacritics. Pure."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

MAX_COMPARED: Final = 300
"""The maximum number of characters compared: normalizing long runs of combining marks is slow."""


def normalized(name: str) -> str:
    """A name without differences of composition, case and spaces. Different names stay different."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


@lru_cache(maxsize=4096)
def without_marks(name: str) -> str:
    """A name without diacritics, as typed on a plain keyboard: "Đông Hoàng" is "dong hoang". Different names may agree.

    What is longer than any name is cut off. The names of a register recur with every search, so results are cached.
    """
    bare = unicodedata.normalize("NFD", normalized(name[:MAX_COMPARED])).replace("đ", "d")
    return "".join(character for character in bare if not unicodedata.combining(character))
