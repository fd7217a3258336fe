"""intake, the only door.

Hears: reports over HTTP and on ``inbox.<agency>.v1`` (the topic is the sender); nominations over HTTP.
Says: ``intake.plans.v1``, ``intake.units.v1``, ``intake.receipts.v1``, ``intake.results.v1``,
``intake.nominations.v1``, ``outbox.<agency>.v1``.
Owns: the reports with their receipts and versions, plan versions, unit registers, nominations and the places they take,
persons' names, API keys.
"""
