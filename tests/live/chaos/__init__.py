"""Attack the promise: nothing acknowledged is lost, nothing counts twice, everything can be recomputed.

``python -m tests.live.chaos`` runs it (``make chaos``), ``python -m tests.live.chaos mutants`` proves that it bites.
"""
