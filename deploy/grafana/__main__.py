"""``python -m deploy.grafana``: write every dashboard as Grafana provisions it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from deploy.grafana.business import BUSINESS
from deploy.grafana.events import EVENTS
from deploy.grafana.infrastructure import INFRASTRUCTURE
from deploy.grafana.services import OF_SERVICES

FOLDER: Final = Path(__file__).parent / "dashboards"
BOARDS: Final = (BUSINESS, EVENTS, *OF_SERVICES, INFRASTRUCTURE)


def files() -> dict[str, str]:
    """The text of every file in ``dashboards/`` by its name."""
    return {f"{board.uid}.json": json.dumps(board.json(), ensure_ascii=False, indent=1) + "\n" for board in BOARDS}


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
