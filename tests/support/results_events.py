"""Events of ``intake.results.v1`` for hypothesis: every kind, and content that intake never publishes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from shared.contracts.intake import ResultsReported
from shared.contracts.model import Kind, Tier

CODES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,126}", fullmatch=True)
REPORTS = st.text(st.characters(exclude_characters="\x7f", min_codepoint=32, codec="utf-8"), min_size=1, max_size=126)
WORDS = st.text(st.characters(codec="utf-8"), max_size=40)
TEXTS = WORDS.map(str.strip).filter(bool)
COUNTS = st.integers(0, 1_000_000)
RANKS = st.integers(1, 1_000_000)
WHOLE = st.integers(-(2**63), 2**63 - 1)
DAYS = st.dates(date(1900, 1, 1))
INSTANTS = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001 - the offset is drawn
    datetime(9998, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC) | st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m))),
)
SCORES = st.integers(0, 6).flatmap(
    lambda places: st.integers(0, 10 ** (6 + places) - 1).map(lambda n: Decimal(n).scaleb(-places))
)


def _inspection(
    unit: str, case: str, opened: date, lasted: int | None, violation_found: bool, **more: Any
) -> dict[str, Any]:
    row: dict[str, Any] = {"unit": unit, "case": case, "opened": opened, **more}
    if lasted is not None:
        row |= {"closed": min(opened, date(9000, 1, 1)) + timedelta(days=lasted), "violation_found": violation_found}
    return row


def _tasks(unit: str, parts: tuple[int, int, int]) -> dict[str, Any]:
    done, cancelled, late = parts
    return {"unit": unit, "due": done + cancelled + late, "done_on_time": done, "cancelled": cancelled}


ROWS: dict[Kind, st.SearchStrategy[dict[str, Any]]] = {
    Kind.SCORE: st.fixed_dictionaries({"unit": CODES, "score": SCORES}, optional={"declared_rank": st.none() | RANKS}),
    Kind.TASKS: st.builds(_tasks, CODES, st.tuples(*[st.integers(0, 333_333)] * 3)),
    Kind.DISCIPLINE: st.fixed_dictionaries({"unit": CODES, "violations": COUNTS}),
    Kind.ATTENDANCE: st.fixed_dictionaries(
        {"unit": CODES, "invited": COUNTS, "present": COUNTS},
        optional={"substitute": COUNTS, "excused": COUNTS, "unexcused": COUNTS},
    ),
    Kind.LISTED: st.fixed_dictionaries(
        {"unit": CODES}, optional={"listed": st.booleans(), "note": st.none() | st.text('ằ \n"\\', min_size=1)}
    ),
    Kind.INSPECTION: st.builds(
        _inspection,
        CODES,
        REPORTS,
        st.dates(date(1900, 1, 1), date(9000, 1, 1)),
        st.none() | st.integers(0, 9999),
        st.booleans(),
        about=st.none() | TEXTS,
        signs_of_violation=st.booleans(),
    ),
}

_WITHDRAWN = st.fixed_dictionaries({"unit": CODES}, optional={"case": st.none() | REPORTS})
_INSTEAD = st.fixed_dictionaries(
    {"receipt": WORDS, "version": WHOLE, "by": WORDS, "at": INSTANTS, "reason": TEXTS, "counts_from": INSTANTS}
)


@st.composite
def bodies(draw: st.DrawFn, kind: Kind) -> dict[str, Any]:
    """The ``data`` of an event of a kind, not validated yet."""
    return draw(
        st.fixed_dictionaries(
            {
                "plan": st.fixed_dictionaries({"province": WORDS, "id": WORDS, "version": WHOLE}),
                "register_version": WHOLE,
                "movement": CODES,
                "obligation": IDS,
                "reported_by": CODES,
                "receipt": WORDS,
                "report": REPORTS,
                "period": WORDS,
                "version": WHOLE,
                "kind": st.just(kind),
                "field": st.none() | CODES,
                "tier": st.sampled_from(Tier),
                "page": WHOLE,
                "as_of": st.none() | DAYS,
                "final": st.booleans(),
                "complete": st.booleans(),
                "received_at": INSTANTS,
                "rows": st.lists(ROWS[kind], max_size=4),
            },
            optional={
                "withdrawn": st.lists(_WITHDRAWN, max_size=3),
                "undeclared": st.booleans(),
                "instead": st.none() | _INSTEAD,
            },
        )
    )


@st.composite
def events(draw: st.DrawFn) -> ResultsReported:
    """An event that the contract accepts."""
    data = draw(st.sampled_from(sorted(ROWS)).flatmap(bodies))
    head = st.fixed_dictionaries({"id": IDS, "source": WORDS, "time": INSTANTS, "subject": WORDS})
    return ResultsReported.model_validate({**draw(head), "data": data})
