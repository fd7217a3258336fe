"""Run intake: ``python -m services.intake``."""

import gc

if __name__ == "__main__":
    gc.disable()  # scanning what is imported, which stays, takes an eighth of the start; ``serve`` enables it

    from services.intake.app import build
    from services.intake.settings import IntakeSettings
    from shared.runtime.serving import serve

    serve("intake", IntakeSettings, build)
