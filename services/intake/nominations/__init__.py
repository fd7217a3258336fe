"""Nominations within quotas, and the names of persons."""
