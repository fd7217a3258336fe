"""scoring: rankings and eligibility.

Consumes: plans, units, ``intake.results.v1``, ``council.judgements.v1``, ``council.decisions.v1``.
Publishes: ``scoring.standings.v1`` (boards by page), ``scoring.eligibility.v1`` (verdicts by page, lists by movement).
Owns: boards in pages of 256 units, eligibility with reasons. One process owns a movement.
"""
