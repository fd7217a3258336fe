"""Run scoring: ``python -m services.scoring``."""

from services.scoring.app import build
from services.scoring.settings import ScoringSettings
from shared.runtime.serving import serve

if __name__ == "__main__":
    serve("scoring", ScoringSettings, build)
