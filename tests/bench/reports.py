"""Reports as agencies send them. The shape of a series gives the number of units of each report."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from shared.contracts.model import Tier
from tests.support.movement import units
from tests.support.reports import body, score

_DISTRICTS_TOO: Final = (Tier.SO, Tier.HUYEN, Tier.DVSN)
_COMMUNES_TOO: Final = (Tier.XA, *_DISTRICTS_TOO)


@dataclass(frozen=True)
class Feed:
    """An obligation of S0, the agency that reports it, the tiers of its units, and a function for a unit's figure."""

    obligation: str
    agency: str
    tiers: tuple[Tier, ...]
    figure: Callable[[str, random.Random], dict[str, Any]]


def _score(unit: str, rng: random.Random) -> dict[str, Any]:
    return score(unit, f"{rng.randrange(10_000) / 100:.2f}")


def _tasks(unit: str, rng: random.Random) -> dict[str, Any]:
    return {"unit": unit, "due": 20, "done_on_time": rng.randrange(21)}


def _attendance(unit: str, rng: random.Random) -> dict[str, Any]:
    return {"unit": unit, "invited": 12, "present": rng.randrange(12), "substitute": 1}


def _discipline(unit: str, rng: random.Random) -> dict[str, Any]:
    return {"unit": unit, "violations": rng.randrange(2)}


FEEDS: Final = (
    Feed("OB06", "so-noi-vu", _COMMUNES_TOO, _score),
    Feed("OB08", "cong-an-tinh", _COMMUNES_TOO, _score),
    Feed("OB07", "so-tttt", (Tier.SO, Tier.HUYEN), _score),
    Feed("OB02", "vp-ubnd-tinh", _DISTRICTS_TOO, _tasks),
    Feed("OB05", "so-noi-vu", _DISTRICTS_TOO, _discipline),
    Feed("OB01", "vp-ubnd-tinh", _DISTRICTS_TOO, _attendance),
    Feed("OB03", "vp-tinh-uy", _DISTRICTS_TOO, _attendance),
    Feed("OB04", "vp-doan-dbqh-hdnd", _DISTRICTS_TOO, _attendance),
)
AGENCIES: Final = sorted({feed.agency for feed in FEEDS})

SHAPES: Final = {
    "one-figure": (1,),
    "mixed": (1, 1, 1, 1, 1, 44, 44, 44, 8, 260),
    "all-units": (300,),
}
"""The number of units of each report in turn. In ``mixed`` half of the reports correct one figure, three in ten are
about all departments, one in ten about the districts and one in ten about the communes."""


def reports(shape: str, seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """An endless series of reports, the feeds in turn, each with its agency. Figures are drawn from the seed."""
    rng = random.Random(seed)
    about = {feed: [unit for tier in feed.tiers for unit in units(tier)] for feed in FEEDS}
    for n in count():
        rows = SHAPES[shape][n % len(SHAPES[shape])]
        able = [feed for feed in FEEDS if len(about[feed]) >= rows]
        feed = able[n % len(able)]
        report = body(feed.obligation, [feed.figure(unit, rng) for unit in rng.sample(about[feed], rows)])
        yield feed.agency, json.dumps(report, ensure_ascii=False).encode()
