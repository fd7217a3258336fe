"""``python -m deploy`` is ``thidua``."""

from deploy.cli.main import app

if __name__ == "__main__":
    app()
