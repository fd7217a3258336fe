"""The ways a notice reaches its recipient: what a channel is, and each channel in a module of its own."""
