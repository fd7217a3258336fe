"""What happens to a notice between writing and sending: who must release it, and what of it is still needed. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from services.notify.rules import DutyKey, Recipient
from services.notify.state import Stand
from shared.contracts.notify import Notice, NoticeLine
from shared.contracts.plan import Plan


def waits_for_release(notice: Notice, plans: Iterable[Plan]) -> bool:
    """Whether a person of the standing office has to release a reminder: one for a head, or for a unit the plans list.

    ``plans`` are those of its lines. Messages about events are sent at once, because a person has just acted.
    """
    if notice.day is None:
        return False
    if notice.role in ("head", "chair"):
        return True
    return any(plan.reminders and notice.recipient in plan.reminders.released_by_hand for plan in plans)


def replaced_drafts(drafts: Iterable[Notice]) -> set[str]:
    """The ids of the drafts that a later one to the same recipient replaces."""
    by_recipient: dict[Recipient, list[Notice]] = defaultdict(list)
    for draft in drafts:
        by_recipient[Recipient(draft.plan.province, draft.recipient, draft.role)].append(draft)
    return {
        draft.id
        for of_recipient in by_recipient.values()
        for draft in sorted(of_recipient, key=lambda draft: draft.due_at)[:-1]
    }


def still_open(notice: Notice, stands: Mapping[DutyKey, Stand]) -> Notice | None:
    """The notice without the lines whose report has become complete; None if nothing is left to remind of.

    ``stands`` are those of ``keys_of(notice)``. A message about an event stays as it is.
    """
    if notice.day is None:
        return notice
    left = tuple(line for line in notice.lines if all(stands[key].complete_at is None for key in _keys(notice, line)))
    return notice.model_copy(update={"lines": left}) if left else None


def keys_of(notice: Notice) -> set[DutyKey]:
    """The keys of the states that may end the duties of a reminder: of the account, and of the agency that owes it."""
    return {key for line in notice.lines for key in _keys(notice, line)}


def _keys(notice: Notice, line: NoticeLine) -> list[DutyKey]:
    plan = line.plan or notice.plan
    owner = line.agency or notice.recipient
    return [(f"{plan.province}/{plan.id}/{account}", line.duty) for account in (line.account or owner, owner)]
