"""Ratios of papers: the bundle of a session beside its largest single paper, both set by typst in this process."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from services.council.documents.blocks import Paper
from services.council.documents.bundle import bundled, session_bundle
from services.council.documents.facts import SessionFacts
from services.council.documents.pdf import paper_pdf
from shared.contracts.model import Tier
from tests.bench.ratio import Ratio, Stopwatch, Took
from tests.bench.stage import Stage
from tests.support.movement import units
from tests.support.session_papers import session_facts


@lru_cache(maxsize=1)
def _prepared() -> tuple[SessionFacts, Paper]:
    """The session with every commune of the province as a candidate, and its largest paper."""
    facts = session_facts(len(units(Tier.XA)))
    return facts, max(bundled(facts), key=lambda paper: len(repr(paper)))


async def _bundle(_: Stage) -> Took:
    facts, _largest = _prepared()
    watch = Stopwatch()
    with watch.running():
        session_bundle(facts, "")
    return Took(watch.seconds, cpu=watch.cpu, facts={"papers": len(bundled(facts))})


async def _largest_paper(_: Stage) -> Took:
    _facts, largest = _prepared()
    watch = Stopwatch()
    with watch.running():
        paper_pdf(largest)
    return Took(watch.seconds, cpu=watch.cpu)


RATIOS: Final = (
    Ratio(
        "bundle",
        "the bundle of a session with 260 communes / its largest single paper",
        _bundle,
        _largest_paper,
        "<=",
        10,
        reps=3,
        pure=True,
    ),
)
