"""A plan for another year, made from the text of an earlier one. Pure.

Only the values that belong to a year are replaced where they stand, so comments and layout stay. Every replaced value,
and every text that still names the old year, gets a comment for whoever has the new document (``review_marks``).
"""

from __future__ import annotations

import re
from calendar import isleap
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final

from yaml.nodes import ScalarNode

from shared.contracts.periods import parse_period
from shared.contracts.plan import Plan
from shared.plans.positioned_yaml import parse
from shared.plans.review_marks import Part, comment_mark, is_block, parts, review_comment
from shared.wording.formats import ngay

_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:$|[Tt ][0-9])")
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
_NULL: Final = "tag:yaml.org,2002:null"
_ONE_YEAR: Final = 366
_LONGEST_CODE: Final = 63
_LAST_YEAR: Final = 2100
"""The last year of ``Yearly``."""
_NAMES: Final = frozenset({"name", "title", "what"})
"""The texts in which "năm 2023" is the plan's own year. Others may cite a document of that year."""


def _day_of(written: str) -> date | None:
    """The day with which a value begins; None if it begins with none, or with one that no calendar has."""
    if match := _DAY.match(written):
        with suppress(ValueError):
            return date.fromisoformat(match[1])
    return None


def year_of(plan: Plan) -> int:
    """The year a plan is for: that of its movement (the first of several), otherwise of its programme or its issue."""
    if plan.movement is not None:
        first, last = plan.movement.period.first, plan.movement.period.last
        return (first + (last - first) / 2).year if (last - first).days <= _ONE_YEAR else first.year
    windows = [session.window for session in plan.sessions] + [task.window for task in plan.tasks]
    return min((window.first for window in windows), default=plan.source.issued).year


def renewed(text: str, year: int) -> str:
    """The text of a plan, with every date moved to another year and marked for review.

    The plan and its movement get ids of that year, the version is 1, and the document has no number yet. References to
    other movements stay, and so do the days on which a unit began or ceased to hold a role; both are only marked.
    Raises ``InvalidYaml`` and ``pydantic.ValidationError`` for a text that is no plan.
    """
    positioned = parse(text)
    renewal = _Renewal(text, year_of(Plan.model_validate(positioned.data)), year, list(parts(positioned.root)))
    return renewal.result()


@dataclass
class _Renewal:
    """The replacements and notes that make a text that of another year. Positions count characters.

    ``notes`` has the notes by the position of the comment.
    """

    text: str
    old_year: int
    year: int
    parts: list[Part]
    replaced: list[tuple[int, int, str]] = field(default_factory=list)
    notes: dict[int, list[str]] = field(default_factory=dict)

    def result(self) -> str:
        """The new text."""
        for part in self.parts:
            if isinstance(part.node, ScalarNode):
                self._renew(part, part.node)
            elif part.path in (("source", "raw"), ("source", "based_on")):
                self._note(part, f"của văn bản năm {self.old_year}")
        text = self.text
        comments = [(end, end, f"  {review_comment(notes)}") for end, notes in self.notes.items()]
        for start, end, new in sorted(self.replaced + comments, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def _renew(self, part: Part, node: ScalarNode) -> None:
        """Renew one value, by its place in the plan."""
        match part.path:
            case ("id",) | ("movement", "id"):
                self._replace(part, node, self._id(node.value))
            case ("movement", "within") | ("sessions", _, "movements", _) if node.tag != _NULL:
                self._note(part, f"phong trào năm {self.old_year}; có thể đổi thành {self._id(node.value)}")
            case ("source", "number") if node.tag == _NULL:
                self._note(part, "điền số và ký hiệu của văn bản")
            case ("version",) if node.value != "1":
                self._replace(part, node, "1")
            case ("source", "number"):
                self._replace(part, node, "null")
            case ("source", "issued_basis") if node.value != "assumed":
                self._replace(part, node, "assumed")
            case ("source", "key"):
                self._note(part, f"khóa của văn bản năm {self.old_year}; văn bản mới có khóa mới, nêu ở mọi căn cứ")
            case ("source", "signer"):
                self._note(part, f"người ký văn bản năm {self.old_year}")
            case (*_, "yearly", "first" | "last"):
                self._move_year(part, node)
            case ("obligations", _, "periodic", "first" | "last") | ("obligations", _, "period"):
                period = parse_period(node.value)
                self._replace(part, node, f'"{period._replace(year=period.year + self.year - self.old_year)}"')
            case ("source", "raw" | "based_on", _) | (*_, "at", _) | (*_, "cite"):
                pass
            case ("roles", _, "held", _, "first" | "last") if _day_of(node.value):
                self._note(part, "giữ nguyên ngày chuyển giao vai trò")
            case _ if day := _day_of(node.value):
                self._move(part, node, day)
            case _ if " " in node.value:
                self._text(part, node)

    def _id(self, code: str) -> str:
        """The id of the same thing in the new year."""
        moved = _YEAR.sub(lambda match: self._moved(int(match[0])), code)
        return moved if moved != code else f"{code[: _LONGEST_CODE - len('-2000')]}-{self.year}"

    def _moved(self, year: int) -> str:
        """A year of the old plan in the new one. Years before the plan's own stay."""
        return str(year + self.year - self.old_year if year >= self.old_year else year)

    def _move_year(self, part: Part, node: ScalarNode) -> None:
        """Move a year of a yearly due date, at most to the last year that a plan may name."""
        year = self._moved(int(node.value))
        self._replace(part, node, str(min(int(year), _LAST_YEAR)))
        if int(year) > _LAST_YEAR:
            self._note(part, f"năm cuối cùng có thể ghi là {_LAST_YEAR}")

    def _move(self, part: Part, node: ScalarNode, day: date) -> None:
        """Move a day by whole years. 29/02 becomes 28/02 where the new year has none."""
        year = day.year + self.year - self.old_year
        is_leap_day = (day.month, day.day) == (2, 29) and not isleap(year)
        new = date(year, day.month, 28 if is_leap_day else day.day)
        start = self.text.index(node.value[:10], self._start(node))
        self.replaced.append((start, start + 10, new.isoformat()))
        self._was(part, ngay(day))
        if part.path == ("source", "issued") and not any(p.path == ("source", "issued_basis") for p in self.parts):
            self._assume_issue(part)

    def _assume_issue(self, issued: Part) -> None:
        """Say before the day of issue that no document prints it; not in a mapping that has its brackets."""
        assert issued.key is not None
        begin = self.text.rfind("\n", 0, issued.key.start_mark.index) + 1
        indent = self.text[begin : issued.key.start_mark.index]
        if not indent.strip():
            self.replaced.append((begin, begin, f"{indent}issued_basis: assumed\n"))

    def _text(self, part: Part, node: ScalarNode) -> None:
        """Name the new year in a name or title. Mark every text that names the old year or a later one."""
        years = [int(year) for year in _YEAR.findall(node.value)]
        if part.path[-1] in _NAMES:
            begin = self._start(node)
            written = self.text[begin : node.end_mark.index]
            for match in re.finditer(rf"[Nn]ăm\s+({self.old_year})(?![0-9])", written):
                start = begin + match.start(1)
                self.replaced.append((start, start + len(match[1]), str(self.year)))
                years.remove(self.old_year)
                self._note(part, f"đã đổi năm {self.old_year} thành năm {self.year}")
        if late := sorted({year for year in years if year >= self.old_year}):
            self._note(part, f"còn nêu năm {', '.join(map(str, late))}")

    def _start(self, node: ScalarNode) -> int:
        """Where the text of a value begins. A comment may stand beside ``|`` or ``>``, on the line before."""
        begin = node.start_mark.index
        return self.text.find("\n", begin) + 1 if is_block(node) else begin

    def _replace(self, part: Part, node: ScalarNode, new: str) -> None:
        properties = _PROPERTIES.match(self.text, node.start_mark.index)
        start = properties.end() if properties else node.start_mark.index
        self.replaced.append((start, node.end_mark.index, new))
        self._was(part, node.value)

    def _was(self, part: Part, old: str) -> None:
        """Note what the old plan has in place of a value."""
        prefix, notes = f"kế hoạch năm {self.old_year} ghi ", self._notes_of(part)
        if notes and notes[-1].startswith(prefix):
            notes[-1] += f", {old}"
        else:
            notes.append(prefix + old)

    def _note(self, part: Part, note: str) -> None:
        """Note something for the comment beside a part; two equal notes of one comment are one."""
        if note not in (notes := self._notes_of(part)):
            notes.append(note)

    def _notes_of(self, part: Part) -> list[str]:
        return self.notes.setdefault(self._end_of_line(comment_mark(part).index), [])

    def _end_of_line(self, position: int) -> int:
        """The end of the line of a position, or of the first later line beyond which no quoted text goes on."""
        end = self.text.find("\n", position)
        end = len(self.text) if end < 0 else end - (self.text[end - 1] == "\r")
        goes_on = next((last for first, last in self._over_lines if first < end < last), None)
        return end if goes_on is None else self._end_of_line(goes_on)

    @cached_property
    def _over_lines(self) -> list[tuple[int, int]]:
        """Where the texts over several lines begin and end that a comment inside would become a part of, or break."""
        texts = [part.node for part in self.parts if isinstance(part.node, ScalarNode) and not is_block(part.node)]
        spans = [(node.start_mark, node.end_mark) for node in texts]
        return [(first.index, last.index) for first, last in spans if first.line < last.line]
