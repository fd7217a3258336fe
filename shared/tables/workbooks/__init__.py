"""Untrusted Excel files, opened safely: their cells, formats and look. What the cells mean is decided elsewhere."""
