"""``python -m deploy`` is ``thidua``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line with the settings of the environment, and with those that a folder of secrets holds.

    Ctrl-C ends it with 130, also while the modules are being imported.
    """
    try:
        from shared.runtime.secret_files import secrets_of

        os.environ.update(secrets_of(os.environ))
        from deploy.cli.main import app

        app()
    except KeyboardInterrupt:
        print("thidua: đã ngắt.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
