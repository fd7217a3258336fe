"""Run council: ``python -m services.council``."""

import gc

if __name__ == "__main__":
    gc.disable()  # scanning what is imported, which stays, takes an eighth of the start; ``serve`` enables it

    from services.council.app import build
    from services.council.settings import CouncilSettings
    from shared.runtime.serving import serve

    serve("council", CouncilSettings, build)
