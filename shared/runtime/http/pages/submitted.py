"""What a browser sent with a form, and the form again with what was typed where it was refused. Pure.

A form's fields are named as the pointers of the body that a program would send (``rows/0/agree``), so that one model
reads both, and a problem of the body is a problem of the field with the same name. A name that ends in ``/*`` is a list
of values. The other fields have Vietnamese names: ``mau`` names the form on a page with several, ``phien-ban`` is the
version that its reader saw.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from shared.contracts.json_values import JsonObject, JsonValue
from shared.runtime.http.problems import Refusal
from shared.wording.typed_dates import day_typed, hour_typed

FORM_NAME: Final = "mau"
VERSION: Final = "phien-ban"
CONFLICT: Final = "changed_meanwhile"
"""The code of the refusal that says that somebody else came first."""

_OURS: Final = frozenset({"csrf", FORM_NAME, VERSION})
_LIST: Final = "/*"
_MAX_VERSION_DIGITS: Final = 9
_MALFORMED: Final = "Có chỗ chưa đúng mẫu; sửa rồi gửi lại."
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Submitted:
    """The fields of a form in the order in which they were sent, each with its values, without spaces around them."""

    values: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]]) -> Submitted:
        """The fields of pairs of a name and a value. Line ends and accents are written in one way."""
        values: dict[str, tuple[str, ...]] = {}
        for name, value in pairs:
            tidied = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
            values[name] = (*values.get(name, ()), tidied)
        return cls(values)

    def text(self, name: str) -> str:
        """The first value of a field; empty if it was not sent."""
        return self.values.get(name, ("",))[0]

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a field."""
        return self.values.get(name, ())

    @property
    def version(self) -> int:
        """The version that the form was made from. Raises ``Refusal`` with 400 for a form without one."""
        text = self.text(VERSION)
        if not (text.isascii() and text.isdigit() and len(text) <= _MAX_VERSION_DIGITS):
            raise Refusal(400, "bad_version", "Mẫu gửi lên thiếu phiên bản đã xem; hãy mở lại trang rồi gửi.")
        return int(text)

    def body(
        self,
        numbers: Collection[str] = (),
        needed: Mapping[str, str] = _NONE,
        days: Collection[str] = (),
        hours: Collection[str] = (),
    ) -> Body:
        """The body that a program would send instead. Empty fields are left out.

        ``numbers``, ``days`` and ``hours`` are the last parts of the names whose texts are whole numbers, days written
        15/6/2023, and hours. ``needed`` says of a list which field a row must have to count: ``{"members": "office"}``
        leaves out the members without an office.
        """
        left_out = {
            f"{top}/{parts[1]}"
            for top, last in needed.items()
            for parts in (name.split("/") for name in self.values)
            if parts[0] == top and len(parts) > 1 and not self.text(f"{top}/{parts[1]}/{last}")
        }
        root = _Node()
        for name, values in self.values.items():
            if name in _OURS or any(name.startswith(f"{row}/") for row in left_out):
                continue
            if name.endswith(_LIST):
                listed = [value for value in values if value]
                if listed:
                    root.put(name.removesuffix(_LIST).split("/"), name, [*listed])
            elif values[0]:
                root.put(name.split("/"), name, _sent(values[0], name.rpartition("/")[2], numbers, days, hours))
        fields: dict[str, str] = {}
        value = root.value("", fields)
        return Body(value if isinstance(value, dict) else {}, fields)


def _sent(text: str, last: str, numbers: Collection[str], days: Collection[str], hours: Collection[str]) -> JsonValue:
    """A value as a program would send it; what is no number, day or hour is left to the model, which refuses it."""
    if last in numbers and text.isascii() and text.isdigit() and len(text) <= _MAX_VERSION_DIGITS:
        return int(text)
    if last in days:
        return day_typed(text)
    return hour_typed(text) if last in hours else text


@dataclass(frozen=True, slots=True)
class Body:
    """A body made of a form, and which field each of its pointers came from."""

    value: JsonObject
    fields: Mapping[str, str]

    def field_of(self, pointer: str) -> str:
        """The field that a problem's pointer is about, or the beginning of the fields of that part.

        Rows that were left out have no place in the body, so the third row of a form may be the first of the body.
        """
        above, missing = pointer, ""
        while above:
            if above in self.fields:
                return self.fields[above]
            for leaf, name in self.fields.items():
                if leaf.startswith(f"{above}/"):
                    parts = leaf.removeprefix(above).count("/")
                    return name.removesuffix(_LIST).rsplit("/", parts)[0] + missing
            above, _, last = above.rpartition("/")
            missing = f"/{last}{missing}"
        return ""


class _Node:
    """A part of a body while it is put together: a value, or further parts by name."""

    def __init__(self) -> None:
        self.parts: dict[str, _Node] = {}
        self.leaf: JsonValue = None
        self.field = ""

    def put(self, path: Sequence[str], name: str, leaf: JsonValue) -> None:
        node = self
        for part in path:
            node = node.parts.setdefault(part, _Node())
        node.leaf, node.field = leaf, name

    def value(self, pointer: str, fields: dict[str, str]) -> JsonValue:
        """The value of this part; parts that are all named by numbers are a list, in the order of the numbers."""
        if not self.parts:
            fields[pointer] = self.field
            return self.leaf
        if all(part.isascii() and part.isdigit() for part in self.parts):
            rows = sorted(self.parts.items(), key=lambda row: int(row[0]))
            return [row.value(f"{pointer}/{n}", fields) for n, (_, row) in enumerate(rows)]
        return {part: node.value(f"{pointer}/{part}", fields) for part, node in self.parts.items()}


@dataclass(frozen=True, slots=True)
class FormState:
    """A form of a page as its template fills it: as it is recorded, or as it was typed and why it was refused.

    ``problems`` are sentences by field, ``status`` is the HTTP status of the page. With ``is_conflict`` somebody else
    came first, and beside what was typed a field shows what is recorded now; ``since`` says what was done meanwhile.
    """

    submitted: Submitted | None = None
    sentence: str = ""
    problems: Mapping[str, str] = field(default_factory=lambda: _NONE)
    is_conflict: bool = False
    status: int = 200
    since: Sequence[str] = ()

    def of(self, name: str, field_name: str = "", value: str = "") -> FormState:
        """The state of one form among several of a page: of this name and, among those, with a value in a field."""
        sent = self.submitted
        is_sent = (
            sent is not None and sent.text(FORM_NAME) == name and (not field_name or sent.text(field_name) == value)
        )
        return self if is_sent else FRESH

    def value(self, name: str, recorded: str | int | None = "") -> str:
        """What stands in a field: what was typed, otherwise what is recorded."""
        if self.submitted is not None:
            return self.submitted.text(name)
        return "" if recorded is None else str(recorded)

    def chosen(self, name: str, value: str, recorded: bool) -> bool:
        """Whether a box is ticked, or a choice chosen: as it was sent, otherwise as it is recorded."""
        return recorded if self.submitted is None else value in self.submitted.all(name)

    def problem(self, name: str) -> str:
        """What is wrong with a field; empty if nothing is."""
        return self.problems.get(name, "")

    def recorded_now(self, name: str, recorded: str | int | None) -> str:
        """What is recorded now where somebody else came first and it differs from what was typed; otherwise empty."""
        text = "" if recorded is None else str(recorded)
        return text if self.is_conflict and self.submitted is not None and self.submitted.text(name) != text else ""


FRESH: Final = FormState()
"""A form that nobody has sent yet."""


def refused(submitted: Submitted, refusal: Refusal, body: Body | None = None) -> FormState:
    """The form after a refusal: its sentence, and the problem of each field that the refusal names."""
    named = [*refusal.extra.get("errors", ()), *refusal.extra.get("problems", ())]
    problems: dict[str, str] = {}
    for problem in named:
        pointer, text = str(problem["pointer"]), str(problem.get("message") or problem.get("detail"))
        name = body.field_of(pointer) if body is not None else ""
        problems.setdefault(name or pointer.removeprefix("/"), text)
    sentence = _MALFORMED if "errors" in refusal.extra else str(refusal)
    is_conflict = refusal.code == CONFLICT
    since = [str(line) for line in refusal.extra.get("since", ())]
    return FormState(submitted, sentence, problems, is_conflict, refusal.status, since)
