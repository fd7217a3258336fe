"""The two base models of all contracts, and the value types they share."""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Protocol
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
"""The province's time zone: due dates and reminders are decided in it; instants are stored in UTC."""

PAGE_SIZE = 256
"""The number of units on one page of a board, and the maximum number of rows in one results event."""


class TolerantModel(BaseModel):
    """A part of an event. Unknown fields are ignored, so that events of a newer producer can be read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class StrictModel(BaseModel):
    """A part of something that a person or an agency writes. Unknown fields are errors, so that typos are noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""A stable lower-case identifier (unit, field, criterion, agency); safe in a topic, a key and a field name."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,126}$")]
"""An identifier chosen outside this system, such as an obligation's id in a plan."""

ReportId = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,126}$")]
"""The number of a report as it is stored and published: "46/BC-SNV", or another text that an agency once sent."""

_LETTERS = "0-9A-Za-zĂÂĐÊÔƠƯăâđêôơư"
NUMBER_PATTERN = rf"^[{_LETTERS}][{_LETTERS}/&._:-]{{0,125}}$"

Number = Annotated[str, StringConstraints(pattern=NUMBER_PATTERN), Field(examples=["12/BC-BTĐKT"])]
"""The number and symbol of an agency's paper (NĐ 30/2020/NĐ-CP): "12/BC-BTĐKT", "46/2023/QĐ-UBND", "7/BC-LĐTB&XH".

Letters are those of Vietnamese abbreviations, which bear no tone. Ids of reporting programs fit as well.
"""


Day = date
"""A local day; models with a field named ``date`` write their days so."""


def _written_day(day: Any) -> Any:
    if isinstance(day, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
        raise ValueError("a day is written YYYY-MM-DD")
    if isinstance(day, str) or type(day) is date:
        return day
    raise ValueError("a day is a text, written YYYY-MM-DD")


PaperDate = Annotated[date, BeforeValidator(_written_day), Field(examples=["2023-12-04"])]
"""The date that an agency's paper bears, a local day, written "2023-12-04"."""

Period = Annotated[str, StringConstraints(pattern=r"^\d{4}(-(Q[1-4]|\d{2}))?$")]
"""The period a report covers: a year ("2023"), a quarter ("2023-Q4") or a month ("2023-11")."""

Cite = Annotated[str, StringConstraints(pattern=r"^([SE]\d|A\d{1,2}|L\d{1,2})\b.*$")]
"""The document and section a rule comes from ("S0 VI.2"), or the decision that closes a gap ("A23").

Several are separated by semicolons ("S0 IV.3.a; A14"), several sections of one document by commas ("S0 V, VI").
"""

Basis = Literal["printed", "inferred", "assumed"]
"""Whether the source prints a value, it follows from what is printed, or the source is silent and we chose it."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]


class Tier(StrEnum):
    """Levels of units, each ranked separately. KHAC holds bodies that report or decide but are not ranked."""

    SO = "so"
    HUYEN = "huyen"
    XA = "xa"
    DVSN = "dvsn"
    KHAC = "khac"


class Kind(StrEnum):
    """What a report contains: figures of units, cases opened and closed, or a document without figures."""

    SCORE = "score"
    TASKS = "tasks"
    DISCIPLINE = "discipline"
    ATTENDANCE = "attendance"
    LISTED = "listed"
    INSPECTION = "inspection"
    DOCUMENT = "document"


class Verdict(StrEnum):
    """The result for one unit of one criterion, or of all criteria together.

    HOLD: no award may be given while an inspection or complaint with signs of a violation is open (A18, L5).
    MISSING: nothing that could prove the criterion has been reported.
    """

    PASS = "PASS"  # noqa: S105 - a verdict
    FAIL = "FAIL"
    HOLD = "HOLD"
    MISSING = "MISSING"


class PlanRef(TolerantModel):
    """A reference to one version of a province's plan."""

    province: str
    id: str
    version: int


class Event(TolerantModel):
    """A published event. The CloudEvents attributes are inside the value, so that a lost header loses nothing.

    ``time`` is the instant of the event in UTC; ``subject`` is the aggregate, the same as the Kafka key.
    """

    specversion: Literal["1.0"] = "1.0"
    id: Id
    type: str
    source: str
    time: AwareDatetime
    subject: str

    def encode(self) -> bytes:
        """The event as UTF-8 JSON, the value of a record."""
        return self.model_dump_json().encode()


class AnyEvent(Protocol):
    """A consumed event: a model of the contract, or the struct that replaces it on the fast path."""

    @property
    def id(self) -> str:
        """The event's unique id."""


def movement_key(province: str, movement: str) -> str:
    """The key of all that one process decides: ``<province>/<movement>``."""
    return f"{province}/{movement}"


def local(instant: datetime) -> datetime:
    """An aware instant in the province's time zone."""
    return instant.astimezone(VIETNAM)
