"""The whole system on one machine: embedded broker, database and the four services."""
