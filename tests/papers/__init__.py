"""Papers made for real: typst sets them, Word files are opened again."""
