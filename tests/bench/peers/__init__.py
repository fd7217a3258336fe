"""Other stream processors that do a part of scoring's job, each in an environment of its own.

They decode figures, keep the newest version of each, write the changed boards and commit. They have no eligibility,
outbox, audit chain or dead letters. Of this project they import only ``job``, which needs pymongo alone.
"""
