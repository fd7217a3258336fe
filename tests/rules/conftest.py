"""The input files of `thidua evaluate` tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import typer.testing

from tests.support.evaluating import Files

# CliRunner builds all commands again at every call, which takes longer than most calls.
typer.testing._get_command = cache(typer.testing._get_command)  # type: ignore[attr-defined]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """An empty set of input files in a folder of the test's own."""
    return Files(tmp_path)
