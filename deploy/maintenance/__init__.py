"""What operators run against a stack: audit, dead letters, rebuild, verify."""
