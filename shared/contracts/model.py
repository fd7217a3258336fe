"""The two base models of all contracts, and the value types they share."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Protocol
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from shared.caching import Cache

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
"""The province's time zone: due dates and reminders are decided in it; instants are stored in UTC."""

PAGE_SIZE = 256
"""The number of units on one page of a board, and the maximum number of rows in one results event."""


class TolerantModel(BaseModel):
    """A part of an event. Unknown fields are ignored, so that events of a newer producer can be read."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class StrictModel(BaseModel):
    """A part of something that a person or an agency writes. Unknown fields are errors, so that typos are noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""A stable lower-case identifier (unit, field, criterion, agency); safe in a topic, a key and a field name."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,126}$")]
"""An identifier chosen outside this system, such as an obligation's id in a plan."""

ReportId = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,126}$")]
"""The number of a report as it is stored and published: "46/BC-SNV", or another text that an agency once sent."""

_CHARACTERS = "0-9A-Za-zĂÂĐÊÔƠƯăâđêôơư"
NUMBER_PATTERN = rf"^[{_CHARACTERS}][{_CHARACTERS}/&._:-]{{0,125}}$"

Number = Annotated[str, StringConstraints(pattern=NUMBER_PATTERN), Field(examples=["12/BC-BTĐKT"])]
"""The number and symbol of an agency's paper (NĐ 30/2020/NĐ-CP): "12/BC-BTĐKT", "46/2023/QĐ-UBND", "7/BC-LĐTB&XH".

Letters are those of Vietnamese abbreviations, which bear no tone. Ids of reporting programs fit as well.
"""

_CAPITALS, _SMALL = "A-ZĂÂĐÊÔƠƯ", "a-zăâđêôơư"
_IN_KEY = f"[0-9{_CAPITALS}{_SMALL}/&_-]"
_IN_KEY_NO_DIGIT = f"[{_CAPITALS}{_SMALL}/&_-]"
_OTHER_CAPITALS = "B-HJKM-UWYZĂÂĐÊÔƠƯ"

DOCUMENT_KEY_PATTERN = (
    f"^([{_SMALL}IVX]+[0-9AL{_OTHER_CAPITALS}]{_IN_KEY}*"
    f"|[0-9{_OTHER_CAPITALS}]{_IN_KEY}*"
    f"|[AL]([0-9]*{_IN_KEY_NO_DIGIT}{_IN_KEY}*)?)$"
)

DocumentKey = Annotated[str, StringConstraints(pattern=DOCUMENT_KEY_PATTERN, max_length=40)]
"""The key by which citations name a document: "S0", "KH46", "46/KH-UBND".

It has a digit or a capital that no Roman number has, so that a section without its document ("VI.2") is no key. A and L
followed by digits alone are decisions and legal facts.
"""

CITE_PATTERN = rf"^[{_SMALL}IVX]*[0-9AL{_OTHER_CAPITALS}]{_IN_KEY}*\b.*$"

Cite = Annotated[str, StringConstraints(pattern=CITE_PATTERN)]
"""The document and section a rule comes from ("S0 VI.2", "46/KH-UBND VI.2"), or the decision that closes a gap ("A23").

Several are separated by semicolons ("S0 IV.3.a; A14"), several sections of one document by commas ("S0 V, VI").
"""

Basis = Literal["printed", "inferred", "assumed"]
"""Whether the source prints a value, it follows from what is printed, or the source is silent and we chose it."""

LEFT_OUT_IF_EMPTY: Final[Any] = Field(exclude_if=lambda value: not value)
"""For a field that was added after a release: without a value it is not written, so that the release, which refuses a
field that it does not know, can read the rest.
"""

Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000, strip_whitespace=True),
    Field(json_schema_extra={"pattern": r"\S"}),
]

STRICT_INPUT: Final = {"strict input": True}
"""The validation context of what comes in from outside. Stored and published JSON is read without it, as leniently
as in the release that wrote it.
"""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _written_day(value: Any) -> Any:
    """The day in a text. Pydantic itself would also read "0", as seconds since 1970."""
    if not isinstance(value, str):
        return value
    if not _DAY.match(value):
        raise PydanticCustomError("date_parsing", "not a day written as YYYY-MM-DD")
    if not _DAY.fullmatch(value):
        return value  # a day with a time, as a YAML file may have it
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("date_parsing", "not a day of the calendar") from None


Day = Annotated[
    date,
    BeforeValidator(_written_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{_DAY.pattern}$"}),
]
"""A local calendar day, written YYYY-MM-DD."""

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200


def within_bounds(day: date) -> date:
    """The day, if days and months can be added to it and taken from it. Raises ``PydanticCustomError``."""
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return day
    raise PydanticCustomError("day_out_of_bounds", f"not a day of the years {FIRST_YEAR} to {LAST_YEAR}")


PlanDay = Annotated[Day, AfterValidator(within_bounds)]
"""A day of a plan: a reminder is counted back from it, so it cannot be at either end of the calendar."""


_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")


def _written_time(value: Any) -> Any:
    """The time in a text. Pydantic itself would also read "3600", as seconds since midnight."""
    if not isinstance(value, str):
        return value
    if not _TIME.fullmatch(value):
        raise PydanticCustomError("time_parsing", "not a time written as HH:MM or HH:MM:SS")
    return time.fromisoformat(value)


LocalTime = Annotated[
    time, BeforeValidator(_written_time), WithJsonSchema({"type": "string", "pattern": f"^{_TIME.pattern}$"})
]
"""A time of the day in the province's time zone, written HH:MM or HH:MM:SS."""

_MAX_EXPONENT = 400


def plain(number: Decimal) -> Decimal:
    """The same number without an exponent and without a sign of zero, so that every page writes it alike."""
    if number.is_zero():
        number = abs(number)
    exponent = number.as_tuple().exponent
    return Decimal(format(number, "f")) if isinstance(exponent, int) and 0 < exponent < _MAX_EXPONENT else number


_MAX_KNOWN, _MAX_KNOWN_LENGTH = 20_000, 12


def strict_decimal(pattern: str, numbers: dict[str, float]) -> tuple[WrapValidator, WithJsonSchema]:
    """The annotations of a decimal number: from outside, a JSON number or a text of this pattern, and nothing else.

    ``numbers`` is the JSON Schema of the numbers. Texts of other forms ("8_5", "1E+2") are read where they are stored.
    """
    written = re.compile(pattern.removeprefix("^").removesuffix("$"), re.ASCII)
    cache = Cache[str, Decimal](_MAX_KNOWN)  # the same scores recur in most reports

    def validated(value: Any, validate: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Decimal:
        if type(value) is str:
            if (number := cache.get(value)) is not None:
                return number
            if written.fullmatch(value):
                number = plain(validate(Decimal(value)))
                if len(value) <= _MAX_KNOWN_LENGTH:
                    cache.keep(value, number)
                return number
        if info.context is not STRICT_INPUT:
            return plain(validate(value))
        if type(value) is int or type(value) is float:
            return plain(validate(Decimal(str(value))))
        raise PydanticCustomError("decimal_pattern", "not a plain decimal number")

    schema = {"anyOf": [{"type": "number", **numbers}, {"type": "string", "pattern": pattern}]}
    return WrapValidator(validated), WithJsonSchema(schema, mode="validation")


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
