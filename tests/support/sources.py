"""The project's modules as syntax trees, each parsed once for all tests of a process."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a module; the first is the module."""
    return (*ast.walk(ast.parse(path.read_text(encoding="utf-8"))),)
