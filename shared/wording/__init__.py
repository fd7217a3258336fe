"""Every Vietnamese sentence's parts: names, dates, numbers, citations, verdicts, plan problems."""
