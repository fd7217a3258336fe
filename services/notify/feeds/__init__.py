"""Calendars of deadlines and sessions that people subscribe to, each by a secret address that can be withdrawn."""
