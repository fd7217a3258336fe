"""No two mails to one address in a year have the same subject, and every subject survives the journey."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.policy import default

from hypothesis import given, settings
from hypothesis import strategies as st

from services.notify.mails.wordings import Wording
from services.notify.mails.writing import wording_of
from shared.contracts.model import VIETNAM
from shared.contracts.notify import Notice, NoticeLine
from shared.contracts.plan import Plan
from shared.plans.deadlines import Stage, stages
from shared.plans.working_days import viet_nam
from tests.support.mails import LETTERHEAD, background, line, mail, notice, s3
from tests.support.movement import s0, s1
from tests.support.provinces import OFFICE

KNOWN = background()
AGENCIES = {
    "so-noi-vu": ((s0(), "OB05"), (s0(), "OB06"), (s3(), "OB16-2023")),
    "vp-tinh-uy": ((s0(), "OB03"), (s3(), "OB16-2023")),
    OFFICE: tuple(
        (s1(), task.id) for task in s1().tasks if task.window.last.year == 2023 and task.window.last.month > 3
    ),
}


def wording(of: Notice) -> Wording:
    return wording_of(of, KNOWN, LETTERHEAD)


def a_year(recipient: str, left_out: frozenset[tuple[str, int]], extended: int) -> Iterator[Notice]:
    """All notices of a year to one agency and its head, one a day and role as the ledger makes them.

    ``left_out`` are duties with the number of a stage that is not sent (a receipt, an outage), so that counts and days
    do not run in step. The first duty is extended by some days.
    """
    by_day: dict[date, list[NoticeLine]] = {}
    for place, (plan, duty) in enumerate(AGENCIES[recipient]):
        bare = line(plan, duty, "L-0")
        assert bare.last_day is not None
        last_day = bare.last_day + timedelta(days=extended if place == 0 else 0)
        nth = {True: 0, False: 0}
        for number, stage in enumerate(_ladder(plan, last_day)):
            day = stage.at.date()
            if (duty, number) in left_out:
                continue
            nth[day > last_day] += 1
            by_day.setdefault(day, []).append(
                bare.model_copy(update={"stage": stage.name, "last_day": last_day, "nth": nth[day > last_day]})
            )
    for day, lines in sorted(by_day.items()):
        lines.sort(key=lambda one: (one.last_day or day, one.duty))
        yield notice(recipient, day, lines)
        late = [one for one in lines if one.last_day and one.last_day < day]
        if late:
            yield notice(recipient, day, late, id=f"head-{day}", role="head")


def _ladder(plan: Plan, last_day: date) -> tuple[Stage, ...]:
    assert plan.reminders is not None
    return stages(last_day, plan.reminders, viet_nam())


duties = st.sampled_from([duty for duties_of in AGENCIES.values() for _, duty in duties_of])


@settings(max_examples=20)
@given(
    recipient=st.sampled_from(sorted(AGENCIES)),
    left_out=st.frozensets(st.tuples(duties, st.integers(0, 9)), max_size=8),
    extended=st.integers(0, 9),
)
def test_a_year_of_mails_to_one_address_has_no_two_equal_subjects(
    recipient: str, left_out: frozenset[tuple[str, int]], extended: int
) -> None:
    """Heads may have the mailbox of their agency, so both are counted together."""
    subjects = [wording(sent).subject for sent in a_year(recipient, left_out, extended)]
    assert len(subjects) > 10
    assert sorted(set(subjects)) == sorted(subjects)


def test_what_is_sent_at_once_to_one_address_has_no_two_equal_subjects() -> None:
    """One paper answers two obligations and is returned twice; each extension is asked for and answered twice."""
    at = datetime(2023, 12, 1, 9, tzinfo=VIETNAM)
    sent_at_once = [
        notice(
            recipient,
            at.date(),
            [line(s0(), duty, stage, nth=nth, paper="88/BC-SNV" if stage == "returned" else None, **extra)],
            sent_at=at + timedelta(minutes=nth),
        )
        for duty in ("OB05", "OB06")
        for nth in (1, 2)
        for recipient, stage, extra in (
            ("so-noi-vu", "returned", {}),
            ("so-noi-vu", "granted", {"extended_from": date(2023, 12, 4), "last_day": date(2023, 12, 5 + nth)}),
            ("so-noi-vu", "refused", {}),
            (OFFICE, "asked", {"agency": "so-noi-vu", "last_day": date(2023, 12, 8)}),
        )
    ]
    subjects = [(sent.recipient, wording(sent).subject) for sent in sent_at_once]
    assert sorted(set(subjects)) == sorted(subjects)


def test_what_the_office_gets_of_one_day_has_different_subjects() -> None:
    """Its own tasks, the weekly list, the report to its leader and the digest for the chair may share a mailbox."""
    day, late = date(2023, 12, 25), line(s0(), "OB09", "L+9", agency="so-khdt")
    office = [
        notice(OFFICE, day, [line(s1(), "T26", "L-3", nth=3)]),
        notice(OFFICE, day, [late.model_copy(update={"stage": "weekly"})]),
        notice(OFFICE, day, [late], role="leader"),
        notice("so-noi-vu", day, [late], role="head"),
        notice(OFFICE, day, [late], role="chair"),
    ]
    assert len({wording(sent).subject for sent in office}) == len(office)


def test_notices_of_the_last_release_have_different_subjects_too() -> None:
    """They count no reminders, so the days left or late set them apart."""
    old = [
        notice("so-noi-vu", stage.at.date(), [line(s0(), "OB06", stage.name)]).model_copy(update={"day": None})
        for stage in _ladder(s0(), date(2023, 12, 4))
    ]
    assert len({wording(sent).subject for sent in old}) == len(old) > 10


@settings(max_examples=30)
@given(words=st.lists(st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=30), max_size=30))
def test_a_subject_of_any_words_arrives_as_it_was_written(words: list[str]) -> None:
    first = notice(
        "vp-tinh-uy", date(2023, 12, 5), [line(s0(), "OB05", "returned", what=" ".join(["Báo cáo", *words]))]
    )
    sent = mail(first)
    received = message_from_bytes(sent.as_bytes(), policy=default)
    assert str(received["Subject"]) == str(sent["Subject"]) == wording(first).subject
    assert all(len(text) <= 78 for text in sent.as_bytes().partition(b"\r\n\r\n")[0].split(b"\r\n"))
