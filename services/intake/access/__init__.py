"""Who calls, with which key or token, and whether the call is accepted now."""
