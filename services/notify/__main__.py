"""Run notify: ``python -m services.notify``."""

from services.notify.app import build
from services.notify.settings import NotifySettings
from shared.runtime.serving import serve

if __name__ == "__main__":
    serve("notify", NotifySettings, build)
