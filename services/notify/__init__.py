"""notify: reminds those who owe, before and after the last permitted day.

Hears: plans, units, ``intake.receipts.v1``.
Says: ``notify.notices.v1``; delivers each notice, which is then published, as an ``.eml`` file in the mail folder.
Owns: the ledger of what was due, sent or suppressed, to whom, and the deliveries.
"""
