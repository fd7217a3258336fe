"""What may be said between services: the plan model, the events by speaker, the topic table.

Pydantic and the standard library only. Nothing here knows how a message travels or where it is kept.
"""
