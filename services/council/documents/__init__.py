"""The council's papers: what they say, and how they become PDF and Word files."""
