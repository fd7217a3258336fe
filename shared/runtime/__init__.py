"""How a service runs: consuming, outbox, dead letters, database, clock, operations routes. No domain rule lives here."""
