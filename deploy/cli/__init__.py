"""The ``thidua`` command: one module a command group."""
