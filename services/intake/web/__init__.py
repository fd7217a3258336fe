"""How a request is read: strict JSON, bounded and tidied, and the small forms beside reports."""
