"""council: the agendas of the quarterly sessions, the council's judgements and the decisions about awards.

Consumes: plans, units, ``intake.receipts.v1``, ``intake.nominations.v1``, ``scoring.eligibility.v1``.
Publishes: ``council.agendas.v1``, ``council.judgements.v1``, ``council.decisions.v1``.
Owns: sessions with their agendas and item numbers, judgements, decisions.
"""
