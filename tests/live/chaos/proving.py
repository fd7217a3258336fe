"""Prove that the suite catches every mutant: ``python -m tests.live.chaos.proving``."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import get_args

from tests.live.chaos.arena import Backend
from tests.live.chaos.command import quiet
from tests.live.chaos.scenarios import SCENARIOS, Scenario, play
from tests.live.chaos.verdict import Verdict

FOLDER = Path(".thidua/chaos/mutants")


def main() -> int:
    """Play every attack with and without its mutant, and print the check that caught it.

    Returns 1 if a mutant survives or an attack without a mutant breaks the promise.
    """
    parser = argparse.ArgumentParser(prog="mutants", description="Break the promise on purpose: each must be caught.")
    parser.add_argument("--backend", choices=get_args(Backend), default="embedded")
    parser.add_argument("--only", action="append", choices=list(SCENARIOS), help="a mutant; may be given again")
    given = parser.parse_args()
    quiet()
    wanted = {name: SCENARIOS[name] for name in given.only or SCENARIOS}
    blamed = {scenario: _play(scenario, None, given.backend) for scenario in dict.fromkeys(wanted.values())}
    caught = {name: _play(scenario, name, given.backend) for name, scenario in wanted.items()}
    print(f"\n{'mutant':<34}{'attack':<38}{'without it':<14}caught by")
    for name, scenario in wanted.items():
        innocent = "kept" if not blamed[scenario].broken else "BROKEN"
        by = ", ".join(caught[name].caught_by) or "NOTHING"
        print(f"{name:<34}{_named(scenario):<38}{innocent:<14}{by} ({len(caught[name].broken)} breaches)")
    for verdict in blamed.values():
        for broken in verdict.broken[:5]:
            print(f"  without a mutant: {broken}"[:1000])
    kept = not any(verdict.broken for verdict in blamed.values()) and all(verdict.broken for verdict in caught.values())
    print("every mutant was caught" if kept else "NOT PROVEN")
    return 0 if kept else 1


def _play(scenario: Scenario, mutant: str | None, backend: Backend) -> Verdict:
    began = time.monotonic()
    verdict = asyncio.run(play(FOLDER, scenario, mutant, backend))
    what = mutant or f"no mutant: {_named(scenario)}"
    print(f"{what}: {len(verdict.broken)} breaches, {time.monotonic() - began:.0f} s", flush=True)
    return verdict


def _named(scenario: Scenario) -> str:
    return scenario.__name__.replace("_", " ")


if __name__ == "__main__":
    sys.exit(main())
