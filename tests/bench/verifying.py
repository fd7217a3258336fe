"""``python -m tests.bench.verifying KAFKA MONGO PREFIX``: one `verify`, timed; it must find nothing."""

from __future__ import annotations

import asyncio
import json
import sys

from deploy.verifying import verify
from tests.bench.ratio import Stopwatch

if __name__ == "__main__":
    _, kafka, mongo, prefix = sys.argv
    _, kafka, mongo, prefix = sys.argv
    watch = Stopwatch()
    with watch.running():
        records, differences = asyncio.run(verify(kafka, mongo, prefix))
    if differences:
        sys.exit(f"{len(differences)} differences, the first: {differences[0]}")
    print(json.dumps({"seconds": watch.seconds, "cpu": watch.cpu, "events": records}))
