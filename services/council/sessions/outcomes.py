"""The outcome of each agenda item, and when a session may be closed: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from services.council.sessions.problem import SessionProblem
from shared.contracts.council import AgendaItem
from shared.contracts.sessions import ItemOutcome, Outcome, OutcomeGiven, Vote

OUTCOME_NAMES: Final[Mapping[Outcome, str]] = {
    "proposed": "thống nhất đề nghị",
    "not_proposed": "không đề nghị",
    "deferred": "để lại phiên sau",
    "withdrawn": "rút khỏi danh sách xét",
    "noted": "ghi nhận",
}
"""The outcomes as people read them (within a sentence)."""

_VOTED: Final[frozenset[Outcome]] = frozenset({"proposed", "not_proposed"})
_WITH_REASON: Final[frozenset[Outcome]] = frozenset({"deferred", "withdrawn"})
_REPORTED: Final = frozenset({"held", "open_report"})
"""The kinds of item that are reported to the council, which proposes nothing about them."""
_AWARD_KINDS: Final = frozenset({"candidates", "nominations"})
"""The kinds of item about proposing an award, which are voted on."""


def is_reported(item: AgendaItem) -> bool:
    """Whether an item is reported to the council, rather than put before it for its opinion (DOMAIN 6.4)."""
    return item.kind in _REPORTED


def is_about_an_award(item: AgendaItem) -> bool:
    """Whether an award is proposed by the item, also by one that an earlier session deferred."""
    return item.kind in _AWARD_KINDS or (item.other_kind == "carried_over" and item.award is not None)


def subjects_of(item: AgendaItem) -> tuple[str, ...]:
    """The units and nominations that an item is about."""
    return (*item.units, *item.nominations)


def item_of(items: Iterable[AgendaItem], item_id: str) -> AgendaItem:
    """The item with this id. Raises ``SessionProblem`` (404)."""
    for item in items:
        if item.id == item_id:
            return item
    raise SessionProblem(404, "unknown_item", "Chương trình không có nội dung này.", "/item")


def check_outcome(
    given: OutcomeGiven, item: AgendaItem, vote: Vote | None, quota: int | None, *, needs_vote: bool
) -> None:
    """Raise ``SessionProblem`` (422) for an outcome that the item cannot have or that its vote contradicts.

    ``vote`` is the item's vote; ``quota`` is how many subjects the award may be proposed for, None if it is not
    limited. With ``needs_vote`` a vote is required wherever an award is proposed or not.
    """
    by_subject = _by_subject(given, item)
    exceptions = ((f"/exceptions/{n}", entry.outcome, entry.reason) for n, entry in enumerate(given.exceptions))
    for pointer, outcome, reason in [("", given.outcome, given.reason), *exceptions]:
        if outcome in _VOTED and is_reported(item):
            detail = f"Nội dung số {item.number} chỉ báo cáo Hội đồng; không có kết quả “{OUTCOME_NAMES[outcome]}”."
            raise SessionProblem(422, "outcome_not_possible", detail, f"{pointer}/outcome")
        if outcome in _WITH_REASON and reason is None:
            detail = f"Kết quả “{OUTCOME_NAMES[outcome]}” phải ghi lý do."
            raise SessionProblem(422, "reason_needed", detail, f"{pointer}/reason")
    proposed = [subject for subject, outcome in by_subject.items() if outcome == "proposed"]
    if item.award is not None and quota is not None and len(proposed) > quota:
        detail = f"Chỉ được thống nhất đề nghị {quota:02} đối tượng, đang ghi {len(proposed):02}."
        raise SessionProblem(422, "too_many_proposed", detail, "/exceptions")
    if vote is not None or (needs_vote and is_about_an_award(item)):
        places = {entry.subject: f"/exceptions/{n}/outcome" for n, entry in enumerate(given.exceptions)}
        _check_against_vote(by_subject or {None: given.outcome}, vote, places)


def _by_subject(given: OutcomeGiven, item: AgendaItem) -> dict[str | None, Outcome]:
    """The outcome for each subject of the item."""
    by_subject: dict[str | None, Outcome] = dict.fromkeys(subjects_of(item), given.outcome)
    seen: set[str] = set()
    for n, exception in enumerate(given.exceptions):
        if exception.subject not in by_subject:
            detail = "Đối tượng không thuộc nội dung này."
            raise SessionProblem(422, "unknown_subject", detail, f"/exceptions/{n}/subject")
        if exception.subject in seen:
            raise SessionProblem(422, "given_twice", "Một đối tượng được ghi hai lần.", f"/exceptions/{n}/subject")
        seen.add(exception.subject)
        by_subject[exception.subject] = exception.outcome
    return by_subject


def _check_against_vote(by_subject: Mapping[str | None, Outcome], vote: Vote | None, places: Mapping[str, str]) -> None:
    """``places`` are the pointers of the exceptions, by subject: a problem is named where it can be mended."""
    voted = {row.subject for row in vote.given.rows} if vote else set[str | None]()
    for subject, outcome in by_subject.items():
        if outcome not in _VOTED:
            continue
        row = subject if subject in voted else None
        if vote is None or row not in voted:
            raise SessionProblem(422, "vote_needed", "Chưa ghi kết quả biểu quyết của nội dung này.", "/outcome")
        if (row in vote.passed) != (outcome == "proposed"):
            reached = "đạt" if row in vote.passed else "không đạt"
            detail = f"Kết quả “{OUTCOME_NAMES[outcome]}” trái với biểu quyết, vì số ý kiến đồng ý {reached} ngưỡng"
            place = places.get(subject or "", "")
            mend = "; ghi số biểu quyết riêng của trường hợp này" if place and row is None else ""
            raise SessionProblem(422, "vote_contradicted", f"{detail}{mend}.", place or "/outcome")


def open_items(items: Sequence[AgendaItem], outcomes: Iterable[ItemOutcome]) -> list[AgendaItem]:
    """The items without an outcome."""
    decided = {outcome.given.item for outcome in outcomes}
    return [item for item in items if item.id not in decided]


def require_outcomes(items: Sequence[AgendaItem], outcomes: Iterable[ItemOutcome], what: str) -> None:
    """Raise ``SessionProblem`` (409) while an item has no outcome; ``what`` cannot be done yet, in Vietnamese."""
    if left := open_items(items, outcomes):
        numbers = ", ".join(str(item.number) for item in left)
        detail = f"Chưa {what}: còn {len(left)} nội dung chưa có kết quả, số {numbers}."
        raise SessionProblem(409, "items_open", detail)


def deferred_items(items: Sequence[AgendaItem], outcomes: Iterable[ItemOutcome]) -> list[AgendaItem]:
    """The items that were deferred as a whole or for some of their subjects, with those subjects only."""
    by_id = {outcome.given.item: outcome.given for outcome in outcomes}
    deferred: list[AgendaItem] = []
    for item in items:
        if (given := by_id.get(item.id)) is None:
            continue
        by_subject = _by_subject(given, item)
        left = {subject for subject, outcome in by_subject.items() if outcome == "deferred"}
        if left or (not by_subject and given.outcome == "deferred"):
            units = tuple(unit for unit in item.units if unit in left)
            nominations = tuple(nomination for nomination in item.nominations if nomination in left)
            deferred.append(item.model_copy(update={"units": units, "nominations": nominations}))
    return deferred
