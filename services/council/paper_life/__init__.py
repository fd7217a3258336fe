"""The life of a paper: made, signed and scanned, numbered, visible; replaced by a later one (0080)."""
