"""``python -m deploy`` is ``thidua``."""

from deploy.cli import app

if __name__ == "__main__":
    app()
