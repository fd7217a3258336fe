"""Comments in a plan's YAML that say what a person has to look at: ``# cần xem lại: năm 2023 là 05/12/2023``. Pure.

`thidua plan new` writes them, `thidua plan check` lists them as warnings, and whoever has looked deletes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from shared.contracts.plan import Path
from shared.plans.positioned_yaml import Position, PositionedYaml

REVIEW: Final = "cần xem lại"
"""The words with which such a comment begins."""

_MARK = re.compile(rf"(?:^|(?<=[ \t]))#[^\n]*?{REVIEW}: *(?P<note>[^\n]*)", re.MULTILINE)


class Part(NamedTuple):
    """A node of a plan's YAML: its path, the node of its key (None for an element of a list), its own node."""

    path: Path
    key: Node | None
    node: Node


class ReviewMark(NamedTuple):
    """What has to be looked at: the position of the comment, the part of the plan it stands beside, the note."""

    position: Position
    path: Path
    note: str


def review_comment(notes: list[str]) -> str:
    """The comment with these notes."""
    return f"# {REVIEW}: {'; '.join(notes)}"


def parts(root: Node | None) -> Iterator[Part]:
    """Every node below the root once, in the order of the text; an alias is its anchor's node."""
    seen: set[int] = set()

    def below(node: Node, path: Path) -> Iterator[Part]:
        if id(node) in seen:
            return
        seen.add(id(node))
        children: list[tuple[str | int, Node | None, Node]] = []
        if isinstance(node, MappingNode):
            children = [(key.value, key, value) for key, value in node.value if isinstance(key, ScalarNode)]
        elif isinstance(node, SequenceNode):
            children = [(i, None, element) for i, element in enumerate(node.value)]
        for name, key, child in children:
            if id(child) not in seen:
                yield Part((*path, name), key, child)
                yield from below(child, (*path, name))

    if root is not None:
        yield from below(root, ())


def is_block(node: Node) -> bool:
    """Whether a node is a text after ``|`` or ``>``, or a list or mapping without brackets."""
    if isinstance(node, ScalarNode):
        return node.style in ("|", ">")
    return isinstance(node, CollectionNode) and not node.flow_style


def comment_mark(part: Part) -> Any:
    """The parser's mark on the line at whose end a comment about a part stands."""
    if not is_block(part.node):
        return part.node.end_mark
    return part.node.start_mark if isinstance(part.node, ScalarNode) or part.key is None else part.key.end_mark


def review_marks(text: str, positioned: PositionedYaml) -> list[ReviewMark]:
    """Every mark in a plan's text, in its order; ``positioned`` is the same text parsed.

    A comment on a line of its own is about the next line.
    """
    matches = list(_MARK.finditer(text))
    if not matches:
        return []
    described = list(parts(positioned.root))
    texts = [part.node for part in described if isinstance(part.node, ScalarNode)]
    paths: dict[int, list[Path]] = {}
    for part in described:
        if isinstance(part.node, ScalarNode) or (is_block(part.node) and part.key is not None):
            paths.setdefault(comment_mark(part).line, []).append(part.path)
    marks: list[ReviewMark] = []
    for match in matches:
        if any(_is_inside(match.start(), node, text) for node in texts):
            continue
        begin = text.rfind("\n", 0, match.start()) + 1
        line = text.count("\n", 0, begin)
        path = _common(paths.get(line, []))
        if not text[begin : match.start()].strip():
            path = next((_common(paths[after]) for after in sorted(paths) if after > line), ())
        marks.append(ReviewMark(Position(line + 1, match.start() - begin + 1), path, match["note"].strip()))
    return marks


def _is_inside(index: int, node: ScalarNode, text: str) -> bool:
    """Whether a position lies in the text of a node. The line with ``|`` or ``>`` is no part of the text."""
    start = text.find("\n", node.start_mark.index) if is_block(node) else node.start_mark.index
    return start <= index < node.end_mark.index


def _common(paths: list[Path]) -> Path:
    """The path of the smallest part that holds all of these."""
    shared: list[str | int] = []
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1:
            break
        shared.append(names[0])
    return tuple(shared)
