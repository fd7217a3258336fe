"""Every ratio there is, in the order they are measured. A module beside this one gives its own in ``RATIOS``."""

from __future__ import annotations

from typing import Final

from tests.bench import boards, paths
from tests.bench.ratio import Ratio

RATIOS: Final[tuple[Ratio, ...]] = (*boards.RATIOS, *paths.RATIOS)
