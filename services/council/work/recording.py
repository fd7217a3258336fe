"""What a form says about an item: its vote and its outcome, and how both are recorded in one step. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from services.council.session_handlers import award_limits
from services.council.sessions import actions
from services.council.sessions.actions import Actor
from services.council.state import SessionContext, StoredSession
from shared.contracts.json_values import JsonObject
from shared.contracts.sessions import OutcomeGiven, VoteGiven
from shared.runtime.http.body_limit import MAX_BODY_BYTES
from shared.runtime.http.error_wording import typed_wrong
from shared.runtime.http.forms import Form
from shared.runtime.http.pages.submitted import Body, Submitted
from shared.runtime.http.problems import Refusal

COUNTS: Final = ("agree", "disagree", "no_opinion", "invalid")
"""The figures of a row of a vote."""

_NUMBERS: Final = frozenset({*COUNTS, "written", "handed_out", "returned", "valid"})
_VOTE_FIELDS: Final = ("item", "way", "rows", "ballots", "written", "counters")
_OUTCOME_FIELDS: Final = ("item", "outcome", "reason", "exceptions")

WHOLE_LIST: Final = "ca-danh-sach"
"""The field of the button *Thông qua cả danh sách*."""

_VOTE: Final = Form[VoteGiven](VoteGiven, "Kết quả biểu quyết", limit=MAX_BODY_BYTES, explain=typed_wrong)
_OUTCOME: Final = Form[OutcomeGiven](OutcomeGiven, "Kết quả nội dung", limit=MAX_BODY_BYTES, explain=typed_wrong)


@dataclass(frozen=True, slots=True)
class Result:
    """A vote, an outcome, or both of one item."""

    vote: VoteGiven | None
    outcome: OutcomeGiven | None


def body_of(submitted: Submitted, needed: Mapping[str, str]) -> Body:
    """The body of a form about an item. In a row that counts, the figures left empty are none: 0.

    ``needed`` names the figure that a row must have to count; without one any figure will do.
    """
    figures = (needed["rows"],) if "rows" in needed else COUNTS
    typed = (name for name in submitted.values if _is_count(name) and submitted.text(name))
    rows = {name.rpartition("/")[0] for name in typed if name.rpartition("/")[2] in figures}
    filled = {
        name: ("0",) if _is_count(name) and name.rpartition("/")[0] in rows and not values[0] else values
        for name, values in submitted.values.items()
    }
    return Submitted(filled).body(_NUMBERS, needed)


def _is_count(name: str) -> bool:
    return name.startswith("rows/") and name.rpartition("/")[2] in COUNTS


RESULT_NEEDS: Final[Mapping[str, str]] = {"rows": "agree", "exceptions": "outcome"}
"""On the page of an item a subject without figures of its own has no row, one without an outcome is no exception."""


def result_of(submitted: Submitted, body: Body) -> Result:
    """The outcome on the page of an item, with the vote if figures were typed. Raises ``Refusal`` with 422."""
    given = dict(body.value)
    if submitted.text(WHOLE_LIST):
        if given.get("outcome") not in (None, "proposed"):
            detail = "Đang chọn kết quả chung khác “thống nhất đề nghị”; bấm “Ghi kết quả” để ghi kết quả đó."
            problems = [{"pointer": "/outcome", "code": "two_outcomes", "detail": detail}]
            raise Refusal(422, "two_outcomes", detail, problems=problems)
        given["outcome"] = "proposed"
    outcome = _part(given, _OUTCOME_FIELDS)
    vote = _VOTE.parse(_part(given, _VOTE_FIELDS)) if "rows" in given else None
    return Result(vote, _OUTCOME.parse(outcome))


def ballots_of(body: Body) -> Result:
    """The vote of a grid of ballots. Raises ``Refusal`` with 422."""
    return Result(_VOTE.parse(_part(dict(body.value), _VOTE_FIELDS)), None)


def _part(given: JsonObject, names: Collection[str]) -> JsonObject:
    return {name: value for name, value in given.items() if name in names}


def record(session: StoredSession, context: SessionContext, actor: Actor, result: Result) -> StoredSession:
    """The session with the vote and the outcome, or with neither. Raises ``SessionProblem``."""
    if result.vote is not None:
        limits = award_limits(result.vote.item, session, context)
        session = actions.vote(session, result.vote, context.rules, limits, actor)
    if result.outcome is not None:
        limits = award_limits(result.outcome.item, session, context)
        session = actions.decide(session, result.outcome, limits, actor)
    return session
