"""04/12/2023 23:59:59 in Vietnam is timely and 05/12/2023 00:00:00 is late, whatever the time zone of a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ZONES = ("UTC", "Asia/Ho_Chi_Minh", "America/Los_Angeles")

PROGRAM = """
import json, time
from datetime import UTC, datetime
from tests.support.reports import report, score, submit
from tests.support.movement import units

last, first_late = 1701709199, 1701709200  # 2023-12-04T16:59:59Z and one second later
instants = {
    "last second": datetime.fromtimestamp(last).astimezone(),
    "last microsecond": datetime.fromtimestamp(last + 0.999999).astimezone(),
    "first late": datetime.fromtimestamp(first_late).astimezone(),
    "last second, UTC": datetime.fromtimestamp(last, UTC),
    "first late, UTC": datetime.fromtimestamp(first_late, UTC),
}
sent = report("OB06", [score(units("so")[0])])
timely = {name: submit("so-noi-vu", sent, now=now).receipt.timely for name, now in instants.items()}
print(json.dumps({"timely": timely, "zone": time.strftime("%z", time.localtime(last))}))
"""
"""The instants are in the zone of the process, so the comparison depends on it."""


@pytest.mark.thorough
def test_the_first_late_second_is_the_same_in_every_zone() -> None:
    processes = {
        zone: subprocess.Popen(
            [sys.executable, "-c", PROGRAM], cwd=ROOT, env={**os.environ, "TZ": zone}, stdout=subprocess.PIPE
        )
        for zone in ZONES
    }
    results = {zone: json.loads(process.communicate(timeout=60)[0]) for zone, process in processes.items()}
    assert {zone: result["zone"] for zone, result in results.items()} == dict(
        zip(ZONES, ("+0000", "+0700", "-0800"), strict=True)
    )
    expected = {
        "last second": True,
        "last microsecond": True,
        "first late": False,
        "last second, UTC": True,
        "first late, UTC": False,
    }
    assert {zone: result["timely"] for zone, result in results.items()} == dict.fromkeys(ZONES, expected)
