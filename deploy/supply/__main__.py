"""``python -m deploy.supply sbom`` prints the bill of materials; ``… licences`` renews the list of licences."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

from deploy.supply.licences import LIST, renewed, written
from deploy.supply.sbom import bill_of_materials


def main(what: str) -> None:
    """Do what the argument says; exits with 2 and a sentence at another one."""
    if what == "sbom":
        print(json.dumps(bill_of_materials(datetime.now(UTC)), ensure_ascii=False, indent=2))
    elif what == "licences":
        LIST.write_text(written(renewed()), encoding="utf-8")
    else:
        sys.exit("say sbom or licences")


if __name__ == "__main__":
    main(*sys.argv[1:2] or [""])
