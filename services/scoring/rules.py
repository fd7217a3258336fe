"""Who is eligible for what: pure decisions over a tally, the plan and the units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from services.scoring.judging import Hearing, any_rank, reading, subjects_of
from services.scoring.pages import decided_subject, judged_subject
from services.scoring.state import Tally, Terms
from shared.contracts.awards import Award, Form
from shared.contracts.hot import Eligible, Evidence, Finding
from shared.contracts.model import Tier, Verdict
from shared.contracts.plan import Plan
from shared.contracts.scoring import MOST_EVIDENCE, AwardLists, Reason
from shared.contracts.units import UnitRegister

FOR_THE_COUNCIL: frozenset[Reason] = frozenset({"no_feed", "nothing_due", "any_rank_open", "not_listed"})
"""Reasons a criterion is MISSING that no further report will change; the council may judge it (A41)."""


def computed_from(award: Award, tally: Tally, terms: Terms) -> dict[str, list[int]]:
    """The versions an award's verdicts follow from. While they are the same, so are the verdicts."""
    pages = terms.register.pages(award.tier)
    subjects = {s for rule in award.rules for s in (*subjects_of(rule), judged_subject(rule.criterion))}
    versions = {subject: tally.versions(subject, award.tier, pages) for subject in sorted(subjects)}
    return {"plan": [terms.plan.version], "register": [terms.register.version], **versions}


def decided_from(award: Award, tally: Tally, terms: Terms) -> list[int]:
    """The versions of the decisions on an award."""
    return tally.versions(decided_subject(award.id), award.tier, terms.register.pages(award.tier))


def judge(award: Award, tally: Tally, terms: Terms) -> list[Eligible]:
    """The verdict of every unit of the award's tier, in register order."""
    hearing = Hearing(award, tally, terms)
    return [hearing.judge(unit) for unit in hearing.units]


def by_page(rows: Iterable[Eligible], register: UnitRegister) -> dict[int, list[Eligible]]:
    """Verdicts by the pages of their units; a page without any is not there."""
    pages: dict[int, list[Eligible]] = {}
    for row in rows:
        pages.setdefault(register.page_of[row.unit], []).append(row)
    return pages


def evidence_of(rows: Sequence[Eligible], tally: Tally) -> list[Evidence]:
    """What the findings of some verdicts rest on, by event; the most used where there are too many to say."""
    used = Counter(event for row in rows for finding in row.findings for event in finding.events)
    events = sorted(used, key=lambda event: (-used[event], event))[:MOST_EVIDENCE]
    found = tally.evidences(events)
    return [found[event] for event in sorted(found)]


def _waits_for_council(finding: Finding) -> bool:
    return finding.verdict is Verdict.MISSING and finding.reason in FOR_THE_COUNCIL


def for_judgement(row: Eligible) -> bool:
    """Whether all that a feed can prove is PASS and the rest is the council's to judge."""
    return row.verdict is Verdict.MISSING and _comes_up(row.findings)


def held(row: Eligible) -> bool:
    """Whether nothing but an open case keeps a unit from coming before the council (A18)."""
    return row.verdict is Verdict.HOLD and all(
        f.verdict in (Verdict.PASS, Verdict.HOLD) or _waits_for_council(f) for f in row.findings
    )


def summarise(terms: Terms, verdicts: Mapping[str, Sequence[Eligible]], tally: Tally) -> list[AwardLists]:
    """The lists of every award from its verdicts, after flags and certificates have excluded each other.

    A unit that is the only candidate for its tier's flag leaves the certificate's candidates, which do not
    refill; tied flag candidates stay in both until the council decides, and the losers then keep their certificate
    (A9, S0 IV.4 "hoặc").
    """
    plan = terms.plan
    candidates = {award.id: _passing(verdicts[award.id]) for award in plan.awards}
    flagged = _flagged(plan, candidates, tally)
    lists: list[AwardLists] = []
    for award in plan.awards:
        rows = verdicts[award.id]
        is_flag = award.form is Form.CO_THI_DUA
        kept = [unit for unit in candidates[award.id] if is_flag or (award.tier, unit) not in flagged]
        judged = [row.unit for row in rows if for_judgement(row)]
        shown = plan.choices.nearest_shown if not candidates[award.id] and not judged else 0
        lists.append(
            AwardLists(
                award=award.id,
                candidates=tuple(kept),
                for_judgement=tuple(judged),
                held=tuple(row.unit for row in rows if held(row)),
                nearest=_nearest(rows, shown),
                otherwise=tuple(_otherwise(award, rows, terms)),
            )
        )
    return lists


def _passing(rows: Sequence[Eligible]) -> list[str]:
    return [row.unit for row in rows if row.verdict is Verdict.PASS]


def _flagged(plan: Plan, candidates: Mapping[str, list[str]], tally: Tally) -> set[tuple[Tier, str]]:
    """The units a flag is decided for, or for which they are the only candidate; none where both may be had.

    An only candidate the flag was declined to is a loser like any other.
    """
    if plan.choices.flag_and_certificate == "both":
        return set()
    flags = [award for award in plan.awards if award.form is Form.CO_THI_DUA]
    flagged: set[tuple[Tier, str]] = set()
    for award in flags:
        decided, among = tally.granted(award.id), candidates[award.id]
        sole = frozenset(among if len(among) == 1 and not decided else ()) - tally.declined(award.id)
        flagged |= {(award.tier, unit) for unit in decided | sole}
    return flagged


def _otherwise(award: Award, rows: Sequence[Eligible], terms: Terms) -> list[str]:
    """Where A4 decides, for whom the reading the plan does not take would come to another result.

    The result looked at is whether a unit comes before the council at all, for until it has judged nobody passes.
    """
    if award.ranks is not None:
        return []
    if reading(award, terms) == "any":
        only_so = ("any_rank_within", "any_rank_open")
        return [r.unit for r in rows if _comes_up(r.findings) and any(f.reason in only_so for f in r.findings)]
    return [r.unit for r in rows if not _comes_up(r.findings) and _comes_up(any_rank(award, r.findings))]


def _comes_up(findings: Sequence[Finding]) -> bool:
    """Whether a unit passes, or waits for nothing but the council."""
    return all(f.verdict is Verdict.PASS or _waits_for_council(f) for f in findings)


def distance(row: Eligible) -> tuple[int, int, int, str]:
    """How far a unit is from an award: criteria failed, places outside the cut-offs, criteria missing, code."""
    outside = sum(max(0, f.rank - f.limit) for f in row.findings if f.rank is not None and f.limit is not None)
    verdicts = [f.verdict for f in row.findings]
    return verdicts.count(Verdict.FAIL), outside, verdicts.count(Verdict.MISSING), row.unit


def _nearest(rows: Sequence[Eligible], most: int) -> tuple[str, ...]:
    """The units that came nearest, of those that proved something and are on no list."""
    proven = [row for row in rows if any(f.verdict is Verdict.PASS for f in row.findings) and not held(row)]
    return tuple(row.unit for row in sorted(proven, key=distance)[:most])
