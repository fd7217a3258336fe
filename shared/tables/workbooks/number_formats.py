"""What Excel shows for a number under a number format (ECMA-376 Part 1, 18.8.30 and 18.8.31). Pure.

A sheet is read as it looks: a format that shows another number than is stored (a percentage, thousands, a rounded
number, a fraction) makes the cell unreadable, because the person who sent the sheet saw the other number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from shared.tables.workbooks.bounded_xml import parse_xml

GENERAL = "General"
_TEXT = "@"
_BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    **dict.fromkeys((14, 15, 16, 17, 22, *range(27, 37), *range(50, 59)), "dd/mm/yyyy"),
    **dict.fromkeys((18, 19, 20, 21, 45, 46, 47), "h:mm"),
    37: "#,##0",
    38: "#,##0",
    39: "#,##0.00",
    40: "#,##0.00",
    41: '#,##0;-#,##0;"-"',
    42: '#,##0;-#,##0;"-"',
    43: '#,##0.00;-#,##0.00;"-"',
    44: '#,##0.00;-#,##0.00;"-"',
    48: "##0.0E+0",
    49: _TEXT,
}
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[(?P<bracket>[^\]]*)\]|(?P<general>General)|(?P<other>.)',
    re.DOTALL | re.IGNORECASE,
)
_SECTION = re.compile(r'(?:"[^"]*"|\\.|[^;"\\])*', re.DOTALL)
_COLOUR = re.compile(r"\$.*|[A-Za-z]+ ?[0-9]*", re.DOTALL)
_MAX_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Shown:
    """What Excel shows for a number: the digits it shows, or a phrase in Vietnamese where they cannot be told.

    ``digits`` is None if the format shows no plain number. ``text`` is what a message quotes.
    """

    digits: str | None
    text: str


def formats_of_styles(part: bytes) -> list[str]:
    """The number format of each style of cells, in order. Raises what ``parse_xml`` raises."""
    own: dict[int, str] = {}
    styles: list[int] = []
    inside = ""

    def start(kind: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if kind in ("cellXfs", "cellStyleXfs", "dxfs"):
            inside = kind
        elif kind == "numFmt" and inside != "dxfs":
            own[int(attributes.get("numFmtId", 0))] = attributes.get("formatCode", GENERAL)
        elif kind == "xf" and inside == "cellXfs":
            styles.append(int(attributes.get("numFmtId", 0)))

    parse_xml(part, start)
    return [own.get(number, _BUILT_IN.get(number, GENERAL)) for number in styles]


def shown(number: Decimal, code: str) -> Shown:
    """What Excel shows for a number under the format with this code."""
    if code.casefold() == GENERAL.casefold() or code == _TEXT:
        return Shown(_plain(number), _comma(number))
    section = _section_for(number, code)
    return _shown_by(number, section) if section is not None else _unclear(code)


def _section_for(number: Decimal, code: str) -> str | None:
    """The part of a format that applies to a number; None for a format that is too long or has conditions."""
    if len(code) > _MAX_LENGTH or re.search(r"\[[<>=]", code):
        return None
    sections, at = list[str](), 0
    while match := _SECTION.match(code, at):
        sections.append(match[0])
        at = match.end() + 1
        if at > len(code):
            break
    if number < 0 and len(sections) > 1:
        return sections[1].replace("(", "").replace(")", "")
    return sections[2] if number == 0 and len(sections) > 2 else sections[0]


def _shown_by(number: Decimal, section: str) -> Shown:
    picture, words = "", ""
    for token in _TOKEN.finditer(section):
        if token["quoted"] is not None or token["escaped"] is not None:
            words += token["quoted"] or token["escaped"] or ""
        elif token["bracket"] is not None:
            if not _COLOUR.fullmatch(token["bracket"]) or token["bracket"].casefold() in ("h", "hh", "m", "mm", "s"):
                return _unclear(section)
        elif token["general"]:
            picture += "@"
        elif token["other"] is not None:
            picture += token["other"]
    if number == 0 and not re.search(r"[0#?@]", picture) and (picture + words).strip() in ("-", "–"):
        return Shown("0", "-")  # Excel's accounting formats show zero as a dash
    picture = picture.replace(" ", "").removeprefix("-" if number < 0 else "")
    if re.search(r"[0-9%‰-]", words):
        return _unclear(section)
    if picture == "@":
        return Shown(_plain(number), _comma(number))
    percent = picture.count("%")
    bare = re.sub(r"[%$₫€+()]", "", picture)
    match = re.fullmatch(r"([0#?,]*?)(,*)(?:\.([0#?]*)(,*))?", bare)
    if match is None or not re.search(r"[0#?]", bare):
        return _unclear(section)
    scale = len(match[2]) + len(match[4] or "")
    decimals, least = len(match[3] or ""), len((match[3] or "").rstrip("#?"))
    try:
        value = abs(number * Decimal(100) ** percent / Decimal(1000) ** scale)
        rounded = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    except ArithmeticError:  # more digits than anybody reports
        return _unclear(section)
    whole, _, part = format(rounded, "f").partition(".")
    part = part.rstrip("0").ljust(least, "0")
    whole = whole.rjust(match[1].replace(",", "").count("0"), "0")
    sign = "-" if number < 0 else ""
    text = f"{sign}{whole}{f',{part}' if part else ''}{'%' * percent}"
    return Shown(None if percent else f"{sign}{whole}{f'.{part}' if part else ''}", text)


def _unclear(code: str) -> Shown:
    return Shown(None, f"định dạng {code[:40]}")


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _comma(number: Decimal) -> str:
    return _plain(number).replace(".", ",")
