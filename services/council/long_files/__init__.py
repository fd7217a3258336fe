"""Files that take long to make: made once, outside the request, with progress that can be looked at again (0082)."""
