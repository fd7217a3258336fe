"""notify reminds those whose reports or tasks are due, before and after the last permitted day, and delivers notices.

For its topics see ``shared.contracts.topics``.
"""
