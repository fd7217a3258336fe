"""Records that could not be read or applied: stored, limited, published."""
