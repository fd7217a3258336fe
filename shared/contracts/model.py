"""The two kinds of model everything in contracts is made of, and the value types they share."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Protocol
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
"""Where the province decides: every due date and reminder is judged on this clock, stored in UTC."""

PAGE_SIZE = 256
"""Units on one page of a board, and rows at most in one results event."""


class TolerantModel(BaseModel):
    """A part of an event. Unknown fields are ignored, so a newer speaker can be heard."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class StrictModel(BaseModel):
    """A part of something a person or an agency writes. Unknown fields are errors, so typing mistakes show."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""A stable lower-case identifier (unit, field, criterion, agency); safe in a topic, a key and a field name."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,126}$")]
"""An identifier somebody else chose, such as the id an agency gives its report."""

ReportId = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,126}$")]
"""The number an agency gives its report, as it writes it: "46/BC-SNV"."""

Period = Annotated[str, StringConstraints(pattern=r"^\d{4}(-(Q[1-4]|\d{2}))?$")]
"""What a report is for: a year, a quarter of one ("2023-Q4") or a month ("2023-11")."""

Cite = Annotated[str, StringConstraints(pattern=r"^([SE]\d|A\d{1,2}|L\d{1,2})\b.*$")]
"""Document and section a rule comes from ("S0 VI.2"), or the decision that settles a gap ("A23").

Several are separated by semicolons ("S0 IV.3.a; A14"), several sections of one document by commas ("S0 V, VI").
"""

Basis = Literal["printed", "inferred", "assumed"]
"""Whether the source prints it, it follows from what is printed, or the source is silent and we chose."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]


class Tier(StrEnum):
    """Levels that are ranked among themselves; KHAC holds bodies that act but are not ranked."""

    SO = "so"
    HUYEN = "huyen"
    XA = "xa"
    DVSN = "dvsn"
    KHAC = "khac"


class Kind(StrEnum):
    """What a report gives: figures of units, cases opened and closed, or a document without figures."""

    SCORE = "score"
    TASKS = "tasks"
    DISCIPLINE = "discipline"
    ATTENDANCE = "attendance"
    LISTED = "listed"
    INSPECTION = "inspection"
    DOCUMENT = "document"


class Verdict(StrEnum):
    """What a criterion, or all criteria together, come to for one unit.

    HOLD: nothing may be given while an inspection or complaint with signs of violation is open (A18, L5).
    MISSING: nothing that proves it has come, yet or ever.
    """

    PASS = "PASS"  # noqa: S105 - a verdict
    FAIL = "FAIL"
    HOLD = "HOLD"
    MISSING = "MISSING"


class PlanRef(TolerantModel):
    """Which version of which province's plan something was judged by."""

    province: str
    id: str
    version: int


class Event(TolerantModel):
    """One thing said: CloudEvents attributes inside the value, so that a lost header loses nothing.

    ``time`` is when it happened in UTC; ``subject`` is the aggregate, the same as the Kafka key.
    """

    specversion: Literal["1.0"] = "1.0"
    id: Id
    type: str
    source: str
    time: AwareDatetime
    subject: str

    def encode(self) -> bytes:
        """The event as the UTF-8 JSON that goes on a topic."""
        return self.model_dump_json().encode()


class AnyEvent(Protocol):
    """An event as it is heard: a model of the contract, or the struct that stands for it where speed counts."""

    @property
    def id(self) -> str:
        """What tells it from every other."""


def movement_key(province: str, movement: str) -> str:
    """The key of everything one process decides together: ``<province>/<movement>``."""
    return f"{province}/{movement}"


def local(instant: datetime) -> datetime:
    """An instant on the province's clock."""
    return instant.astimezone(VIETNAM)
