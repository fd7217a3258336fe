"""Run the chaos suite: ``python -m tests.live.chaos``."""

import sys

from tests.live.chaos.command import main

if __name__ == "__main__":
    sys.exit(main())
