"""Which series a PromQL query reads. Enough for our own queries; Prometheus itself judges whether they are right."""

from __future__ import annotations

import re
from typing import Final

_GROUPING: Final = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_NAME: Final = re.compile(r"\b[a-zA-Z_:][\w:]*\b(?!\s*\()")
_SELECTOR: Final = re.compile(r"\b([a-zA-Z_:][\w:]*)(\{[^}]*\})?(?!\w|\s*\()")
_TEXT: Final = re.compile(r'"[^"]*"')
_WORDS: Final = frozenset({"and", "or", "unless", "bool", "offset", "Inf", "by", "on"})
_DURATION: Final = re.compile(r"\[[^\]]*\]|\boffset\s+\d+[smhdwy]|\b\d[\d.]*[smhdwy]?\b")


def metrics_of(expr: str) -> set[str]:
    """The name of every metric that a query reads."""
    bare = re.sub(r"\{[^}]*\}", "", _TEXT.sub('""', expr))
    bare = _DURATION.sub(" ", _GROUPING.sub(" ", bare))
    return set(_NAME.findall(bare)) - _WORDS


def selectors_of(expr: str) -> list[str]:
    """Every metric that a query reads, with the labels it is chosen by, each once."""
    named = metrics_of(expr)
    matches = (match for match in _SELECTOR.finditer(_GROUPING.sub(" ", expr)) if match[1] in named)
    return list(dict.fromkeys(f"{match[1]}{match[2] or ''}" for match in matches))


def labels_of(expr: str) -> set[str]:
    """Every label that a query chooses or groups by."""
    grouped = {name.strip() for match in _GROUPING.findall(expr) for name in match.partition("(")[2][:-1].split(",")}
    chosen = set(re.findall(r"[{,]\s*(\w+)\s*(?:=~|!~|!=|=)", expr))
    return (grouped | chosen) - {""}
