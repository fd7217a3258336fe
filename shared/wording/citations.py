"""Parses citations such as ``S0 V, VI; A14``. Pure."""

from __future__ import annotations


def citations(cite: str) -> list[tuple[str, str]]:
    """The (document or decision, section) pairs of a citation; the section is empty if none is named.

    ``"S0 V, VI; A14"`` gives ``[("S0", "V"), ("S0", "VI"), ("A14", "")]``.
    """
    pairs: list[tuple[str, str]] = []
    for part in cite.split(";"):
        document, _, sections = part.strip().partition(" ")
        pairs += [(document, section.strip()) for section in sections.split(",")]
    return pairs
