"""libyaml gives what PyYAML's own parser gives, or is not used: of the plans as they are, and spoilt at random."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
import yaml
from yaml.nodes import CollectionNode, Node

from shared.plans.fast_yaml import FastLoader, Loader, composed
from tests.support.provinces import HUNG_YEN, THAI_BINH

TEXTS = {path.stem: path.read_text(encoding="utf-8") for top in (THAI_BINH, HUNG_YEN) for path in top.glob("*.yaml")}

PIECES = [
    *"\t\r\n \x85\u2028\ufeff\xa0:-?[]{},&*!|>'\"%@`#~=<\\\x00\x7fé0đ\U0001f600",
    *("\r\n", ": ", "- ", "? ", "--- ", "---\n", "...\n", "\n...", "%YAML 1.1\n---\n", "<<: ", "&a ", "*a", "!!str "),
    *("|2\n", "|2-\n", ">1+\n", ">-\n", ": |\n", ">#", "|\t", "\\u00e9", "\\x", "''", '""', "{a}", "{a:b}", "[a: b]"),
    *("\n\n", "\n  ", "\n      ", "  - ", ": {", ": [", "],", "},", " #", "\t#", ": ,", "? a\n: b\n", "null", "010"),
    *("key with " * 120 + ": ", "x" * 1100 + ": y\n"),
]
"""What is written into a plan: signs that mean something in YAML, and characters that the parsers treat apart."""


def described(root: Node | None) -> Iterator[tuple[object, ...]]:
    """Everything about every node of a text, in the order of the text."""
    if root is None:
        return
    start, end = root.start_mark, root.end_mark
    marks = (start.line, start.column, start.index, end.line, end.column, end.index)
    if isinstance(root, CollectionNode):
        # PyYAML has None for a list as far left as its key; it has no brackets either.
        yield (type(root), root.tag, *marks, bool(root.flow_style))
        for part in root.value:
            for node in part if isinstance(part, tuple) else (part,):
                yield from described(node)
    else:
        yield (type(root), root.tag, *marks, getattr(root, "style", None) or "", root.value)


def read(text: str) -> tuple[bool, object]:
    """Whether libyaml is used for a text; and everything that is read from it, or why and where it is refused."""
    try:
        loader, root = composed(text)
    except yaml.YAMLError as error:
        return False, worded(error)
    return isinstance(loader, FastLoader), (list(described(root)), values(loader, root))


def read_slowly(text: str) -> object:
    """The same as PyYAML alone reads it."""
    try:
        loader = Loader(text)
        root = loader.get_single_node()
    except yaml.YAMLError as error:
        return worded(error)
    return list(described(root)), values(loader, root)


def values(loader: Loader | FastLoader, root: Node | None) -> object:
    """The values of a text, or why they cannot be made."""
    try:
        return repr(loader.construct_document(root)) if root is not None else ""
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        return worded(error)


def worded(error: Exception) -> tuple[object, ...]:
    """An error without the lines around it, which libyaml does not keep, and nobody prints."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return (type(error), str(error))
    marks = [(mark.line, mark.column) for mark in (error.context_mark, error.problem_mark) if mark is not None]
    return (type(error), error.context, error.problem, *marks)


def spoilt(chance: random.Random) -> str:
    """A few lines of a plan with a few pieces written into them, or pieces alone."""
    if chance.random() < 0.2:
        return "".join(chance.choices(PIECES, k=chance.randrange(1, 14))) + "\n"
    lines = TEXTS[chance.choice(list(TEXTS))].splitlines(keepends=True)
    first = chance.randrange(len(lines))
    text = "".join(lines[first : first + chance.randrange(1, 12)])
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(text) + 1)
        text = text[:place] + chance.choice(PIECES) + text[place + chance.choice([0, 0, 1, 3]) :]
    return text


@pytest.mark.parametrize("name", TEXTS)
def test_a_plan_is_read_fast_and_as_slowly(name: str) -> None:
    """No character in a plan that ships leaves it to the slow parser."""
    assert read(TEXTS[name]) == (True, read_slowly(TEXTS[name]))


@pytest.mark.thorough
def test_a_text_spoilt_at_random_is_read_as_slowly_or_refused_in_the_same_words() -> None:
    chance, fast = random.Random(20231130), 0
    for _ in range(1500):
        text = spoilt(chance)
        used, outcome = read(text)
        assert outcome == read_slowly(text), text
        fast += used
    assert fast > 150, "libyaml is used for so few that this shows little"


@pytest.mark.parametrize(
    "text",
    [
        *("a:\tb\n", "<\t\n", "a: [b?c]\n", 'a: "\\xùng"\n', "a: >#\n", "%YAML 1.1\n---\na: b\n", "\ufeffa: b\n"),
        *(
            "a: b",
            "[a: , b]\n",
            "a: *x\n",
            "a: !!str 1\n",
            "[" * 60 + "]" * 60 + "\n",
            "a: [b\n",
            "\x00\n",
        ),
    ],
)
def test_what_the_two_read_or_place_otherwise_is_left_to_the_slow_one(text: str) -> None:
    assert read(text) == (False, read_slowly(text))
