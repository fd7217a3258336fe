"""Sessions, members and decisions in OParl's shapes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.council.documents.kinds import KINDS
from services.council.documents.phrases import OUTCOMES
from services.council.documents.province import PaperKind
from services.council.documents.sitting_papers import MEMBER_ROLES
from services.council.documents.visibility import may_read
from services.council.oparl.addresses import Addresses
from services.council.oparl.objects import (
    AwardInPaper,
    Body,
    File,
    ItemOfAgenda,
    Location,
    Meeting,
    Membership,
    OfficialDecision,
    Organization,
    Person,
    SubjectResult,
    System,
)
from services.council.sessions.lifecycle import PHASE_NAMES
from services.council.state import StoredSession, nominee_name
from shared.contracts.conferral import ConferredAward, OfficialPaper
from shared.contracts.council import AgendaItem
from shared.contracts.model import VIETNAM
from shared.contracts.nominations import Nomination
from shared.contracts.people import Role
from shared.contracts.plan import Plan
from shared.contracts.sessions import Member, OutcomeGiven, SessionHead
from shared.contracts.units import UnitRegister
from shared.wording.formats import ngay
from shared.wording.unit_names import full_name

_INVITATION: Final[PaperKind] = "invitation"
_MINUTES: Final[PaperKind] = "minutes"
_OTHERS: Final[tuple[PaperKind, ...]] = ("programme", "appraisal", "results", "watch_list", "conclusions")
"""The papers of a meeting that go with it; each kind has one paper in every session."""


@dataclass(frozen=True)
class Province:
    """A province as it stands: its sessions, units, plans of movements, nominations by id, and awards conferred.

    ``council`` is what its council is called. ``has_papers``: the province has the data that papers are made with.
    ``role`` is the reader's.
    """

    code: str
    council: str
    sessions: Sequence[StoredSession]
    register: UnitRegister
    plans: Sequence[Plan]
    nominations: Mapping[str, Nomination]
    awards: Sequence[ConferredAward]
    has_papers: bool
    role: Role

    def subject_name(self, subject: str) -> str:
        """A unit or a nominee; a person is not named (L15)."""
        nomination = self.nominations.get(subject)
        return nominee_name(nomination, self.register) if nomination else full_name(self.register, subject)

    @property
    def members(self) -> Mapping[str, tuple[Member, datetime]]:
        """The members by id, each as the session that changed last has it, and when that was (UTC)."""
        by_id: dict[str, tuple[Member, datetime]] = {}
        for stored in sorted(self.sessions, key=lambda one: one.changed_at):
            head = stored.meeting.head or SessionHead()
            by_id |= {member.id: (member, stored.changed_at) for member in head.members}
        return dict(sorted(by_id.items()))


def system(at: Addresses) -> System:
    """The entrance."""
    return System(id=at.of(), name="Hệ thống thông tin Hội đồng Thi đua - Khen thưởng", body=at.of("bodies"))


def body(province: str, name: str, at: Addresses) -> Body:
    """A province, with the addresses of its lists."""
    lists = {kind: at.of("bodies", province, kind) for kind in ("organizations", "people", "meetings")}
    return Body(
        id=at.body(province),
        system=at.of(),
        name=name,
        organization=lists["organizations"],
        person=lists["people"],
        meeting=lists["meetings"],
        agenda_item=at.of("bodies", province, "agenda-items"),
        paper=at.of("bodies", province, "papers"),
    )


def organization(of: Province, at: Addresses) -> Organization:
    """The council of a province."""
    return Organization(
        id=at.organization(of.code),
        body=at.body(of.code),
        name=of.council,
        organization_type="Hội đồng",
        meeting=at.of("bodies", of.code, "meetings"),
        membership=tuple(at.membership(of.code, member) for member in of.members),
        modified=max((stored.changed_at for stored in of.sessions), default=None),
    )


def person(of: Province, member_id: str, at: Addresses) -> Person:
    """A member by office. Raises ``KeyError`` for a member that no session has."""
    member, changed_at = of.members[member_id]
    return Person(
        id=at.person(of.code, member_id),
        body=at.body(of.code),
        name=member.office,
        membership=(membership(of, member_id, at),),
        modified=changed_at,
    )


def membership(of: Province, member_id: str, at: Addresses) -> Membership:
    """A member's membership. Raises ``KeyError`` for a member that no session has."""
    member, _ = of.members[member_id]
    return Membership(
        id=at.membership(of.code, member_id),
        person=at.person(of.code, member_id),
        organization=at.organization(of.code),
        role=MEMBER_ROLES[member.role],
        start_date=member.first,
        end_date=member.last,
    )


def meeting(of: Province, stored: StoredSession, at: Addresses) -> Meeting:
    """A session with its agenda, and the files that the reader may have."""
    head, files = stored.meeting.head or SessionHead(), {file.file_name: file for file in files_of(of, stored, at)}
    start = datetime.combine(head.day, head.at, VIETNAM) if head.day and head.at else None
    invitation, minutes = (files.pop(f"{kind}.pdf", None) for kind in (_INVITATION, _MINUTES))
    present = [entry.member for entry in stored.meeting.attendance if entry.state == "present"]
    return Meeting(
        id=at.of_session("meetings", stored),
        name=f"{stored.agenda.name} của {of.council}",
        meeting_state=PHASE_NAMES[stored.phase],
        cancelled=stored.phase == "cancelled",
        start=start,
        day=head.day,
        location=location(stored, at),
        organization=(at.organization(of.code),),
        participant=tuple(at.person(of.code, member) for member in present),
        invitation=invitation,
        results_protocol=minutes,
        auxiliary_file=tuple(files.values()),
        agenda_item=tuple(items(of, stored, at)),
        modified=stored.changed_at,
    )


def location(stored: StoredSession, at: Addresses) -> Location | None:
    """The place of a session; None while it is not recorded."""
    place = stored.meeting.head.place if stored.meeting.head else None
    if place is None:
        return None
    meetings = (at.of_session("meetings", stored),)
    return Location(id=at.of_session("locations", stored), description=place, meetings=meetings)


def files_of(of: Province, stored: StoredSession, at: Addresses) -> Iterable[File]:
    """The papers of a session that the reader may have, as files."""
    for kind in (_INVITATION, _MINUTES, *_OTHERS):
        if of.has_papers and may_read(of.role, kind, stored):
            yield File(
                id=at.of_session("files", stored, f"{kind}.pdf"),
                name=f"{KINDS[kind][0]} {stored.agenda.name}",
                file_name=f"{kind}.pdf",
                access_url=at.paper_file(stored, f"{kind}.pdf"),
                meeting=(at.of_session("meetings", stored),),
            )


def items(of: Province, stored: StoredSession, at: Addresses) -> Iterable[ItemOfAgenda]:
    """The items of a session's agenda, with what was decided about each."""
    outcomes = {outcome.given.item: outcome.given for outcome in stored.agenda.outcomes}
    for order, item in enumerate(stored.agenda.items, 1):
        outcome = outcomes.get(item.id)
        yield ItemOfAgenda(
            id=at.of_session("agenda-items", stored, item.id),
            meeting=at.of_session("meetings", stored),
            number=str(item.number) if stored.agenda.numbered else None,
            order=order,
            name=item.title,
            result=OUTCOMES[outcome.outcome] if outcome else None,
            resolution_text=outcome.reason if outcome else None,
            subjects=tuple(_subjects(of, item, outcome)),
            modified=stored.changed_at,
        )


def _subjects(of: Province, item: AgendaItem, outcome: OutcomeGiven | None) -> Iterable[SubjectResult]:
    exceptions = {exception.subject: exception for exception in outcome.exceptions} if outcome else {}
    for subject in (*item.units, *item.nominations):
        own = exceptions.get(subject)
        result = own.outcome if own else outcome.outcome if outcome else None
        yield SubjectResult(
            name=of.subject_name(subject),
            result=OUTCOMES[result] if result else None,
            reason=own.reason if own else None,
        )


def decisions(of: Province, at: Addresses) -> Sequence[OfficialDecision]:
    """The decisions that gave or revoked awards, by day and number."""
    given: dict[tuple[date, str], list[ConferredAward]] = {}
    revoked: dict[tuple[date, str], list[ConferredAward]] = {}
    for award in of.awards:
        given.setdefault(_key(award.decision), []).append(award)
        if award.revocation is not None:
            revoked.setdefault(_key(award.revocation), []).append(award)
    verbs = ((given, "tặng"), (revoked, "hủy bỏ việc tặng"))
    papers = [_decision(of, key, awards, verb, at) for by_paper, verb in verbs for key, awards in by_paper.items()]
    return sorted(papers, key=lambda paper: (paper.date, paper.reference))


def _key(paper: OfficialPaper) -> tuple[date, str]:
    return paper.date, paper.number


def _decision(
    of: Province, key: tuple[date, str], awards: Sequence[ConferredAward], verb: str, at: Addresses
) -> OfficialDecision:
    day, number = key
    names = {award.award: _award_name(of, award) for award in awards}
    about = "; ".join(dict.fromkeys(names.values()))
    return OfficialDecision(
        id=at.of("papers", of.code, number, day.isoformat()),
        body=at.body(of.code),
        name=f"Quyết định số {number} ngày {ngay(day)} về việc {verb} {about}",
        reference=number,
        date=day,
        paper_type="Quyết định",
        awards=tuple(
            AwardInPaper(award=names[award.award], name=of.subject_name(award.subject), stands=award.stands)
            for award in awards
        ),
        modified=max(award.at for award in awards),
    )


def _award_name(of: Province, award: ConferredAward) -> str:
    for plan in of.plans:
        if plan.movement and plan.movement.id == award.movement:
            conferred = plan.award.get(award.award) or plan.nominated_award.get(award.award)
            if conferred is not None:
                return conferred.name
    return "danh hiệu, hình thức khen thưởng"
