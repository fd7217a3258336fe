"""A YAML text read with the place of everything in it, and the keys it gives twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from shared.contracts.plan import Path


class Position(NamedTuple):
    """A line and a column of a text, both counted from 1."""

    line: int
    column: int


class DuplicateKey(NamedTuple):
    """A key that one mapping gives twice: where the second is, and the line of the first."""

    key: str
    position: Position
    first_line: int


class Unreadable(ValueError):
    """A text that is no YAML. ``position`` is where reading stopped."""

    def __init__(self, position: Position, text: str) -> None:
        super().__init__(text)
        self.position = position


class _Loader(yaml.SafeLoader):
    """Leaves what looks like a date and is none (2023-11-31) as text, so that it can be named in its place."""

    def construct_timestamp(self, node: ScalarNode) -> Any:
        """A date or time, or the text."""
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            return str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_timestamp)


@dataclass(frozen=True, slots=True)
class PositionedYaml:
    """What a YAML text says, and where. ``root`` is None for an empty text.

    ``duplicate_keys`` are the keys a mapping gives twice, in the order of the text; of those, readers of YAML keep the last
    without a word.
    """

    data: Any
    root: Node | None
    duplicate_keys: tuple[DuplicateKey, ...]

    def find(self, path: Path) -> tuple[Path, Position]:
        """The part of a path that is in the text, and where its value begins.

        Parts that are not there are passed over: missing keys, and the names validation gives to what it tried.
        What an alias or a merge key stands for is found where it is written.
        """
        node, there = self.root, list[str | int]()
        for part in path:
            below = _below(node, part)
            if below is not None:
                node = below[1]
                there.append(part)
        return tuple(there), _position(node)

    def key(self, path: Path) -> Position:
        """Where the key that ends a path is; where its mapping begins if it is not there."""
        node = self.root
        for part in path[:-1]:
            below = _below(node, part)
            node = below[1] if below else node
        last = _below(node, path[-1]) if path else None
        return _position(last[0] if last else node)

    def get(self, path: Path) -> Any:
        """The value a path names; None where there is none."""
        value = self.data
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def named(self, key: str) -> Iterator[tuple[Path, Any]]:
        """Every value under a key, however deep, with its path."""
        yield from _named(self.data, key, (), ())


def read(text: str) -> PositionedYaml:
    """Read a YAML text. Raises ``Unreadable`` with the place where it cannot be."""
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        # Before the data is made: that puts what a merge key brings among the keys of the mapping itself.
        duplicate_keys = tuple(sorted(_all_duplicate_keys(root), key=lambda each: each.position))
        return PositionedYaml(loader.construct_document(root) if root else None, root, duplicate_keys)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
        raise Unreadable(position, ", ".join(filter(None, (error.context, error.problem)))) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        position = Position(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise Unreadable(position, f"a character that may not stand in a text: U+{error.character:04X}") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(Position(1, 1), str(error)) from None


def _position(node: Node | None) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1) if node is not None else Position(1, 1)


def _below(node: Node | None, part: str | int) -> tuple[Node, Node] | None:
    """The key (for a list, the element itself) and the value that a part of a path names."""
    if isinstance(node, SequenceNode) and isinstance(part, int):
        return (node.value[part], node.value[part]) if 0 <= part < len(node.value) else None
    if not isinstance(node, MappingNode):
        return None
    # The last of two equal keys is the one that counts; what a merge key brought stands before the others.
    for key, value in reversed(node.value):
        if isinstance(key, ScalarNode) and key.value == str(part):
            return key, value
    return None


def _nodes(root: Node | None) -> Iterator[Node]:
    """Every node once; an alias is the node it stands for."""
    waiting, seen = [root] if root is not None else [], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, SequenceNode):
            waiting += node.value
        elif isinstance(node, MappingNode):
            waiting += [each for pair in node.value for each in pair]


def _all_duplicate_keys(root: Node | None) -> Iterator[DuplicateKey]:
    for node in _nodes(root):
        if isinstance(node, MappingNode):
            yield from _duplicate_keys(node)


def _duplicate_keys(node: MappingNode) -> Iterator[DuplicateKey]:
    first: dict[tuple[str, str], Node] = {}
    for key, _ in node.value:
        if isinstance(key, ScalarNode) and first.setdefault((key.tag, key.value), key) is not key:
            yield DuplicateKey(key.value, _position(key), _position(first[key.tag, key.value]).line)


def _named(data: Any, key: str, path: Path, above: tuple[int, ...]) -> Iterator[tuple[Path, Any]]:
    """``above`` are the values it lies in, so that one that holds itself comes to an end."""
    if id(data) in above:
        return
    if isinstance(data, dict):
        for name, value in data.items():
            if name == key:
                yield (*path, name), value
            yield from _named(value, key, (*path, name), (*above, id(data)))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from _named(value, key, (*path, i), (*above, id(data)))
