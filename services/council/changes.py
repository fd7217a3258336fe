"""How a fixed agenda item differs from the figures of now, and which reports are the cause: pure.

The findings behind a list are kept as they were when the agenda was fixed. A report is a cause if its event was behind
no finding then, and is now behind a criterion whose result changed for a unit that came in, went out or moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from shared.contracts.awards import AwardForm
from shared.contracts.council import AgendaItem, ChangeCause, ItemChange, RankChange
from shared.contracts.model import Tier
from shared.contracts.plan import Plan
from shared.contracts.scoring import Evidence
from shared.contracts.units import UnitRegister
from shared.plans.authority import within_parent


class FindingState(NamedTuple):
    """A criterion's verdict for one unit, its rank if it is within the cut-off, and the events behind it.

    ``also_read`` and ``reason`` are as in ``Finding``; an agenda that an earlier release fixed has neither.
    """

    verdict: str
    rank: int | None
    events: tuple[str, ...]
    also_read: tuple[str, ...] = ()
    reason: str = ""


_OF_RANKS = frozenset({"rank_within", "rank_outside", "any_rank_within", "any_rank_open"})
"""The reasons of a rank on a board that is complete."""


AwardKey = tuple[str, str]
"""(movement, award)."""

Findings = Mapping[str, Mapping[str, FindingState]]
"""An award's findings by unit and criterion."""


@dataclass(frozen=True, slots=True)
class AwardFindings:
    """An award's findings and the evidence of their events, by event."""

    by_unit: Findings = field(default_factory=dict)
    evidence: Mapping[str, Evidence] = field(default_factory=dict)


@dataclass(frozen=True)
class AwardHistory:
    """An award's findings when the agenda was fixed and now.

    ``districts`` has each unit's district if the award ranks units within their own, and is empty otherwise.
    ``flags`` are the awards whose only candidate leaves this award's list (A9).
    """

    then: Findings
    now: AwardFindings
    districts: Mapping[str, str | None] = field(default_factory=dict)
    flags: tuple[AwardHistory, ...] = ()

    def causes_of_move(self, unit: str) -> Iterator[str]:
        """The new events because of which a unit is on another list than before.

        None for a unit without findings then: a new version of the units has it, or council had not stored its page.
        """
        if unit not in self.then:
            return
        changed = [criterion for criterion in self._criteria(unit) if self._results_differ(unit, criterion)]
        for criterion in changed:
            yield from self.causes(unit, criterion)
        if not changed:
            for flag in self.flags:
                yield from flag.causes_of_candidates()

    def causes_of_candidates(self) -> Iterator[str]:
        """The new events because of which other units are this award's candidates."""
        for unit in self.now.by_unit.keys() | self.then.keys():
            if _passes(self.then.get(unit, {})) != _passes(self.now.by_unit.get(unit, {})):
                yield from self.causes_of_move(unit)

    def causes(self, unit: str, criterion: str) -> Iterable[str]:
        """The new events behind a unit's result on a criterion.

        They are the unit's own. Without any, its rank moved because of others: those whose result moved as well, or
        else any rival, or else any unit of the tier, as when the board has become complete.
        """
        if own := self._new_events(unit, criterion):
            return own
        compared = [u for u in self.now.by_unit if u in self.then]
        rivals = [u for u in compared if self.districts.get(u) == self.districts.get(unit)]
        moved = [rival for rival in rivals if self._states_differ(rival, criterion)]
        for units in (moved, rivals, compared):
            if events := {event for u in units for event in self._new_events(u, criterion)}:
                return events
        return ()

    def rank_changes(self, units: Iterable[str]) -> Iterator[RankChange]:
        """The ranks of some units that differ from those at the freeze. Ranks outside the cut-off are not known."""
        for unit in units:
            for criterion in self._criteria(unit):
                before, after = self._then(unit, criterion), self._now(unit, criterion)
                if before and after and before.rank and after.rank and before.rank != after.rank:
                    yield RankChange(unit=unit, criterion=criterion, before=before.rank, after=after.rank)

    @cached_property
    def _known_events(self) -> frozenset[str]:
        states = (state for findings in self.then.values() for state in findings.values())
        return frozenset(event for state in states for event in (*state.events, *state.also_read))

    def _criteria(self, unit: str) -> list[str]:
        return list(self.now.by_unit.get(unit) or self.then.get(unit) or ())

    def _then(self, unit: str, criterion: str) -> FindingState | None:
        return self.then.get(unit, {}).get(criterion)

    def _now(self, unit: str, criterion: str) -> FindingState | None:
        return self.now.by_unit.get(unit, {}).get(criterion)

    def _new_events(self, unit: str, criterion: str) -> list[str]:
        """The new events that were read for a result. A rank moves because of scores, not of who completed the board;
        and a judgement that is not behind a result has no part in it.
        """
        before, after = self._then(unit, criterion), self._now(unit, criterion)
        if after is None:
            return []
        events = after.events
        if before is None or not {before.reason, after.reason} <= _OF_RANKS:
            described = ((event, self.now.evidence.get(event)) for event in after.also_read)
            events += tuple(event for event, source in described if source is not None and source.report is not None)
        return [event for event in events if event not in self._known_events]

    def _results_differ(self, unit: str, criterion: str) -> bool:
        """Whether the verdict is another, or what is missing is: only for some reasons may the council judge it."""
        before, after = self._then(unit, criterion), self._now(unit, criterion)
        if before is None or after is None:
            return before is not after
        missing = before.verdict == after.verdict == "MISSING" and before.reason and after.reason
        return before.reason != after.reason if missing else before.verdict != after.verdict

    def _states_differ(self, unit: str, criterion: str) -> bool:
        before, after = self._then(unit, criterion), self._now(unit, criterion)
        return (before and before[:2]) != (after and after[:2])


def award_histories(
    fixed: Mapping[AwardKey, Findings],
    findings: Mapping[AwardKey, AwardFindings],
    plans: Iterable[Plan],
    register: UnitRegister,
) -> dict[AwardKey, AwardHistory]:
    """The history of every award whose findings were kept when the agenda was fixed, with those of its tier's flags."""
    histories: dict[AwardKey, AwardHistory] = {}
    parents = {unit.code: unit.parent for unit in register.units}
    for plan in plans:
        movement = plan.movement.id if plan.movement else ""
        flags: dict[Tier, list[AwardHistory]] = {}
        for award in sorted(plan.awards, key=lambda award: award.form is not AwardForm.CO_THI_DUA):
            key = movement, award.id
            if key not in fixed:
                continue
            is_flag = award.form is AwardForm.CO_THI_DUA
            histories[key] = AwardHistory(
                then=fixed[key],
                now=findings.get(key, AwardFindings()),
                districts=parents if within_parent(plan, award) else {},
                flags=() if is_flag else tuple(flags.get(award.tier, ())),
            )
            if is_flag:
                flags.setdefault(award.tier, []).append(histories[key])
    return histories


def change_of(
    item: AgendaItem,
    current: AgendaItem | None,
    ignored: Set[str],
    history: AwardHistory | None,
    previous: ItemChange | None,
    now: datetime,
) -> ItemChange | None:
    """How a fixed item differs from what it would be now (``current``; None if it would not exist).

    ``ignored`` are units whose coming and going is the council's own doing. ``history`` is None for items about
    nominations. ``since`` is when the oldest cause came, or ``now`` if there is none, and stays the earliest
    instant while the item differs (``previous``).
    """
    current_units, current_nominations = (current.units, current.nominations) if current else ((), ())
    entered = [unit for unit in current_units if unit not in item.units and unit not in ignored]
    left = [unit for unit in item.units if unit not in current_units and unit not in ignored]
    stayed = [unit for unit in item.units if unit in current_units]
    ranks = list(history.rank_changes(stayed)) if history and item.kind == "candidates" else []
    causes: dict[str, ChangeCause] = {}
    if history is not None:
        events = {event for unit in (*entered, *left) for event in history.causes_of_move(unit)}
        events |= {event for moved in ranks for event in history.causes(moved.unit, moved.criterion)}
        causes = {event: cause for event in events if (cause := _cause(event, history))}
    entered += [nomination for nomination in current_nominations if nomination not in item.nominations]
    left += [nomination for nomination in item.nominations if nomination not in current_nominations]
    if not entered and not left and not ranks:
        return None
    because = sorted(causes.values(), key=lambda cause: (cause.at, cause.event))
    instants = [because[0].at] if because else []
    since = min([*instants, *([previous.since] if previous else [])], default=now)
    return ItemChange(entered=tuple(entered), left=tuple(left), ranks=tuple(ranks), since=since, because=tuple(because))


def _cause(event: str, history: AwardHistory) -> ChangeCause | None:
    """The cause as people look it up; None if the page that names the event does not describe it."""
    sources = (history, *history.flags)
    evidence = next((source.now.evidence[event] for source in sources if event in source.now.evidence), None)
    if evidence is None:
        return None
    return ChangeCause(
        event=event,
        report=evidence.report,
        by=evidence.by,
        at=evidence.restored_at or evidence.at,
        version=evidence.version,
        note=evidence.note,
        restored=evidence.restored_at is not None,
    )


def _passes(findings: Mapping[str, FindingState]) -> bool:
    return bool(findings) and all(state.verdict == "PASS" for state in findings.values())
