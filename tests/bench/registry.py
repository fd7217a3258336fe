"""Every ratio, in the order of measurement. Each module of the bench lists its own in ``RATIOS``."""

from __future__ import annotations

from typing import Final

from tests.bench import boards, growth, intake_http, latency, observing, others, pages, papers, paths, replay
from tests.bench.ratio import Ratio

RATIOS: Final[tuple[Ratio, ...]] = (
    *boards.RATIOS,
    *paths.RATIOS,
    *intake_http.RATIOS,
    *growth.RATIOS,
    *latency.RATIOS,
    *replay.RATIOS,
    *pages.RATIOS,
    *papers.RATIOS,
    *observing.RATIOS,
    *others.RATIOS,
)
