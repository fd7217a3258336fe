"""How HTTP requests are read: strict JSON, bounded and tidied, and the small forms beside reports."""
