"""Parts that several kinds of paper have: letterheads, days with blanks, counted words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Final

from services.council.documents.blocks import BLANK, Letterhead, Signature
from services.council.documents.facts import SessionFacts
from services.council.documents.province import PaperKind
from shared.contracts.awards import AwardForm
from shared.contracts.model import local
from shared.contracts.sessions import Outcome
from shared.wording.formats import ngay, thu

DRAFT = "DỰ THẢO"

FORMS = {
    AwardForm.CO_THI_DUA: "Cờ thi đua của Ủy ban nhân dân tỉnh",
    AwardForm.CO_THI_DUA_CHINH_PHU: "Cờ thi đua của Chính phủ",
    AwardForm.BANG_KHEN: "Bằng khen của Chủ tịch Ủy ban nhân dân tỉnh",
    AwardForm.GIAY_KHEN: "Giấy khen",
    AwardForm.BANG_KHEN_THU_TUONG: "Bằng khen của Thủ tướng Chính phủ",
    AwardForm.HUAN_CHUONG_LAO_DONG: "Huân chương Lao động",
}
"""The forms of award in a sentence."""

OUTCOMES: dict[Outcome, str] = {
    "proposed": "thống nhất đề nghị",
    "not_proposed": "không đề nghị",
    "deferred": "để lại phiên sau",
    "withdrawn": "rút khỏi danh sách xét",
    "noted": "ghi nhận",
}


_BEFORE_THE_SESSION: Final[frozenset[PaperKind]] = frozenset(
    {"invitation", "appraisal", "reporting", "urging", "consultation"}
)
"""The numbered papers that are signed before the session is held."""


def letterhead(facts: SessionFacts, kind: PaperKind, *, numbered: bool = True, about: str = "") -> Letterhead:
    """The head of a paper. Its number and day are left empty, because the clerk who files it gives them."""
    data, issuer = facts.papers.kinds[kind], facts.papers.issuer(kind)
    year = _year_of(facts, kind)
    number = f"Số:        /{data.symbol}" if numbered and data.symbol else ""
    return Letterhead(
        superior=issuer.superior.upper(),
        issuer=issuer.head.upper(),
        number=number,
        place_and_day=f"{facts.papers.place}, ngày        tháng        năm {year}" if numbered else "",
        draft=DRAFT if number else "",
        about=about,
    )


def _year_of(facts: SessionFacts, kind: PaperKind) -> str:
    """The year that is printed before the day is known; left open where a paper may be signed in either of two."""
    year = str(facts.signing_day.year)
    made = facts.fixed_at or local(facts.session.changed_at)
    return f"{year[:2]}    " if kind in _BEFORE_THE_SESSION and made.year != facts.signing_day.year else year


def signature(facts: SessionFacts, kind: PaperKind) -> Signature:
    """Who signs a paper of a kind, as the province's data have it."""
    data = facts.papers.kinds[kind]
    return Signature(authority=data.authority, title=data.signer, name=data.person)


def recipients(facts: SessionFacts, kind: PaperKind, *before: str) -> tuple[str, ...]:
    """The list "Nơi nhận", which ends with where the paper is filed."""
    filed = facts.papers.issuer(kind).filed_by
    last = f"Lưu: VT, {filed}." if filed else "Lưu: VT."
    return (*(f"{name};" for name in (*before, *facts.papers.kinds[kind].recipients)), last)


def day_or_blank(day: date | None) -> str:
    """A day within a sentence, "ngày 05/12/2023", or with a blank."""
    return f"ngày {ngay(day)}" if day else f"ngày {BLANK}"


def weekday_and_day(day: date | None) -> str:
    """A day with its weekday, "thứ Năm, ngày 21/12/2023", or with a blank."""
    return f"{thu(day)}, {day_or_blank(day)}" if day else day_or_blank(day)


def long_day(day: date | None) -> str:
    """A day in full, "ngày 05 tháng 12 năm 2023", or with blanks."""
    if day is None:
        return "ngày …… tháng …… năm ………"
    return (
        f"ngày {day.day:02} tháng {day.month:02} năm {day.year}"
        if day.month <= 2
        else (f"ngày {day.day:02} tháng {day.month} năm {day.year}")
    )


def hour(at: time | str | None) -> str:
    """A local hour as papers write it: "14 giờ 00", or with a blank."""
    if at is None:
        return "…… giờ ……"
    text = at if isinstance(at, str) else f"{at:%H:%M}"
    return f"{text[:2]} giờ {text[3:5]}"


def two_digits(number: int) -> str:
    """A count within a sentence: "03", "12", "1.234"; none is "0"."""
    return f"{number:02}" if 0 < number < 10 else f"{number:,}".replace(",", ".")


def counted(parts: Iterable[tuple[int, str]]) -> str:
    """Counts within a sentence, "03 tập thể, 02 cá nhân"; parts of which there are none are left out."""
    return ", ".join(f"{two_digits(number)} {word}" for number, word in parts if number) or "0 trường hợp"


def listed(texts: Sequence[str]) -> str:
    """A list within a sentence. A commune's name has a comma, so the parts are separated by semicolons."""
    return "; ".join(texts)


def capitalised(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def movement_clause(facts: SessionFacts, movement: str) -> str:
    """The movement as papers name it: "Phong trào thi đua “…” năm 2023", if the session considers one."""
    plan = facts.plans.get(movement)
    if plan is None or plan.movement is None:
        return "phong trào thi đua"
    name = plan.movement.name.strip('“”"')
    return f"Phong trào thi đua “{name}” năm {plan.movement.period.first.year}"
