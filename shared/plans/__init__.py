"""The source documents as YAML, the units as CSV, and what follows from a plan alone, as pure functions."""
