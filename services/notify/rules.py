"""Which reminders are due, and the notices they go into: one a recipient and local day, across all plans. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from services.notify.ladder import OVERDUE, Offices, Rung, is_office_hours, ladder, may_be_on_ladder
from services.notify.state import Account, Reminded, Stand
from shared.contracts.ids import derived
from shared.contracts.model import local
from shared.contracts.notify import Notice, NoticeLine, Role
from shared.contracts.plan import Plan
from shared.plans.duties import Duty
from shared.plans.working_days import WorkingDays

_WORTH_SENDING = timedelta(days=7)

SENT, RECEIVED, SUPERSEDED = "sent", "received", "overtaken"


DutyKey = tuple[str, str]
"""The id of an account, and a duty."""


@dataclass(frozen=True, slots=True)
class OpenDuty:
    """A duty of a plan, and the offices it is reported to when it is overdue."""

    plan: Plan
    duty: Duty
    above: Offices

    @property
    def key(self) -> DutyKey:
        """The key of its state."""
        return self._key(self.duty.account)

    @property
    def answered_by(self) -> tuple[DutyKey, ...]:
        """The keys of the states of which one, with a complete report, ends the duty; see ``Duty.answered_by``."""
        if self.duty.account in self.plan.role:
            return (self.key,)
        return tuple(map(self._key, self.duty.answered_by))

    def _key(self, account: str) -> DutyKey:
        return f"{self.plan.province}/{self.plan.id}/{account}", self.duty.id


class Recipient(NamedTuple):
    """Who gets a notice: a unit of a province, in a role."""

    province: str
    unit: str
    role: Role


@dataclass(frozen=True, slots=True)
class Entry:
    """A line for a recipient. ``rung`` is the reminder it records when it is sent; None for a weekly line.

    ``superseded`` are the keys of the earlier reminders that it is sent instead of; ``follows`` the earlier notices to
    the recipient about the same duty.
    """

    to: Recipient
    line: NoticeLine
    due_at: datetime
    source: OpenDuty
    rung: Rung | None = None
    superseded: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()


def notice_id(to: Recipient, day: date) -> str:
    """The id of a recipient's notice of a local day."""
    return derived("notice", to.province, to.unit, to.role, day.isoformat())


def due_rungs(item: OpenDuty, calendar: WorkingDays, today: date) -> tuple[Rung, ...]:
    """The reminders of a duty that have come due by a local day; none if none did within the last seven days."""
    if item.plan.reminders is None or not may_be_on_ladder(item.duty, item.plan.reminders, today):
        return ()  # of the hundreds of duties of a year most are far from their deadline
    rungs = ladder(item.duty, item.plan, item.above, calendar)
    due = tuple(rung for rung in rungs if rung.stage.at.date() <= today)
    return due if any(today - rung.stage.at.date() <= _WORTH_SENDING for rung in due) else ()


def is_reported(item: OpenDuty, stands: Mapping[DutyKey, Stand]) -> bool:
    """Whether a complete report has ended a duty."""
    return any(stands[key].complete_at is not None for key in item.answered_by if key in stands)


def due_entries(
    item: OpenDuty, stand: Stand, calendar: WorkingDays, now: datetime, *, reported: bool
) -> tuple[Stand, list[Entry]]:
    """The duty's state without the reminders that are not sent, and the lines of those to be sent at ``now``.

    Each reminder gets its outcome once. If several of one recipient have come due since the last call, only the latest
    is sent, and only if it is still true. After a complete report none is sent any more. Outside office hours nothing
    is decided.
    """
    reminders, today = item.plan.reminders, local(now).date()
    if reminders is None or not is_office_hours(local(now), reminders, calendar):
        return stand, []
    lanes: dict[tuple[str, Role], list[Rung]] = defaultdict(list)
    for rung in ladder(item.duty, item.plan, item.above, calendar):
        if rung.stage.at.date() <= today:
            lanes[rung.unit, rung.role].append(rung)
    entries: list[Entry] = []
    for lane in lanes.values():
        done = max((n for n, rung in enumerate(lane, start=1) if rung.key in stand.outcomes), default=0)
        missed = [rung.key for rung in lane[:done] if rung.key not in stand.outcomes]  # a new plan may add such stages
        stand = with_outcomes(stand, dict.fromkeys(missed, SUPERSEDED)) if missed else stand
        if not (due := lane[done:]):
            continue
        if reported:
            stand = with_outcomes(stand, dict.fromkeys((rung.key for rung in due), RECEIVED))
        elif _still_true(due[-1], item.duty, now):
            entries.append(_entry(item, stand, due, today))
        else:
            stand = with_outcomes(stand, dict.fromkeys((rung.key for rung in due), SUPERSEDED))
    return stand, entries


def _still_true(rung: Rung, duty: Duty, now: datetime) -> bool:
    """Whether a reminder that is sent late is still true: not too old, and its last day has not passed."""
    if now - rung.stage.at > _WORTH_SENDING:
        return False
    return rung.stage.name.startswith(OVERDUE) or local(now).date() <= duty.last_day


def _entry(item: OpenDuty, stand: Stand, due: Sequence[Rung], today: date) -> Entry:
    rung, duty = due[-1], item.duty
    earlier = [sent for sent in stand.reminded if sent.role == "agency" and sent.day < today]
    overdue = rung.stage.name.startswith(OVERDUE)
    nth = sum(sent.stage.startswith(OVERDUE) == overdue for sent in earlier) + 1
    return Entry(
        to=Recipient(item.plan.province, rung.unit, rung.role),
        line=line_of(
            item,
            rung.stage.name,
            nth=nth,
            reminded_on=tuple(dict.fromkeys(sent.day for sent in earlier)),
            agency=None if rung.unit == duty.owner else duty.owner,
        ),
        due_at=rung.stage.at,
        source=item,
        rung=rung,
        superseded=tuple(rung.key for rung in due[:-1]),
        follows=tuple(s.notice for s in stand.reminded if (s.unit, s.role) == (rung.unit, rung.role) and s.day < today),
    )


def line_of(
    item: OpenDuty, stage: str, *, nth: int = 1, reminded_on: tuple[date, ...] = (), agency: str | None = None
) -> NoticeLine:
    """The line that names a duty in a notice."""
    duty = item.duty
    return NoticeLine(
        duty=duty.id,
        what=duty.what,
        stage=stage,
        last_day=duty.last_day,
        cite=duty.cite,
        extended_from=duty.extended_from,
        agency=agency,
        plan=item.plan.ref,
        account=duty.account,
        obligation=duty.obligation,
        period=duty.period,
        nth=nth,
        reminded_on=reminded_on,
    )


@dataclass(frozen=True, slots=True)
class PlannedNotices:
    """The notices to write, and the duties' states by account id and duty after they are written."""

    notices: Sequence[Notice]
    stands: Mapping[DutyKey, Stand]


def plan_notices(
    entries: Iterable[Entry],
    stands: Mapping[DutyKey, Stand],
    existing: Mapping[str, Notice],
    now: datetime,
) -> PlannedNotices:
    """Gather entries into one notice for each recipient of the local day, and note in each duty's state what is sent.

    ``existing`` are the notices of the day by id. A recipient whose notice of the day exists gets no second one: what
    that notice has is noted (a process may have died before it noted it), and what it lacks waits for the next day.
    """
    today = local(now).date()
    by_recipient: dict[Recipient, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_recipient[entry.to].append(entry)
    notices, after = list[Notice](), dict(stands)
    for to, of_recipient in sorted(by_recipient.items()):
        notice = existing.get(notice_id(to, today))
        if notice is None:
            notice = _notice(to, of_recipient, today, now)
            notices.append(notice)
        named = {_identity(line) for line in notice.lines}
        for entry in of_recipient:
            if entry.rung is not None and _identity(entry.line) in named:
                key = entry.source.key
                after[key] = _with_sent(after[key], entry, entry.rung, notice, today)
    return PlannedNotices(notices, after)


def _notice(to: Recipient, entries: Sequence[Entry], today: date, now: datetime) -> Notice:
    ordered = sorted(entries, key=lambda entry: _nearest_first(entry.line))
    plan = ordered[0].line.plan
    assert plan is not None
    return Notice(
        id=notice_id(to, today),
        plan=plan,
        recipient=to.unit,
        due_at=max(entry.due_at for entry in entries).astimezone(UTC),
        sent_at=now,
        lines=tuple({_identity(entry.line): entry.line for entry in reversed(ordered)}.values())[::-1],
        role=to.role,
        day=today,
        follows=tuple(dict.fromkeys(ordered[0].follows)),
    )


def _nearest_first(line: NoticeLine) -> tuple[bool, date, str, str, str]:
    plan = f"{line.plan.province}/{line.plan.id}" if line.plan else ""
    return line.stage == "weekly", line.last_day or date.max, plan, line.duty, line.account or ""


def _identity(line: NoticeLine) -> tuple[str | None, ...]:
    """What a line of a day's notice is about. A plan's new version changes nothing, nor does the account.

    After a merger one agency may owe the same duty for two, and it is named once.
    """
    return line.plan.id if line.plan else None, line.duty, line.stage, line.agency


def _with_sent(stand: Stand, entry: Entry, rung: Rung, notice: Notice, day: date) -> Stand:
    sent = Reminded(key=rung.key, notice=notice.id, stage=rung.stage.name, unit=rung.unit, role=rung.role, day=day)
    outcomes = {**dict.fromkeys(entry.superseded, SUPERSEDED), rung.key: SENT}
    return with_outcomes(stand, outcomes).model_copy(update={"reminded": (*stand.reminded, sent)})


def with_outcomes(stand: Stand, outcomes: Mapping[str, str]) -> Stand:
    """The state of a duty with outcomes of reminders added."""
    return stand.model_copy(update={"outcomes": {**stand.outcomes, **outcomes}})


def counts(accounts: Iterable[Account]) -> dict[str, int]:
    """Reminders by outcome over all accounts: ``sent`` and ``suppressed``, counted per duty, stage and recipient."""
    return count_outcomes(stand for account in accounts for stand in account.duties.values())


def count_outcomes(stands: Iterable[Stand]) -> dict[str, int]:
    """As ``counts``, over duties' states."""
    outcomes = [outcome for stand in stands for outcome in stand.outcomes.values()]
    return {"sent": outcomes.count(SENT), "suppressed": len(outcomes) - outcomes.count(SENT)}
