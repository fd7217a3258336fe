"""The secretariat's pages, in Vietnamese. Plain HTML for now: they read well, print well and need no script."""
