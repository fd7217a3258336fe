"""What the papers of one session are made of: the agenda as it was fixed, and what was recorded about the session.

Nothing here is a live figure. Names of units, the wording of plans and the numbers of reports are looked up by their
code or event, which never come to mean another thing. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from services.council.arrivals import Arrivals
from services.council.changes import AwardKey, Findings, FindingState
from services.council.documents.naming import NOT_FETCHED, Names, name_text
from services.council.documents.province import Papers
from services.council.sessions.attendance import members_on
from services.council.sessions.outcomes import is_about_an_award
from services.council.state import StoredSession, nominee_name
from shared.contracts.awards import Award, AwardForm, NominatedAward
from shared.contracts.council import AgendaItem, Judgement
from shared.contracts.model import local
from shared.contracts.nominations import Nomination
from shared.contracts.opinions import AgencyOpinion
from shared.contracts.plan import Plan
from shared.contracts.scoring import Evidence
from shared.contracts.sessions import CouncilMeeting, Member, Outcome, SessionHead, Vote
from shared.contracts.units import UnitRegister
from shared.wording.citations import Citing
from shared.wording.plan_names import criterion_name
from shared.wording.unit_names import full_name


@dataclass(frozen=True)
class SessionFacts:
    """A session and what its papers need beside it.

    ``plan`` is the council's plan of the year, ``plans`` are those of its movements by movement. ``findings`` are those
    kept when the agenda was fixed, by movement and award; ``evidence`` describes their events. ``judgements`` and
    ``opinions`` are those recorded by then, by movement; ``arrivals`` says when the reports came that were complete
    then, as far as it is known. ``signing_day`` is the local day by which laws and rates are
    chosen; ``made_at`` (aware) is when the agenda last changed. ``names`` are those of persons for one reader; None
    where no name is to stand.
    """

    session: StoredSession
    plan: Plan
    plans: Mapping[str, Plan]
    papers: Papers
    register: UnitRegister
    nominations: Mapping[str, Nomination]
    findings: Mapping[AwardKey, Findings]
    evidence: Mapping[str, Evidence]
    judgements: Mapping[str, Sequence[Judgement]]
    opinions: Mapping[str, Sequence[AgencyOpinion]]
    arrivals: Arrivals
    signing_day: date
    names: Names | None = None

    @property
    def items(self) -> Sequence[AgendaItem]:
        """The items of the agenda, in its order."""
        return self.session.agenda.items

    @property
    def meeting(self) -> CouncilMeeting:
        """What the secretariat has recorded."""
        return self.session.meeting

    @property
    def head(self) -> SessionHead:
        """Day, hour, place and members, as far as they are recorded."""
        return self.meeting.head or SessionHead()

    @property
    def name(self) -> str:
        """The session within a sentence: "Phiên thứ Hai"."""
        return self.session.agenda.name

    @property
    def day(self) -> date | None:
        """The local day of the session."""
        return self.head.day

    @cached_property
    def members(self) -> Sequence[Member]:
        """The members on the session's day."""
        return members_on(self.head, self.day) if self.day else self.head.members

    @property
    def chair(self) -> str:
        """The office of the member in the chair, or of the council's chairman."""
        named = next((member.office for member in self.members if member.id == self.head.chair), None)
        return named or self.papers.chair

    @property
    def fixed_at(self) -> datetime | None:
        """When the agenda was fixed, as an aware instant of the province's time zone."""
        at = self.session.agenda.frozen_at
        return local(at) if at else None

    @cached_property
    def unit_order(self) -> Mapping[str, int]:
        """Each unit's place in the register."""
        return {unit.code: n for n, unit in enumerate(self.register.units)}

    def of_kind(self, *kinds: str) -> list[AgendaItem]:
        """The items of some kinds, in order."""
        return [item for item in self.items if item.kind in kinds]

    def about_awards(self) -> list[AgendaItem]:
        """The items from which proposals follow when the session is closed, in order."""
        return [item for item in self.items if is_about_an_award(item)]

    def plan_of(self, item: AgendaItem) -> Plan | None:
        """The plan of the movement that an item about an award belongs to."""
        return self.plans.get(movement_of(item))

    def award_of(self, item: AgendaItem) -> Award | NominatedAward | None:
        """The award that an item is about."""
        plan = self.plan_of(item)
        if plan is None or item.award is None:
            return None
        return plan.award.get(item.award) or plan.nominated_award.get(item.award)

    def subjects(self, item: AgendaItem) -> Sequence[str]:
        """The units or nominations that an item concerns."""
        return (*item.units, *item.nominations)

    def subject_name(self, subject: str) -> str:
        """A unit or nominee as a paper addresses it. A person has a name only where one may stand (L15)."""
        nomination = self.nominations.get(subject)
        if nomination is None:
            return full_name(self.register, subject)
        nameless = nominee_name(nomination, self.register)
        if self.names is None or not nomination.kind.is_name_private:
            return nameless
        person = self.names.known.get(nomination.subject)
        if person is None:
            return f"{nameless}, {NOT_FETCHED}"
        return name_text(person, full_name(self.register, nomination.nominator))

    def has_name(self, subject: str) -> bool:
        """Whether a nominee who is a person is named here."""
        nomination = self.nominations.get(subject)
        return nomination is not None and self.names is not None and nomination.subject in self.names.known

    def is_person(self, subject: str) -> bool:
        """Whether a nominee is a person, whose name stays in intake (L15)."""
        nomination = self.nominations.get(subject)
        return nomination is not None and nomination.kind.is_person

    def finding(self, item: AgendaItem, unit: str, criterion: str) -> FindingState | None:
        """A unit's result on a criterion when the agenda was fixed."""
        return self.findings.get((movement_of(item), item.award or ""), {}).get(unit, {}).get(criterion)

    def criteria(self, item: AgendaItem) -> list[tuple[str, str]]:
        """The criteria of an item's award: id and name, in the order of the plan."""
        plan, award = self.plan_of(item), self.award_of(item)
        if plan is None or not isinstance(award, Award):
            return []
        return [(rule.criterion, criterion_name(plan, rule.criterion)) for rule in award.rules]

    def reports(self, state: FindingState) -> list[str]:
        """The numbers of the reports behind a result."""
        described = (self.evidence[event] for event in state.events if event in self.evidence)
        return list(dict.fromkeys(source.report for source in described if source.report))

    def vote(self, item: AgendaItem) -> Vote | None:
        """The last vote on an item."""
        return next((vote for vote in reversed(self.meeting.votes) if vote.given.item == item.id), None)

    def outcome(self, item: AgendaItem, subject: str | None = None) -> Outcome | None:
        """The outcome of an item, or of one of its subjects."""
        recorded = next((o.given for o in self.session.agenda.outcomes if o.given.item == item.id), None)
        if recorded is None:
            return None
        own = next((e.outcome for e in recorded.exceptions if e.subject == subject), None)
        return own or recorded.outcome

    def outcome_reason(self, item: AgendaItem, subject: str | None = None) -> str:
        """Why an item or a subject has its outcome; may be empty."""
        recorded = next((o.given for o in self.session.agenda.outcomes if o.given.item == item.id), None)
        if recorded is None:
            return ""
        own = next((e for e in recorded.exceptions if e.subject == subject), None)
        return (own.reason if own else recorded.reason) or ""

    def proposals(self) -> Iterator[tuple[AgendaItem, str]]:
        """Every (item, subject) that the council proposes an award for, in the order of the agenda."""
        for item in self.about_awards():
            for subject in self.subjects(item):
                if self.outcome(item, subject) == "proposed":
                    yield item, subject

    def form_of(self, item: AgendaItem) -> AwardForm | None:
        """The form of the award that an item is about."""
        award = self.award_of(item)
        return award.form if award else None

    def citing(self, plan: Plan) -> Citing:
        """The citations of one paper, in which a plan is named in full first."""
        return Citing({self.plan.source.key: self.plan.source, plan.source.key: plan.source})


def movement_of(item: AgendaItem) -> str:
    """The movement that an item about an award or a report belongs to; empty if it belongs to none."""
    parts = item.id.split("/")
    return parts[-2] if len(parts) >= 3 else ""
