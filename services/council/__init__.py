"""council: the agendas of the quarterly sessions and the council's judgements.

Hears: plans, units, ``intake.receipts.v1``, ``scoring.eligibility.v1`` (the lists).
Says: ``council.agendas.v1``, ``council.judgements.v1``.
Owns: sessions with their agendas and item numbers, judgements.
"""
