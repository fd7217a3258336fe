"""notify: reminds those who owe, before and after the last permitted day.

Hears: plans, units, ``intake.receipts.v1``.
Says: ``notify.notices.v1``; writes each notice to the outbox folder as an ``.eml`` file.
Owns: the ledger of what was due, sent or suppressed, to whom.
"""
