"""*Quyết định khen thưởng*: the decisions that follow from a session's proposals, one form of award at a time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.council.desk.addresses import with_query
from services.council.desk.needs import page_of
from services.council.desk.records import movement_of
from services.council.desk.session_page import SessionData
from services.council.sessions.outcomes import is_about_an_award, subjects_of
from services.council.state import StoredDecisions
from shared.runtime.http.problems import Refusal
from shared.wording.agenda_changes import award_state

REVOKING: Final = "huy-bo"
"""The value of ``viec`` that asks for the form of a revocation."""


@dataclass(frozen=True, slots=True)
class AwardLink:
    """A form of award of the session: how many proposals wait for a decision, how many awards stand."""

    name: str
    address: str
    waiting: int
    standing: int
    current: bool


@dataclass(frozen=True, slots=True)
class AwardRow:
    """A subject in the form, and how far its award has come."""

    subject: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class AwardingView:
    """The page. ``action`` is where its form is sent; ``rows`` are the subjects that a decision may name.

    ``signer`` is the office that signed the last decision of the movement; empty before the first.
    """

    address: str
    version: int
    first: str
    awards: Sequence[AwardLink]
    award: str
    name: str
    movement: str
    revoking: bool
    action: str
    other: str
    signer: str
    rows: Sequence[AwardRow]
    others: Sequence[AwardRow]


def awarding_view(data: SessionData, chosen: str, *, revoking: bool) -> AwardingView:
    """The page about a form of award, ``<movement>/<award>``; without one the first with proposals that wait.

    Raises ``Refusal`` with 404 for an award that the session is not about.
    """
    address = f"{page_of(data.stored)}/quyet-dinh"
    subjects = _subjects(data)
    if chosen and chosen not in subjects:
        raise Refusal(404, "unknown_award", "Phiên họp không có nội dung về hình thức khen thưởng này.")
    counts = {key: [_stands(data, key, subject) for subject in of_award] for key, of_award in subjects.items()}
    key = chosen or next((key for key, states in counts.items() if False in states), next(iter(subjects), ""))
    movement, _, award = key.partition("/")
    rows = [_row(data, key, subject) for subject in subjects.get(key, ()) if _stands(data, key, subject) is revoking]
    others = [
        _row(data, key, subject) for subject in subjects.get(key, ()) if _stands(data, key, subject) is not revoking
    ]
    waiting = sum(states.count(False) for states in counts.values())
    return AwardingView(
        address=page_of(data.stored),
        version=data.stored.meeting.version,
        first=f"{waiting} đề nghị của Hội đồng chưa ghi nhận quyết định khen thưởng."
        if waiting
        else "Không có đề nghị nào chờ ghi quyết định khen thưởng.",
        awards=[
            AwardLink(
                _name(data, other),
                with_query(address, hinh_thuc=other),
                states.count(False),
                states.count(True),
                other == key,
            )
            for other, states in counts.items()
        ],
        award=award,
        name=_name(data, key) if key else "",
        movement=movement,
        revoking=revoking,
        action=with_query(address, hinh_thuc=key, viec=REVOKING if revoking else None),
        other=with_query(address, hinh_thuc=key, viec=None if revoking else REVOKING),
        signer=_last_signer(data, key),
        rows=rows,
        others=[row for row in others if row.state],
    )


def _subjects(data: SessionData) -> dict[str, list[str]]:
    """The session's subjects by movement and award, in the order of its items."""
    by_award: dict[str, list[str]] = {}
    for item in data.stored.agenda.items:
        if item.award is not None and is_about_an_award(item):
            by_award.setdefault(f"{movement_of(item)}/{item.award}", []).extend(subjects_of(item))
    return {key: list(dict.fromkeys(of_award)) for key, of_award in by_award.items()}


def _decided(data: SessionData, key: str) -> StoredDecisions:
    return data.records.decisions.get(key.partition("/")[0]) or StoredDecisions("", 0, {})


def _last_signer(data: SessionData, key: str) -> str:
    awards = _decided(data, key).awards.values()
    return max(awards, key=lambda award: award.at).decision.signer if awards else ""


def _stands(data: SessionData, key: str, subject: str) -> bool | None:
    """True for an award that stands, False for a proposal that waits for its decision, None for neither."""
    decided, of_subject = _decided(data, key), (key.partition("/")[2], subject)
    award, proposal = decided.awards.get(of_subject), decided.by_key.get(of_subject)
    if award is not None and award.stands:
        return True
    return False if proposal is not None and proposal.status == "granted" else None


def _row(data: SessionData, key: str, subject: str) -> AwardRow:
    of_subject = key.partition("/")[2], subject
    state = award_state(_decided(data, key).awards.get(of_subject), proposed=_stands(data, key, subject) is False)
    return AwardRow(subject, data.subjects.name(subject), state)


def _name(data: SessionData, key: str) -> str:
    movement, _, award = key.partition("/")
    plan = data.records.plans.get(movement)
    of_plan = (plan.award.get(award) or plan.nominated_award.get(award)) if plan else None
    return of_plan.name if of_plan else "Hình thức khen thưởng không còn trong kế hoạch"
