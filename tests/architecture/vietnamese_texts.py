"""Collects every Vietnamese text that the product can say, from the sources and the pages.

``python -m tests.architecture.vietnamese_texts`` renews the reviewed list after a wording has changed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tests.support.sources import nodes_of

ROOT = Path(__file__).parents[2]
REVIEWED = Path(__file__).parent / "data" / "vietnamese_texts.txt"
_TOPS = ("services", "shared", "deploy")


class ProductText(NamedTuple):
    """A text and the file it stands in, relative to the root; "{…}" stands for each value that is filled in."""

    file: str
    text: str


@lru_cache
def sources() -> tuple[tuple[str, ast.AST], ...]:
    """The product's modules, by path relative to the root."""
    paths = sorted(path for top in _TOPS for path in (ROOT / top).rglob("*.py"))
    return tuple((str(path.relative_to(ROOT)), nodes_of(path)[0]) for path in paths)


@lru_cache
def all_texts() -> tuple[ProductText, ...]:
    """Every Vietnamese text of the product, by file and text, each once a file."""
    return tuple(sorted({*_of_sources(), *_of_pages()}))


def listed(texts: Iterable[ProductText]) -> str:
    """The texts as the reviewed list has them: a heading for each file, and one line a text."""
    lines: list[str] = []
    file = None
    for text in texts:
        if text.file != file:
            file = text.file
            lines += ["", f"# {file}"]
        lines.append(text.text.replace("\n", "⏎"))
    return "\n".join(lines[1:]) + "\n"


def strings_of(tree: ast.AST) -> Iterator[str]:
    """Every string of a module that is no docstring, with "{…}" for the values of an f-string."""
    nodes = list(ast.walk(tree))
    left_out = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    left_out |= {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    left_out |= {id(node.format_spec) for node in nodes if isinstance(node, ast.FormattedValue)}
    for node in nodes:
        if id(node) in left_out:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def is_vietnamese(text: str) -> bool:
    """Whether a text has a letter that English does not have."""
    return any(character.isalpha() and ord(character) > 127 for character in text)


def _of_sources() -> Iterator[ProductText]:
    for file, tree in sources():
        yield from (ProductText(file, text) for text in strings_of(tree) if is_vietnamese(text))


def _of_pages() -> Iterator[ProductText]:
    pages = (path for top in _TOPS for kind in ("*.html", "*.j2") for path in (ROOT / top).rglob(kind))
    for path in sorted(pages):
        for line in path.read_text("utf-8").splitlines():
            if is_vietnamese(line):
                yield ProductText(str(path.relative_to(ROOT)), line.strip())


if __name__ == "__main__":
    REVIEWED.parent.mkdir(exist_ok=True)
    REVIEWED.write_text(listed(all_texts()), "utf-8")
