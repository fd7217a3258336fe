"""YAML composed by libyaml where it gives what PyYAML's own parser gives, by PyYAML everywhere else. Pure.

A text that libyaml refuses is read by PyYAML, which says why. ``tests/rules/test_fast_yaml.py`` compares the two: every
node, its tag, its style, and where it begins and ends.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, Final

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.events import AliasEvent, NodeEvent, ScalarEvent
from yaml.nodes import Node, ScalarNode

_MAX_DEPTH: Final = 40


class _Rules(Composer, SafeConstructor):
    """Loads an impossible date (2023-11-31) as text, so that the model reports it at its position.

    Refuses aliases, explicit tags and deep nesting before anything is built from them.
    """

    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """The next node, with everything in it."""
        self.depth += 1
        # The event has the place in the text; the types of PyYAML say nothing about it.
        event: Any = self.peek_event()  # type: ignore[attr-defined]
        if problem := self.refusal(event):
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        node: Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def refusal(self, event: Any) -> str:
        """Why the node that begins with an event is not read; empty if it is."""
        if isinstance(event, AliasEvent):
            return "an alias"
        if isinstance(event, NodeEvent) and getattr(event, "tag", None) is not None:
            return "an explicit tag"
        return "nested too deep" if self.depth > _MAX_DEPTH else ""

    def construct_timestamp(self, node: ScalarNode) -> Any:
        """A date or time, or the text if it is not a real one."""
        try:
            return self.construct_yaml_timestamp(node)
        except (ValueError, OverflowError):
            return str(node.value)


_Rules.add_constructor("tag:yaml.org,2002:timestamp", _Rules.construct_timestamp)  # type: ignore[type-var]


class Loader(_Rules, yaml.SafeLoader):
    """Reads every text, and says in PyYAML's words what is wrong with one."""


class FastLoader(_Rules, yaml.CSafeLoader):
    """Reads with libyaml, in a sixth of the time, and only what both parsers put at the same places."""

    def __init__(self, text: str) -> None:
        yaml.CSafeLoader.__init__(self, text)
        Composer.__init__(self)

    def refusal(self, event: Any) -> str:
        """Refuses a value that is left out, too: inside brackets libyaml places it elsewhere."""
        left_out = isinstance(event, ScalarEvent) and event.value == "" and not event.style
        return "a value that is left out" if left_out else super().refusal(event)


_READ_OTHERWISE: Final = re.compile(r"[\t\\?\ufeff]|^%|[|>][-+0-9]*#", re.MULTILINE)
"""What libyaml reads or places otherwise than PyYAML. A text that does not end with a line end is another."""


def composed(text: str) -> tuple[Loader | FastLoader, Node | None]:
    """The root of a text, and the loader that constructs its values. Raises what PyYAML raises."""
    if text.endswith("\n") and not _READ_OTHERWISE.search(text):
        with suppress(yaml.YAMLError):
            fast = FastLoader(text)
            return fast, fast.get_single_node()
    loader = Loader(text)
    return loader, loader.get_single_node()
