"""YAML parsed with the position of everything in it, its duplicate keys, and the values that YAML misreads.

A text is bounded in size and depth, and has no aliases: a few of them can stand for any amount of data. It has no
explicit tags either, which name a type that the value need not have. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from shared.contracts.plan import Path
from shared.plans.fast_yaml import composed
from shared.wording.combining_marks import stacked_marks_at

MAX_BYTES: Final = 512 * 1024
"""The largest plan that is read. A plan of a province has up to 50 kB."""

_INT = re.compile(r"-?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]*[1-9]|-?(0|[1-9][0-9]*)\.0")
_LIKE_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_KEPT = {"bool": re.compile(r"true|false", re.IGNORECASE), "int": _INT, "float": _FLOAT}
"""How a value of each type of YAML is written if it is to be read as it is written."""


class Position(NamedTuple):
    """A line and a column of a text, both from 1."""

    line: int
    column: int


class DuplicateKey(NamedTuple):
    """A key that one mapping has twice: the position of the second, and the line of the first."""

    key: str
    position: Position
    first_line: int


class InvalidYaml(ValueError):
    """A text that is not valid YAML. ``position`` is where parsing stopped."""

    def __init__(self, position: Position, text: str) -> None:
        super().__init__(text)
        self.position = position


class Misread(NamedTuple):
    """A value that YAML reads as another than is written: ``010`` as 8, ``1.000`` as 1.0, ``no`` as false."""

    position: Position
    problem: str


@dataclass(frozen=True, slots=True)
class PositionedYaml:
    """Parsed YAML with positions. ``root`` is None for an empty text.

    ``duplicate_keys`` and ``misread`` are in the order of the text. YAML parsers silently keep the last of two equal
    keys. ``text`` is the text as it was given; everything else is of its composed form (NFC).
    """

    data: Any
    root: Node | None
    duplicate_keys: tuple[DuplicateKey, ...]
    misread: tuple[Misread, ...] = ()
    text: str = ""

    def find(self, path: Path) -> tuple[Path, Position]:
        """The part of a path that is in the text, and the position of its value.

        Parts that are not in the text are skipped: missing keys, and the names pydantic adds for union members.
        The position of a merged value is where it is written.
        """
        node, existing = self.root, list[str | int]()
        for part in path:
            child = _child(node, part)
            if child is not None:
                node = child[1]
                existing.append(part)
        return tuple(existing), _position(node)

    def key(self, path: Path) -> Position:
        """The position of the key that ends a path; of its mapping if the key is not in the text."""
        node = self.root
        for part in path[:-1]:
            child = _child(node, part)
            node = child[1] if child else node
        last = _child(node, path[-1]) if path else None
        return _position(last[0] if last else node)

    def get(self, path: Path) -> Any:
        """The value at a path; None if there is none."""
        value = self.data
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def values_of(self, key: str) -> Iterator[tuple[Path, Any]]:
        """Every value of a key at any depth, with its path."""
        yield from _values_of(self.data, key, (), ())


def parse(text: str) -> PositionedYaml:
    """Parse a YAML text. Raises ``InvalidYaml``, also for a text with aliases, one that is too large or too deep."""
    try:
        if len(text) > MAX_BYTES or len(text.encode()) > MAX_BYTES:
            raise InvalidYaml(Position(1, 1), "too large")
        if (stacked := stacked_marks_at(text)) is not None:
            raise InvalidYaml(_position_in(text, stacked), "stacked marks")
        loader, root = composed(unicodedata.normalize("NFC", text))
        # Before construct_document, which moves merged keys into the mapping's own keys.
        duplicate_keys = tuple(sorted(_all_duplicate_keys(root), key=lambda duplicate: duplicate.position))
        misread = tuple(sorted(_all_misread(root)))
        return PositionedYaml(loader.construct_document(root) if root else None, root, duplicate_keys, misread, text)
    except InvalidYaml:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
        raise InvalidYaml(position, ", ".join(filter(None, (error.context, error.problem)))) from None
    except yaml.reader.ReaderError as error:
        position = _position_in(text, error.position)
        raise InvalidYaml(position, f"a character that may not stand in a text: U+{error.character:04X}") from None
    except OverflowError:
        raise InvalidYaml(Position(1, 1), "a number without bounds") from None
    except (ValueError, RecursionError) as error:
        raise InvalidYaml(Position(1, 1), str(error)) from None


def _position_in(text: str, index: int) -> Position:
    """The position of a character of a text."""
    before = text[:index]
    return Position(before.count("\n") + 1, len(before) - before.rfind("\n"))


def _position(node: Node | None) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1) if node is not None else Position(1, 1)


def _child(node: Node | None, part: str | int) -> tuple[Node, Node] | None:
    """The key node (in a list, the element itself) and the value node of one part of a path; None if absent."""
    if isinstance(node, SequenceNode) and isinstance(part, int):
        return (node.value[part], node.value[part]) if 0 <= part < len(node.value) else None
    if not isinstance(node, MappingNode):
        return None
    # The last of two equal keys counts; merged keys come before the mapping's own.
    for key, value in reversed(node.value):
        if isinstance(key, ScalarNode) and key.value == str(part):
            return key, value
    return None


def _nodes(root: Node | None) -> Iterator[Node]:
    """Every node once."""
    pending, seen = [root] if root is not None else [], set[int]()
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, SequenceNode):
            pending += node.value
        elif isinstance(node, MappingNode):
            pending += [part for pair in node.value for part in pair]


def _all_duplicate_keys(root: Node | None) -> Iterator[DuplicateKey]:
    for node in _nodes(root):
        if isinstance(node, MappingNode):
            yield from _duplicate_keys(node)


def _duplicate_keys(node: MappingNode) -> Iterator[DuplicateKey]:
    first: dict[tuple[str, str], Node] = {}
    for key, _ in node.value:
        if isinstance(key, ScalarNode) and first.setdefault((key.tag, key.value), key) is not key:
            yield DuplicateKey(key.value, _position(key), _position(first[key.tag, key.value]).line)


def _all_misread(root: Node | None) -> Iterator[Misread]:
    for node in _nodes(root):
        if isinstance(node, ScalarNode) and (problem := _misread(node.tag.rpartition(":")[2], node.value)):
            yield Misread(_position(node), problem)


def _misread(kind: str, written: str) -> str:
    """Why a value of a type of YAML means another than is written; empty if it does not."""
    if kind == "float" and _LIKE_THOUSANDS.fullmatch(written):
        return f"misread thousands “{written}”"
    return "" if kind not in _KEPT or _KEPT[kind].fullmatch(written) else f"misread {kind} “{written}”"


def _values_of(data: Any, key: str, path: Path, ancestors: tuple[int, ...]) -> Iterator[tuple[Path, Any]]:
    """``ancestors`` are the ids of the values around ``data``, so that a value that contains itself ends the search."""
    if id(data) in ancestors:
        return
    if isinstance(data, dict):
        for name, value in data.items():
            if name == key:
                yield (*path, name), value
            yield from _values_of(value, key, (*path, name), (*ancestors, id(data)))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from _values_of(value, key, (*path, i), (*ancestors, id(data)))
