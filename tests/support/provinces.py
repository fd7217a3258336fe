"""The provinces whose plans and units the tests use, and the settings of intake for the first of them."""

from __future__ import annotations

from typing import Final

from shared.plans.load import PROVINCES

THAI_BINH: Final = PROVINCES / "thai-binh"
"""The province whose documents of 2021 to 2023 are the source of the rules."""

HUNG_YEN: Final = PROVINCES / "hung-yen"
"""The example province with two levels of government, after 1/7/2025."""

OFFICE: Final = "ban-tdkt"
"""The council's standing office in both provinces."""

SERVED: Final = {"province": "thai-binh", "office": OFFICE}
"""intake's settings that have no default."""
