"""Run a service with a failpoint or as a mutant: ``python -m tests.live.chaos.entry SERVICE``.

The failpoint or mutant named in the environment is wrapped around the service's classes first; without one the
service runs unchanged.
"""

from __future__ import annotations

import os
import runpy
import sys
from typing import Final

FAILPOINT: Final = "CHAOS_FAILPOINT"
MUTANT: Final = "CHAOS_MUTANT"


def main(service: str) -> None:
    """Apply the mutant, arm the failpoint, run the service."""
    if mutant := os.environ.get(MUTANT):
        from tests.live.chaos.mutants import MUTANTS

        MUTANTS[mutant]()
    if failpoint := os.environ.get(FAILPOINT):
        from tests.live.chaos.failpoints import Failpoint, arm

        arm(Failpoint.read(failpoint))
    runpy.run_module(f"services.{service}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1])
