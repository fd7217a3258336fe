"""Attack the promise: nothing acknowledged is lost, nothing counts twice, everything can be recomputed.

``python -m tests.live.chaos`` (``make chaos``) runs the suite. ``python -m tests.live.chaos.proving``
(``make mutants``) proves that it catches programs that break the promise.
"""
