"""Names are the field's standard terms (docs/glossary.md): an old word in a new identifier fails here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.sources import nodes_of

ROOT = Path(__file__).parents[2]
ROOMS = sorted(
    path
    for top in ("services", "shared", "deploy", "tests")
    for path in (ROOT / top).iterdir()
    if path.is_dir() and any(path.rglob("*.py"))
)

REFUSED = {
    "anew": "again",
    "asks": "the noun of the thing",
    "debt": "due report, duty",
    "door": "intake",
    "gathering": "fetch batching",
    "glance": "fast check",
    "hear": "consume, apply",
    "heard": "decoded, applied",
    "hearer": "consumer",
    "hearing": "evaluator",
    "hears": "consumes",
    "hot": "fast",
    "keyring": "key policy",
    "lately": "recent",
    "letter": "dead letter, character",
    "lot": "batch",
    "nudge": "wake",
    "nudged": "woken",
    "overtaken": "stale, superseded",
    "owe": "due",
    "owed": "due, pending",
    "owes": "due",
    "owing": "pending",
    "park": "pause",
    "parked": "paused",
    "parking": "paused partitions",
    "patiently": "retry transient",
    "revive": "restart",
    "reviver": "watchdog",
    "reviving": "watchdog",
    "roll": "nomination store",
    "said": "published, stated",
    "say": "render, publish",
    "says": "renders, publishes",
    "settle": "finish, recompute, retry on conflict",
    "settled": "finished",
    "settler": "deferred worker",
    "settling": "deferred work",
    "speaker": "rendering, producer",
    "tally": "movement figures",
    "tell": "describe",
    "telling": "wording",
    "tells": "describes",
    "terms": "context",
    "together": "batch",
    "told": "described, notified",
    "touched": "dirty",
    "unfit": "invalid",
    "unheard": "unknown event type",
}
"""Refused in every identifier that the project defines, plural too, with the term to use."""

REFUSED_VARIABLES = frozenset({"each", "those", "told", "found", "held", "known", "asked", "called"})
"""Refused as the whole name of a variable or parameter: use the noun of the thing."""

ALLOWED = {
    "most_letters_in_a_row": "a setting, THIDUA_MOST_LETTERS_IN_A_ROW",
    "most_letters_share": "a setting, THIDUA_MOST_LETTERS_SHARE",
    "parked": "a key of /progress",
}
"""Identifiers that are wire names, stored names or settings, with the reason."""

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


def words(identifier: str) -> list[str]:
    """The words of a snake-case or camel-case identifier, in lower case."""
    return [word.lower() for part in identifier.split("_") for word in _WORD.findall(part)]


@cache
def old_words(identifier: str) -> frozenset[str]:
    """The refused words in an identifier. ``dead_letter`` is the field's own term."""
    split = words(re.sub(r"dead_?letter", "dead", identifier, flags=re.IGNORECASE))
    singular = {word.removesuffix("s") for word in split}
    return frozenset(word for word in REFUSED if word in split or word in singular)


def defined(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str, bool]]:
    """Line and name of everything a module defines, and whether it is a plain variable or parameter."""
    for node in nodes:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name, False
            case ast.arg(arg=name):
                yield node.lineno, name, True
            case ast.Name(id=name, ctx=ast.Store()):
                yield node.lineno, name, True
            case ast.Attribute(attr=name, ctx=ast.Store(), value=ast.Name(id="self")):
                yield node.lineno, name, False
            case ast.alias(asname=str(name)):
                yield 0, name, False


def fields(nodes: Iterable[ast.AST]) -> set[str]:
    """Names annotated in class bodies: wire and stored fields may be ordinary words such as ``held``."""
    return {
        item.target.id
        for node in nodes
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }


@pytest.mark.parametrize("room", ROOMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_identifier_uses_an_old_word(room: Path) -> None:
    """This holds for every identifier and every file name of a room."""
    wrong: list[str] = []
    for path in sorted(room.rglob("*.py")):
        at = path.relative_to(ROOT)
        wrong += [f"{at}: {part}" for part in at.with_suffix("").parts if old_words(part)]
        nodes = nodes_of(path)
        own = fields(nodes)
        for line, name, variable in defined(nodes):
            if name in ALLOWED or name == "REFUSED":
                continue
            if old := old_words(name):
                wrong.append(f"{at}:{line}: {name}: use {', '.join(REFUSED[word] for word in sorted(old))}")
            elif variable and name in REFUSED_VARIABLES and name not in own:
                wrong.append(f"{at}:{line}: {name}: use the noun of the thing")
    assert not wrong, "\n".join(wrong)
