"""Other stream processors doing a part of scoring's job, each in an environment of its own.

Decode a figure, keep the newest version of each, write the boards that were touched, commit: no eligibility, no outbox,
no chain, no dead letters. They import nothing of ours but ``job``, which needs the standard library and pymongo.
"""
