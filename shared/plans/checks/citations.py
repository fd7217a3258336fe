"""Checks that every citation of a plan can be looked up in the source texts beside it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from shared.contracts.model import CITE_PATTERN
from shared.plans.checks.problem import Problem
from shared.plans.positioned_yaml import PositionedYaml
from shared.plans.sources import file_key, sections, unfounded
from shared.wording import plan_checks
from shared.wording.citations import citations

_WELL_FORMED = re.compile(CITE_PATTERN)
"""Other citations are an error of the model."""

_DECISION_OR_LAW = re.compile(r"[AL][0-9]+")
"""Decisions (A4) and legal facts (L5) are cited by their number and have no text in the folder."""


def citation_problems(positioned: PositionedYaml, sources: Mapping[str, str]) -> Iterator[Problem]:
    """Citations of documents or sections that are not in the source texts.

    One warning says that nothing could be looked up, if there are no source texts at all or none of the plan's own
    document.
    """
    own = positioned.get(("source", "key"))
    sections_of = {key: sections(text) for key, text in sources.items()}
    own_is_reported = False
    for path, cite in positioned.values_of("cite"):
        if not isinstance(cite, str) or not _WELL_FORMED.match(cite):
            continue
        position = positioned.find(path)[1]
        for section in unfounded(cite, sections_of):
            yield Problem(position, "unfounded_citation", path, plan_checks.no_section(section))
        for document, section in citations(cite):
            if file_key(document) in sections_of or _DECISION_OR_LAW.fullmatch(document):
                continue
            if sources and document != own:
                detail = plan_checks.no_document(document, f"{document} {section}".strip())
                yield Problem(position, "unfounded_citation", path, detail)
            elif not own_is_reported:
                own_is_reported = True
                detail = plan_checks.no_source_text(document if sources else None)
                yield Problem(position, "unchecked_citation", path, detail, "warning")
