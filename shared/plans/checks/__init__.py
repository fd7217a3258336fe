"""The checks of a plan: one module for each kind of check, and one table of them."""
