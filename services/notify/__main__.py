"""Run notify: ``python -m services.notify``."""

import gc

if __name__ == "__main__":
    gc.disable()  # scanning what is imported, which stays, takes an eighth of the start; ``serve`` enables it

    from services.notify.app import build
    from services.notify.settings import NotifySettings
    from shared.runtime.serving import serve

    serve("notify", NotifySettings, build)
