"""Who did what and when, from what council has recorded. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, Literal

from services.council.desk.addresses import PAPERS
from services.council.desk.records import Records
from services.council.desk.session_lines import sentence
from services.council.desk.subjects import Subjects
from services.council.paper_acts import ACTIONS
from services.council.paper_life.signed import final_name
from services.council.paper_life.state import PaperRecord
from services.council.paper_life.state import Verb as PaperVerb
from services.council.sessions.step_words import done_words, titles_of
from services.council.state import StoredSession
from shared.contracts.conferral import ConferredAward
from shared.contracts.council import Decision, Judgement
from shared.contracts.model import Verdict
from shared.contracts.opinions import AgencyOpinion
from shared.contracts.plan import Plan
from shared.contracts.topics import AGENDAS, DECISIONS, JUDGEMENTS
from shared.wording.formats import ngay
from shared.wording.plan_names import criterion_name

Kind = Literal["phien-hop", "tham-dinh", "y-kien", "de-nghi", "quyet-dinh", "van-ban", "van-hanh"]

KINDS: Final[Mapping[Kind, str]] = {
    "phien-hop": "Phiên họp",
    "tham-dinh": "Ý kiến thẩm định",
    "y-kien": "Ý kiến cơ quan khác",
    "de-nghi": "Kết quả xét của Hội đồng",
    "quyet-dinh": "Quyết định khen thưởng",
    "van-ban": "Văn bản",
    "van-hanh": "Vận hành",
}
"""The kinds of act, by the name in an address."""

_DECIDED: Final = {
    "granted": "thống nhất đề nghị tặng",
    "declined": "không đề nghị tặng",
    "revoked": "hủy bỏ đề nghị tặng",
}
_VERDICTS: Final = {Verdict.PASS: "đạt", Verdict.FAIL: "không đạt"}


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that somebody did. ``at`` is UTC; ``topic`` and ``key`` are where it was then published.

    Of an act that is no event they are its verb and its object in the audit chain.

    ``address`` is the page that shows the outcome, or empty.
    """

    at: datetime
    by: str
    kind: Kind
    words: str
    topic: str = ""
    key: str = ""
    address: str = ""


def acts_of(
    sessions: Iterable[StoredSession], records: Records, subjects: Subjects, papers: Iterable[PaperRecord] = ()
) -> list[Act]:
    """Every act that a province's council has on record, in the order of time.

    Of an opinion, a judgement and a decision council keeps the last state, so an act that was replaced is not listed.
    """
    sessions = list(sessions)
    acts = [act for session in sessions for act in _steps(session)]
    names = {session.id: session.agenda.name for session in sessions}
    acts += [act for record in papers if record.session in names for act in _paper(record, names[record.session])]
    province = subjects.province
    for movement, plan in records.plans.items():
        key = f"{province}/{movement}"
        acts += _judgements(records.judgements.get(movement, ()), plan, subjects, key)
        if (decided := records.decisions.get(movement)) is not None:
            acts += _decisions(decided.by_key.values(), plan, subjects, key)
            acts += _awards(decided.awards.values(), plan, subjects, key)
        acts += _opinions((opinion for opinion, _ in records.opinions.get(movement, ())), subjects, key)
    return sorted(acts, key=lambda act: act.at)


def _steps(session: StoredSession) -> Iterator[Act]:
    titles = titles_of(session.agenda)
    for step in session.meeting.steps:
        words = f"{session.agenda.name}: {done_words(step, titles)}"
        yield Act(step.at, step.by, "phien-hop", words, AGENDAS.name, session.id, f"/phien/{session.id}")


def _paper(record: PaperRecord, session: str) -> Iterator[Act]:
    """The steps in the life of a paper; the entry of the audit chain is that of the step itself."""
    name = final_name(record.name)
    address = f"{PAPERS}/{record.session}/{record.paper}"
    for step in record.steps:
        words = f"{session}: {_PAPER_STEPS[step.verb]} “{name}”"
        words += f", số {step.number}" if step.number else ""
        words += f"; lý do: {step.reason}" if step.reason else ""
        yield Act(step.at, step.by, "van-ban", words, ACTIONS[step.verb], record.id, address)


_PAPER_STEPS: Final[Mapping[PaperVerb, str]] = {
    "make": "lập để trình ký",
    "scan": "tải lên bản ký",
    "withdraw": "thu hồi bản ký tải nhầm",
    "number": "ghi số và ngày của",
}


def _judgements(judgements: Iterable[Judgement], plan: Plan, subjects: Subjects, key: str) -> Iterator[Act]:
    """One act for all units that were judged at once."""

    def given_at_once(entry: Judgement) -> tuple[datetime, str, str, str, str]:
        return entry.at, entry.by, entry.criterion, entry.verdict.value, entry.reason

    for (at, by, criterion, verdict, reason), group in groupby(sorted(judgements, key=given_at_once), given_at_once):
        units = [entry.unit for entry in group]
        words = f"Ý kiến thẩm định về tiêu chuẩn “{criterion_name(plan, criterion)}”: {_VERDICTS[Verdict(verdict)]}; "
        words += f"{_counted(units, subjects)}; lý do: {reason}"
        yield Act(at, by, "tham-dinh", words, JUDGEMENTS.name, key)


def _decisions(decisions: Iterable[Decision], plan: Plan, subjects: Subjects, key: str) -> Iterator[Act]:
    def given_at_once(entry: Decision) -> tuple[datetime, str, str, str, str]:
        return entry.at, entry.by, entry.award, entry.status, entry.reason or ""

    for (at, by, award, status, reason), group in groupby(sorted(decisions, key=given_at_once), given_at_once):
        words = f"{sentence(_DECIDED[status])} {award_name(plan, award)}: "
        words += _counted([entry.subject for entry in group], subjects) + (f"; lý do: {reason}" if reason else "")
        yield Act(at, by, "de-nghi", words, DECISIONS.name, key)


def _awards(awards: Iterable[ConferredAward], plan: Plan, subjects: Subjects, key: str) -> Iterator[Act]:
    def given_at_once(entry: ConferredAward) -> tuple[datetime, str, str, str]:
        paper = entry.revocation or entry.decision
        return entry.at, entry.by, entry.award, f"số {paper.number} ngày {ngay(paper.date)}"

    for (at, by, award, paper), group in groupby(sorted(awards, key=given_at_once), given_at_once):
        entries = list(group)
        what = "tặng" if entries[0].stands else "hủy bỏ quyết định tặng"
        words = f"Ghi nhận Quyết định {paper} {what} {award_name(plan, award)}: "
        words += _counted([entry.subject for entry in entries], subjects)
        yield Act(at, by, "quyet-dinh", words, DECISIONS.name, key)


def _opinions(opinions: Iterable[AgencyOpinion], subjects: Subjects, key: str) -> Iterator[Act]:
    for opinion in opinions:
        request = f"Công văn số {opinion.number} ngày {ngay(opinion.date)}"
        agency = subjects.unit(opinion.agency)
        if (answer := opinion.answer) is None:
            words = f"Xin ý kiến {agency}, {request}: {opinion.about}"
            yield Act(opinion.at, opinion.by, "y-kien", words, JUDGEMENTS.name, key)
        else:
            words = f"Ghi nhận trả lời của {agency} cho {request}: {answer.answer}"
            yield Act(answer.at, answer.by, "y-kien", words, JUDGEMENTS.name, key)


def award_name(plan: Plan, award: str) -> str:
    """The name of an award of a plan."""
    names = {a.id: a.name for a in plan.awards} | {a.id: a.name for a in plan.nominated}
    return names.get(award, "hình thức khen thưởng không còn trong kế hoạch")


def _counted(names: Sequence[str], subjects: Subjects) -> str:
    listed = subjects.listed(names)
    return f"{len(names)} trường hợp ({listed})" if len(names) > 1 else listed
