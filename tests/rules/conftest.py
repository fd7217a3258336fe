"""The input files of `thidua evaluate` tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.evaluating import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """An empty set of input files in a folder of the test's own."""
    return Files(tmp_path)
