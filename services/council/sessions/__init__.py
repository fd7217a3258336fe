"""The rules of the council's sessions: their life cycle, order, attendance, votes and outcomes. Pure."""
