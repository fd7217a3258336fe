"""scoring ranks the units of a movement per field and works out which units are eligible for which award, and why.

For its topics see ``shared.contracts.topics``.
"""
