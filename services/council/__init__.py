"""council keeps the agendas of the council's sessions and records its judgements and its decisions about awards.

For its topics see ``shared.contracts.topics``.
"""
