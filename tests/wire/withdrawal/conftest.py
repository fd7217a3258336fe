"""intake on the morning of 01/12/2023; see ``tests.support.intake_morning``."""

from __future__ import annotations

from tests.support.intake_morning import intake, kafka, opened

__all__ = ["intake", "kafka", "opened"]
