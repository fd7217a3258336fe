"""Speed as ratios measured in one run; never asserted by the clock."""
