"""The audit trail: a hash chain of everything a service publishes and of people's actions."""
