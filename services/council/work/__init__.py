"""The desk to work at: the forms by which the secretariat prepares, runs and closes a session."""
