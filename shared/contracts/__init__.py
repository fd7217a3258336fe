"""What may be published between services: the plan model, the events by producer, the topic table.

Pydantic, msgspec and the standard library only. Nothing here knows how a message travels or where it is stored.
"""
