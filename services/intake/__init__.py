"""intake takes in reports and nominations and is the only service that does: it answers each report with a receipt.

It also owns the plans, the unit registers, persons' names and API keys. For its topics see ``shared.contracts.topics``.
"""
