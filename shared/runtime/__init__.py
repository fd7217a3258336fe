"""How a service runs: consuming, outbox, dead letters, database, clock, operations. No domain rule lives here."""
