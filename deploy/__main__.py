"""``python -m deploy`` is ``thidua``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. Ctrl-C ends it with 130, also while the modules are being imported."""
    try:
        from deploy.cli.main import app

        app()
    except KeyboardInterrupt:
        print("thidua: đã ngắt.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
