"""Run scoring: ``python -m services.scoring``."""

import gc

if __name__ == "__main__":
    gc.disable()  # scanning what is imported, which all stays, takes an eighth of the start; ``serve`` turns it on again

    from services.scoring.app import build
    from services.scoring.settings import ScoringSettings
    from shared.runtime.serving import serve

    serve("scoring", ScoringSettings, build)
