"""A session of the demo's province with everything its papers need: fixed, held, voted on; of any size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time

from services.council import rules
from services.council.changes import AwardKey, Findings, FindingState
from services.council.documents.facts import SessionFacts
from services.council.documents.province import load_papers
from services.council.sessions import actions
from services.council.sessions.actions import Actor, AwardLimits
from services.council.state import StoredSession
from shared.contracts.awards import Award
from shared.contracts.council import ChangeCause, ItemChange, Judgement
from shared.contracts.model import Tier
from shared.contracts.scoring import AwardLists, Evidence
from shared.contracts.sessions import (
    Attendance,
    AttendanceGiven,
    Ballots,
    Member,
    OutcomeGiven,
    SessionHead,
    SubjectOutcome,
    VoteGiven,
    VoteRow,
)
from shared.contracts.units import UnitRegister
from tests.support.agendas import MOVEMENT, context_of, in_full, lists, nomination
from tests.support.movement import register, s0, s1, units

FIXED = datetime(2023, 12, 20, 2, tzinfo=UTC)
SITTING = date(2023, 12, 21)
FIRST_DONG_HOANG, SECOND_DONG_HOANG = "12808", "13000"
"""Two communes of one name in two districts."""

_ACTOR = Actor("Thư ký", "secretary", FIXED, replaces=True)
_OFFICES = (
    ("chair", "Chủ tịch Ủy ban nhân dân tỉnh"),
    ("first_deputy_chair", "Phó Chủ tịch Ủy ban nhân dân tỉnh"),
    ("standing_deputy_chair", "Giám đốc Sở Nội vụ"),
    *(("member", f"Ủy viên thứ {n}") for n in range(4, 10)),
)


def a_register(longest: bool = False) -> UnitRegister:
    """The units of 2023; with ``longest`` every commune has the longest name that a unit can have here."""
    if not longest:
        return register()
    name = "Thị trấn Nông trường Việt Trung Nguyễn Thị Minh Khai và Phạm Ngũ Lão Trần Hưng Đạo"
    renamed = [
        u.model_copy(update={"name": f"{name} {n}"}) if u.tier is Tier.XA else u for n, u in enumerate(register().units)
    ]
    return UnitRegister(province=register().province, version=1, units=tuple(renamed))


def session_facts(
    communes: int = 3, *, longest: bool = False, supplement: bool = True, more_persons: int = 0
) -> SessionFacts:
    """The session that ends the year, with this many communes as candidates, until its minutes are drafted.

    One nominee is a person. Of ``more_persons`` beside this one the last is not proposed.
    """
    candidates = (FIRST_DONG_HOANG, SECOND_DONG_HOANG, *(u for u in units(Tier.XA) if u not in _PAIR))[:communes]
    of_awards: list[AwardLists] = [
        lists("C1", tuple(units(Tier.SO)[:1])),
        lists("C2", ("336",)),
        lists("B3", candidates, held=(units(Tier.XA)[-1],)),
    ]
    nominations = (
        nomination(1, "B4", "phong-1", name="Phòng Nghiệp vụ, Sở Tài chính"),
        nomination(2, "B5", "dn-1", name="Công ty cổ phần Dệt may & Xuất khẩu <Á Đông>", kind="doanh_nghiep"),
        nomination(3, "B5", "nguoi-1", kind="doanh_nhan"),
        nomination(4, "B3", candidates[0], nominator="340"),
        *(nomination(n, "B5", f"nguoi-{n}", kind="doanh_nhan", nominator="338") for n in range(5, 5 + more_persons)),
    )
    context = context_of("P4", *of_awards, nominations=nominations, complete=in_full()[:4])
    empty = rules.revise(
        "thai-binh/38-kh-hdtdkt-2023/P4",
        None,
        context,
        "drafted",
        rules.assemble(context, rules.NOTHING_RECORDED),
        FIXED,
    )
    assert empty is not None
    frozen = actions.freeze(actions.set_head(empty, head(), frozenset(), _ACTOR), _ACTOR)
    session = _sitting(frozen)
    if supplement:
        session = _changed(session)
    findings = _findings({"C1": units(Tier.SO)[:1], "C2": ["336"], "B3": [*candidates, units(Tier.XA)[-1]]})
    return SessionFacts(
        session=session,
        plan=s1(),
        plans={MOVEMENT: s0()},
        papers=load_papers("thai-binh"),
        register=a_register(longest),
        nominations={n.id: n for n in nominations},
        findings=findings,
        evidence={
            "e1": Evidence(event="e1", version=1, at=FIXED, by="so-tttt", report="88/BC-STTTT", obligation="OB07")
        },
        judgements={MOVEMENT: [judgement("336", "hoan-thanh-xuat-sac")]},
        opinions={},
        arrivals={},
        signing_day=SITTING,
    )


_PAIR = (FIRST_DONG_HOANG, SECOND_DONG_HOANG)


def head() -> SessionHead:
    members = [
        Member(id=f"tv-{n}", role=role, office=o, substitute=f"Phó {o}") for n, (role, o) in enumerate(_OFFICES, 1)
    ]
    return SessionHead(
        day=SITTING,
        at=time(8, 0),
        place="Phòng họp số 1, trụ sở Ủy ban nhân dân tỉnh",
        chair="tv-1",
        secretary="Trưởng ban Ban Thi đua - Khen thưởng",
        members=tuple(members),
    )


def judgement(unit: str, criterion: str) -> Judgement:
    return Judgement.model_validate(
        {
            "movement": MOVEMENT,
            "plan": s0().ref,
            "register_version": 1,
            "tier": "huyen",
            "page": 0,
            "unit": unit,
            "criterion": criterion,
            "verdict": "PASS",
            "reason": "Kết quả thẩm định",
            "by": "Thư ký Hội đồng",
            "at": FIXED,
            "version": 1,
        }
    )


def _sitting(session: StoredSession) -> StoredSession:
    """Seven of nine attend, one is replaced; candidates are voted on by ballots, and the last of them fails."""
    states = [Attendance(member=f"tv-{n}", state="present") for n in range(1, 8)]
    states += [
        Attendance(member="tv-8", state="replaced"),
        Attendance(member="tv-9", state="excused", reason="đi công tác"),
    ]
    council = s1().council
    assert council is None
    council_rules = context_of().rules
    session = actions.attend(session, AttendanceGiven(members=tuple(states)), council_rules, _ACTOR)
    session = actions.start(session, council_rules, _ACTOR)
    for item in session.agenda.items:
        subjects = (*item.units, *item.nominations)
        outcome = OutcomeGiven(item=item.id, outcome="noted")
        if item.kind in ("candidates", "nominations"):
            rows = [VoteRow(subject=s, agree=7, disagree=0, no_opinion=0) for s in subjects]
            exceptions: tuple[SubjectOutcome, ...] = ()
            if len(rows) > 2:
                rows[-1] = VoteRow(subject=subjects[-1], agree=3, disagree=4, no_opinion=0)
                exceptions = (SubjectOutcome(subject=subjects[-1], outcome="not_proposed", reason="Chưa tiêu biểu"),)
            given = VoteGiven(
                item=item.id,
                way="ballots",
                rows=tuple(rows),
                ballots=Ballots(handed_out=7, returned=7, valid=7, invalid=0),
                counters=("Giám đốc Sở Nội vụ", "Chánh Văn phòng", "Ủy viên thứ 4"),
            )
            session = actions.vote(session, given, council_rules, AwardLimits(), _ACTOR)
            outcome = OutcomeGiven(item=item.id, outcome="proposed", exceptions=exceptions)
        session = actions.decide(session, outcome, AwardLimits(), _ACTOR)
    return actions.draft_minutes(session, _ACTOR)


def _changed(session: StoredSession) -> StoredSession:
    """After the freeze a correction brought one commune onto the list."""
    cause = ChangeCause(event="e2", report="2/BC-CAT", by="cong-an-tinh", at=FIXED, version=2)
    change = ItemChange(entered=(units(Tier.XA)[-2],), since=FIXED, because=(cause,))
    items = [
        i.model_copy(update={"change": change, "changed": True}) if i.id == f"candidates/{MOVEMENT}/B3" else i
        for i in session.agenda.items
    ]
    return replace(session, agenda=session.agenda.model_copy(update={"items": tuple(items)}))


def _findings(by_award: Mapping[str, list[str]]) -> dict[AwardKey, Findings]:
    findings: dict[AwardKey, Findings] = {}
    for award_id, of_award in by_award.items():
        award = s0().award[award_id]
        assert isinstance(award, Award)
        findings[MOVEMENT, award_id] = {
            unit: {
                rule.criterion: FindingState(
                    "PASS", n + 1 if rule.rule == "rank" else None, ("e1",) if rule.rule == "rank" else ()
                )
                for rule in award.rules
            }
            for n, unit in enumerate(of_award)
        }
    return findings
