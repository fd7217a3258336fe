"""Who calls, with which key or token, and whether they may call now."""
