"""Run intake: ``python -m services.intake``."""

from services.intake.app import build
from services.intake.settings import IntakeSettings
from shared.runtime.serving import serve

if __name__ == "__main__":
    serve("intake", IntakeSettings, build)
