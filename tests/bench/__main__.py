"""``python -m tests.bench``: one JSON line a ratio, the two sides alternating in one run.

The correctness check runs first where a ratio needs it; where rows come out wrong, nothing is measured and the exit
code is 1. So it is where a side fails; those that cannot be measured here are named and skipped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.stack.embedded import PartDied
from tests.bench import results
from tests.bench.correct import wrong_rows
from tests.bench.ratio import Ratio, Skipped, line, measure
from tests.bench.registry import RATIOS
from tests.bench.stage import SideFailed, Stage

_FOLDER = Path(".thidua/bench")


def _chosen(names: Sequence[str], peers: bool) -> list[Ratio]:
    """The ratios named, or all (peers where they are wanted). A name's beginning is enough."""
    if lost := [name for name in names if not any(ratio.name.startswith(name) for ratio in RATIOS)]:
        raise SystemExit(f"no such ratio: {', '.join(lost)}; --list names all")
    chosen = [ratio for ratio in RATIOS if not names or any(ratio.name.startswith(name) for name in names)]
    chosen = [ratio for ratio in chosen if peers or not ratio.peer or ratio.name in names]
    if not chosen:
        raise SystemExit(f"{', '.join(names)}: peers are measured with --peers, or named in full")
    return chosen


def _print(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(result), flush=True)
        return
    for word in ("skipped", "failed"):
        if word in result:
            print(f"{result['ratio']:<28} {word}: {result[word]}", flush=True)
            return
    verdict = {True: "met", False: "NOT MET", None: ""}[result["met"]]
    span = f"{result['median']} ({result['min']} to {result['max']})"
    print(f"{result['ratio']:<28} {span:<32} {result['target'] or '':<8} {verdict}", flush=True)


async def run(ratios: Sequence[Ratio], stage: Stage, reps: int | None, as_json: bool) -> list[dict[str, Any]]:
    """Measure them one after the other and print a line as soon as there is one."""
    lines: list[dict[str, Any]] = []
    for ratio in ratios:
        try:
            result = line(ratio, await measure(ratio, stage, reps))
        except Skipped as why:
            result = {"ratio": ratio.name, "skipped": str(why)}
        except (SideFailed, PartDied, TimeoutError) as why:  # the others can still be measured
            result = {"ratio": ratio.name, "failed": str(why)}
        lines.append(result)
        _print(result, as_json)
    return lines


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The parsed arguments, by default those of the process. Raises ``SystemExit`` if they are wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--ratio", nargs="+", default=[], metavar="NAME", help="only these; a name's beginning is enough"
    )
    parser.add_argument("--reps", type=int, help="repetitions of each ratio; without it each has its own number")
    parser.add_argument("--json", action="store_true", help="one JSON line a ratio")
    parser.add_argument("--peers", action="store_true", help="other stream processors too, each in its own environment")
    parser.add_argument("--figures", type=int, default=200_000, help="total number of figures")
    parser.add_argument("--kafka", help="a cluster to be thrown away; its topics are deleted and created again")
    parser.add_argument("--mongo", help="a database server")
    parser.add_argument("--results", action="store_true", help=f"write {results.PATH.name} from this run")
    parser.add_argument("--list", action="store_true", help="name the ratios and their targets")
    return parser.parse_args(given)


async def main() -> int:
    """Measure and print; 1 where the correctness check fails."""
    args = arguments()
    ratios = _chosen(args.ratio, args.peers)
    if args.list:
        for ratio in RATIOS:
            target = f"{ratio.direction} {ratio.target:g}" if ratio.target is not None else ""
            print(f"{ratio.name:<28} {target:<8} {ratio.description}")
        return 0
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker that is not up yet is no news
    here = asyncio.current_task()
    assert here is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, here.cancel)  # nothing of ours stays behind
    async with Stage(_FOLDER, figures=args.figures, kafka=args.kafka, mongo=args.mongo) as stage:
        if not all(ratio.pure for ratio in ratios) and (wrong := await wrong_rows(stage)):
            print(
                f"{len(wrong)} wrong rows after a crash and records that came twice; nothing is measured:",
                file=sys.stderr,
            )
            print("\n".join(wrong[:20]), file=sys.stderr)
            return 1
        lines = await run(ratios, stage, args.reps, args.json)
        if args.results:
            results.write(lines, ratios, stage)
    return 1 if any("failed" in line for line in lines) else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
