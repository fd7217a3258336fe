"""What an agency has to report, by when, and what is still missing."""
