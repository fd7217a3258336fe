"""``python -m tests.bench.verifying KAFKA MONGO PREFIX`` times one `verify` and prints the differences it finds."""

from __future__ import annotations

import asyncio
import json
import sys

from deploy.maintenance.verify import verify
from tests.bench.ratio import Stopwatch

if __name__ == "__main__":
    _, kafka, mongo, prefix = sys.argv
    _, kafka, mongo, prefix = sys.argv
    watch = Stopwatch()
    with watch.running():
        records, differences = asyncio.run(verify(kafka, mongo, prefix))
    result = {"seconds": watch.seconds, "cpu": watch.cpu, "events": records}
    print(json.dumps({**result, "differences": [str(difference) for difference in differences]}))
