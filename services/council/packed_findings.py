"""The findings of a page or an award as text: the events are numbered, because most are behind many findings.

One field of text is written some ten times as fast to the embedded database as a field for every finding.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache

from pydantic import TypeAdapter

from services.council.changes import AwardFindings, AwardKey, Findings, FindingState
from shared.contracts import fast_models
from shared.contracts.scoring import EligibilityPage, Evidence, Finding

_EVIDENCE = TypeAdapter(dict[str, Evidence])


def finding_state(finding: Finding | fast_models.Finding) -> FindingState:
    """What is kept of a published finding."""
    return FindingState(finding.verdict.value, finding.rank, finding.events, finding.also_read, finding.reason)


def page_findings(page: EligibilityPage) -> AwardFindings:
    """The findings of a published page and the evidence that it describes."""
    by_unit = {row.unit: {f.criterion: finding_state(f) for f in row.findings} for row in page.rows}
    return AwardFindings(by_unit, {source.event: source for source in page.evidence})


def merged(pages: Iterable[AwardFindings]) -> AwardFindings:
    """The findings of several pages of one award."""
    by_unit: dict[str, Mapping[str, FindingState]] = {}
    evidence: dict[str, Evidence] = {}
    for page in pages:
        by_unit |= page.by_unit
        evidence |= page.evidence
    return AwardFindings(by_unit, evidence)


def pack(findings: AwardFindings) -> str:
    """The findings as JSON text."""
    numbers: dict[str, int] = {}

    def numbered(events: Iterable[str]) -> list[int]:
        return [numbers.setdefault(event, len(numbers)) for event in events]

    rows = {
        unit: {
            criterion: [state.verdict, state.rank, numbered(state.events), numbered(state.also_read), state.reason]
            for criterion, state in of_unit.items()
        }
        for unit, of_unit in findings.by_unit.items()
    }
    evidence = _EVIDENCE.dump_python(dict(findings.evidence), mode="json", exclude_defaults=True)
    return json.dumps({"events": list(numbers), "rows": rows, "evidence": evidence}, ensure_ascii=False)


@lru_cache(maxsize=32)
def unpack(text: str) -> AwardFindings:
    """The findings in a text of ``pack``. Do not change them: the texts of fixed agendas are read again and again."""
    packed = json.loads(text)
    events = packed["events"]

    def state(
        verdict: str, rank: int | None, behind: list[int], read: Iterable[int] = (), why: str = ""
    ) -> FindingState:
        return FindingState(verdict, rank, tuple(events[n] for n in behind), tuple(events[n] for n in read), why)

    by_unit: dict[str, Mapping[str, FindingState]] = {
        unit: {criterion: state(*packed_state) for criterion, packed_state in row.items()}
        for unit, row in packed["rows"].items()
    }
    return AwardFindings(by_unit, _EVIDENCE.validate_python(packed["evidence"]))


def pack_fixed(awards: Mapping[AwardKey, AwardFindings]) -> str:
    """The findings of several awards as text, without their evidence: only the events of now are ever described."""
    texts = {"/".join(key): pack(AwardFindings(findings.by_unit)) for key, findings in awards.items()}
    return json.dumps(texts, ensure_ascii=False)


def unpack_fixed(text: str) -> dict[AwardKey, Findings]:
    """The findings in a text of ``pack_fixed``."""
    fixed: dict[AwardKey, Findings] = {}
    for key, packed in json.loads(text).items():
        movement, _, award = key.partition("/")
        fixed[movement, award] = unpack(packed).by_unit
    return fixed
