"""Run scoring: ``python -m services.scoring``."""

import gc

if __name__ == "__main__":
    gc.disable()  # scanning what is imported, which stays, takes an eighth of the start; ``serve`` enables it

    from services.scoring.app import build
    from services.scoring.settings import ScoringSettings
    from shared.runtime.serving import serve

    serve("scoring", ScoringSettings, build)
