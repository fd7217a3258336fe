"""The one way to consume, and what keeps a consumer moving."""
