"""What agendas are assembled from, what decisions are checked against, and a session as it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, TypeVar

from services.council.arrivals import Arrivals, CompleteReport
from services.council.changes import AwardHistory, AwardKey
from shared.contracts.conferral import ConferredAward
from shared.contracts.council import Agenda, AgendaItem, Decision, Judgement
from shared.contracts.council_rules import CouncilRules
from shared.contracts.model import Verdict
from shared.contracts.nominations import Nomination
from shared.contracts.opinions import AgencyOpinion
from shared.contracts.plan import Plan
from shared.contracts.programme import Session
from shared.contracts.scoring import AwardLists
from shared.contracts.sessions import CouncilMeeting, Phase, SessionHead
from shared.contracts.units import UnitRegister
from shared.wording.unit_names import full_name

DecisionKey = tuple[str, str]
"""(award, subject) of a decision."""

EntryKey = tuple[str, ...]
"""(unit, criterion) of a judgement, (id,) of another agency's opinion."""

Entry = TypeVar("Entry", Judgement, AgencyOpinion)


@dataclass(frozen=True, slots=True)
class ProvinceFacts:
    """What council has consumed about a province: its movements' plans, complete reports, lists, nominations, units.

    ``lists`` and ``nominations`` are by movement. ``arrivals`` says when the complete reports came, as far as council
    knows it.
    """

    plans: Sequence[Plan]
    complete: frozenset[CompleteReport]
    lists: Mapping[str, Sequence[AwardLists]]
    nominations: Mapping[str, Sequence[Nomination]]
    register: UnitRegister
    arrivals: Arrivals = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The findings behind a fixed agenda, then and now, by movement and award.

    An agenda that an earlier release fixed has no comparison, because that release did not keep the findings.
    """

    histories: Mapping[AwardKey, AwardHistory]


@dataclass(frozen=True, slots=True)
class SessionContext:
    """What a session's agenda is assembled from. ``today`` is the local day (Việt Nam).

    ``acted_units`` are the units the council has judged or decided about since the agenda was fixed. ``deferred`` are
    the items that the last session left for this one; ``last_session`` is its id and ``last_head`` its head.
    ``comparison`` is what a fixed agenda is compared with. ``now`` is an aware instant; without it no change of an item
    is described.
    """

    session: Session
    plan: Plan
    facts: ProvinceFacts
    today: date
    acted_units: frozenset[str] = frozenset()
    deferred: Sequence[AgendaItem] = ()
    last_session: str | None = None
    last_head: SessionHead | None = None
    comparison: Comparison | None = None
    now: datetime | None = None

    @property
    def rules(self) -> CouncilRules:
        """The rules of the council's sessions; those of a silent plan are assumed (A51)."""
        return self.plan.council or CouncilRules()


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session with its latest agenda, as it is stored.

    ``id`` is ``<province>/<plan>/<session>``; ``revision`` is that of the document, 0 before the first write.
    ``changed_at`` is when the agenda last changed, in UTC. ``fixed_findings`` and ``fixed_arrivals`` are texts: the
    findings behind the agenda, and when reports came, as it was when the agenda was fixed; empty where an earlier
    release fixed it. ``rebuilt_from`` exists only in a rebuilt database: the revision of the live document that was
    copied.
    """

    id: str
    revision: int
    agenda: Agenda
    changed_at: datetime
    rebuilt_from: int | None = None
    fixed_findings: str = ""
    fixed_arrivals: str = ""

    @property
    def phase(self) -> Phase:
        """Where the session stands."""
        return self.agenda.phase or "planned"

    @property
    def meeting(self) -> CouncilMeeting:
        """What the secretariat has recorded about the session."""
        return self.agenda.meeting or CouncilMeeting()


@dataclass(frozen=True, slots=True)
class StoredEntries(Generic[Entry]):
    """All judgements or all agencies' opinions of a movement, as they are stored in one document.

    ``id`` is ``<province>/<movement>``; ``revision`` is 0 before the first write. ``by_key`` has the entries by
    ``EntryKey``, in the order in which each key was first used. ``unsent`` names the rows that
    were still to be published when the document was read.
    """

    id: str
    revision: int
    by_key: Mapping[EntryKey, Entry]
    unsent: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class StoredDecisions:
    """A movement's decisions and the awards that followed from them, as they are stored in one document.

    They are one document because each is checked against the other. ``unsent`` names the rows of both that were still
    to be published when the document was read.
    """

    id: str
    revision: int
    by_key: Mapping[DecisionKey, Decision]
    awards: Mapping[DecisionKey, ConferredAward] = field(default_factory=dict)
    unsent: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ComputedEligibility:
    """The latest eligibility that scoring has published for a movement.

    ``verdicts`` are by award and unit; ``held`` are the units with an open case, whatever their other criteria.
    """

    lists: Mapping[str, AwardLists] = field(default_factory=dict)
    verdicts: Mapping[str, Mapping[str, Verdict]] = field(default_factory=dict)
    held: frozenset[str] = frozenset()

    def is_candidate(self, award: str, unit: str) -> bool:
        """Whether a unit passes every criterion of an award and nothing else excludes it."""
        return award in self.lists and unit in self.lists[award].candidates


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """What decisions are checked against: the movement's plan, the units, eligibility, nominations, decisions.

    ``nominations`` are all of the movement, by award and id, including withdrawn ones. ``sessions`` are the ids of
    the province's sessions. ``standing`` has the latest decision on each subject, ``awards`` the latest award.
    """

    plan: Plan
    register: UnitRegister
    computed: ComputedEligibility
    nominations: Mapping[str, Mapping[str, Nomination]]
    sessions: frozenset[str]
    standing: Mapping[DecisionKey, Decision]
    awards: Mapping[DecisionKey, ConferredAward] = field(default_factory=dict)


def is_active(nomination: Nomination) -> bool:
    """Whether a nomination was accepted and has not been withdrawn."""
    return nomination.status == "accepted"


def nominations_by_award(
    movement: str, plans: Iterable[Plan], nominations: Mapping[str, Iterable[Nomination]]
) -> dict[str, list[Nomination]]:
    """A movement's nominations by award, each list ordered by instant.

    They include nominations of an inner movement (S4 within S0) that also count for an award of this one.
    """
    inner_movements = [p.movement.id for p in plans if p.movement and p.movement.within == movement]
    pairs = [(nomination.award, nomination) for nomination in nominations.get(movement, ())]
    pairs += [
        (nomination.into, nomination)
        for inner in inner_movements
        for nomination in nominations.get(inner, ())
        if nomination.into
    ]
    by_award: dict[str, list[Nomination]] = {}
    for award, nomination in sorted(pairs, key=lambda pair: (pair[1].at, pair[1].id)):
        by_award.setdefault(award, []).append(nomination)
    return by_award


def nominee_name(nomination: Nomination, register: UnitRegister) -> str:
    """The name of the nominee to show to people. A person's name never leaves intake (L15)."""
    unit = register.by_code.get(nomination.subject)
    if unit is not None and not nomination.kind.is_person:
        return full_name(register, unit.code)
    if nomination.name and not nomination.kind.is_person:
        return nomination.name
    nominee_kind = "cá nhân" if nomination.kind.is_person else "tập thể"
    return f"{nominee_kind} do {full_name(register, nomination.nominator)} đề nghị"
