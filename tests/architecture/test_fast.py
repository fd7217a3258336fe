"""What is duplicated for speed is in modules named ``fast_*``, each guarded by a test of equivalence."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = [path for top in ("services", "shared", "deploy") for path in sorted((ROOT / top).rglob("*.py"))]
FAST = [path.relative_to(ROOT).as_posix() for path in CODE if path.stem.startswith("fast_")]


@pytest.mark.parametrize("module", FAST)
def test_a_fast_module_names_the_test_that_guards_it(module: str) -> None:
    """Every test it names exists, and one of them uses the module itself."""
    about = ast.get_docstring(ast.parse((ROOT / module).read_text(encoding="utf-8"))) or ""
    guards = re.findall(r"tests/[a-z_/]+\.py", about)
    assert guards
    tests = [(ROOT / guard).read_text(encoding="utf-8") for guard in guards]
    assert any(Path(module).stem in test for test in tests)


def test_there_are_fast_modules() -> None:
    """This shows that the test above checks something."""
    assert len(FAST) == 5


def test_there_is_one_cache() -> None:
    """A bounded cache is ``shared.caching.Cache``, or ``functools.lru_cache`` on a pure function."""
    own = ROOT / "shared" / "caching.py"
    users = [path for path in CODE if re.search(r"\bOrderedDict\b|\.popitem\(", path.read_text(encoding="utf-8"))]
    assert users == [own]
