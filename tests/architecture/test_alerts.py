"""The alerts fire under their faults and stay quiet otherwise, by Prometheus' own tool."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"
PROMTOOL = shutil.which("promtool")


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian's package prometheus) is not on this machine")
def test_each_alert_about_mails_fires_under_its_fault_and_only_then() -> None:
    """The cases are in deploy/prometheus/alerts.test.yml."""
    assert PROMTOOL is not None
    done = subprocess.run([PROMTOOL, "test", "rules", "alerts.test.yml"], cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
