"""Run intake: ``python -m services.intake``."""

import gc

if __name__ == "__main__":
    gc.disable()  # scanning what is imported, which all stays, takes an eighth of the start; ``serve`` turns it on again

    from services.intake.app import build
    from services.intake.settings import IntakeSettings
    from shared.runtime.serving import serve

    serve("intake", IntakeSettings, build)
