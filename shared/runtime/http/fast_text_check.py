"""Whether the texts of a body certainly need no work, by one look at the whole body.

Each check repeats what ``strict_json`` does text by text: ``are_tidy`` what ``tidied`` does, ``is_plain`` what
``character_problems`` does. Most bodies pass. tests/rules/test_fast_check.py and tests/rules/test_limits.py prove that
a body that passes is not changed by the one and has no problem by the other.
"""

from __future__ import annotations

from collections.abc import Sequence


def are_tidy(texts: Sequence[bytes]) -> bool:
    """Whether texts without escapes are certainly tidy: all ASCII, none with a space at either end."""
    quoted = b'"%b"' % b'"'.join(texts)
    return quoted.isascii() and b' "' not in quoted and b'" ' not in quoted


def is_plain(text: str) -> bool:
    """Whether a JSON text is all visible ASCII without escapes, so that ``character_problems`` finds nothing in it."""
    return text.isascii() and text.isprintable() and "\\" not in text
