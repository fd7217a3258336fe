"""A secretary's year in a browser: each step is a function of the hand that takes it."""
