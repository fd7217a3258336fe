"""One module for each kind of criterion: the figures it needs, and the finding it makes for a unit. Pure."""
