"""The parts of every Vietnamese sentence: names, dates, numbers, citations, verdicts, plan problems and changes."""
