"""One module for each kind of criterion: what proves it, and its words. Pure."""
