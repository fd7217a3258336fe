"""scoring: rankings and eligibility.

Hears: plans, units, ``intake.results.v1``, ``council.judgements.v1``.
Says: ``scoring.standings.v1`` (boards by page), ``scoring.eligibility.v1`` (verdicts by page, lists by movement).
Owns: boards in pages of 256 units, eligibility with reasons, one owner process a movement.
"""
