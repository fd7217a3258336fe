"""Run council: ``python -m services.council``."""

from services.council.app import build
from services.council.settings import CouncilSettings
from shared.runtime.serving import serve

if __name__ == "__main__":
    serve("council", CouncilSettings, build)
