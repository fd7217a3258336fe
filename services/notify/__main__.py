"""Run notify: ``python -m services.notify``."""

import gc

if __name__ == "__main__":
    gc.disable()  # scanning what is imported, which all stays, takes an eighth of the start; ``serve`` turns it on again

    from services.notify.app import build
    from services.notify.settings import NotifySettings
    from shared.runtime.serving import serve

    serve("notify", NotifySettings, build)
