"""The ``thidua`` command: one module per command group, and what they share in ``support``."""
