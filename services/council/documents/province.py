"""What a province's papers state as data: offices, symbols, signers, recipients, legal bases, rates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, ValidationError, model_validator

from shared.contracts.awards import AwardForm
from shared.contracts.model import Basis, PlanDay, StrictModel, Text
from shared.plans.load import PROVINCES, read_text
from shared.plans.positioned_yaml import InvalidYaml, parse

FILE = "papers.yaml"
"""The name of the file, in the folder ``templates`` of a province."""

PaperKind = Literal[
    "invitation",
    "programme",
    "results",
    "watch_list",
    "attendance",
    "ballot",
    "opinion_form",
    "minutes",
    "counting_minutes",
    "submission",
    "decision",
    "conclusions",
    "run_sheet",
    "appraisal",
    "urging",
    "reporting",
    "explanation",
    "consultation",
    "exemplars",
    "monitoring",
]
"""Giấy mời, chương trình, bảng tổng hợp kết quả xét, danh sách theo dõi, danh sách điểm danh, phiếu bầu, phiếu lấy ý
kiến, biên bản họp, biên bản kiểm phiếu, tờ trình, dự thảo quyết định, thông báo kết luận, kịch bản điều hành, báo cáo
thẩm định, công văn đôn đốc, báo cáo tổng hợp, phiếu giải thích, công
văn xin ý kiến, danh sách điển hình tiên tiến, danh sách nội dung phát hiện qua kiểm tra, giám sát."""


class Issuer(StrictModel):
    """An agency in whose name papers are issued. ``superior`` and ``head`` stand in the letterhead, ``name`` in text.

    ``filed_by`` is the abbreviation in "Lưu: VT, …".
    """

    superior: str = ""
    head: Text
    name: Text
    filed_by: str = ""


class KindOfPaper(StrictModel):
    """How a kind of paper is issued. ``symbol`` follows the number; ``signer`` is an office, ``person`` may be empty.

    ``basis`` is ``assumed`` where no document at hand states who signs.
    """

    issuer: Literal["council", "office", "committee"]
    symbol: str = ""
    authority: str = ""
    signer: str = ""
    person: str = ""
    recipients: tuple[Text, ...] = ()
    basis: Basis = "assumed"


class LegalBasis(StrictModel):
    """The laws that a paper signed from ``first`` to ``last`` cites (inclusive; None is open)."""

    first: PlanDay | None = None
    last: PlanDay | None = None
    awards: tuple[Text, ...]
    government: tuple[Text, ...]


class BaseWage(StrictModel):
    """The statutory base wage (mức lương cơ sở) from a day on, in đồng."""

    first: PlanDay
    amount: Annotated[int, Field(ge=1)]
    cite: Text


class Rate(StrictModel):
    """The money that goes with an award of a form: how many base wages, in hundredths, for a collective and a person.

    It holds for papers signed from ``first`` to ``last`` (inclusive; None is open), after ``cite``.
    """

    form: AwardForm
    first: PlanDay | None = None
    last: PlanDay | None = None
    cite: Text
    collective: Annotated[int, Field(ge=0)]
    person: Annotated[int, Field(ge=0)] = 0


class Money(StrictModel):
    """Where the money comes from and by which rule it is counted."""

    fund: Text
    rule: Text
    wages: tuple[BaseWage, ...]
    rates: tuple[Rate, ...]
    basis: Basis = "assumed"

    def amount(self, form: AwardForm, day: date, *, person: bool) -> int | None:
        """The money for one award on a local day, in đồng; None where the data do not have it."""
        wage = max((w for w in self.wages if w.first <= day), key=lambda w: w.first, default=None)
        rate = next((rate for rate in self.rates if rate.form is form and _covers(rate, day)), None)
        if wage is None or rate is None:
            return None
        return wage.amount * (rate.person if person else rate.collective) // 100


class Contact(StrictModel):
    """Where members answer and agencies ask."""

    person: str = ""
    phone: str = ""
    address: str = ""


class Papers(StrictModel):
    """The data of a province's papers. ``place`` is the place in the line of place and day.

    ``rules_of_procedure`` is the document by which the council works. ``duration`` is how long a sitting takes, in
    words.
    """

    place: Text
    chair: Text
    rules_of_procedure: Text
    council: Issuer
    office: Issuer
    committee: Issuer
    contact: Contact = Contact()
    duration: Text
    invited: tuple[Text, ...] = ()
    kinds: dict[PaperKind, KindOfPaper]
    legal_bases: tuple[LegalBasis, ...]
    money: Money
    executors: tuple[Text, ...]

    @model_validator(mode="after")
    def _has_every_kind(self) -> Self:
        if missing := sorted(set(get_args(PaperKind)) - set(self.kinds)):
            raise ValueError(f"kinds of paper without data: {', '.join(missing)}")
        return self

    def issuer(self, kind: PaperKind) -> Issuer:
        """The agency that issues a kind of paper."""
        issuers = {"council": self.council, "office": self.office, "committee": self.committee}
        return issuers[self.kinds[kind].issuer]

    def laws(self, day: date) -> Sequence[str]:
        """The legal bases of a paper signed on a local day, the organisation of government first; may be empty."""
        for basis in self.legal_bases:
            if _covers(basis, day):
                return (*basis.government, *basis.awards)
        return ()


def _covers(row: LegalBasis | Rate, day: date) -> bool:
    return (row.first is None or row.first <= day) and (row.last is None or day <= row.last)


class NoPapers(LookupError):
    """A province has no usable data for papers: a Vietnamese sentence that says what is missing or wrong."""


def templates_folder(province: str) -> Path:
    """The folder with a province's Word templates and the data of its papers."""
    return PROVINCES / province / "templates"


@lru_cache
def load_papers(province: str) -> Papers:
    """The data of a province's papers. Raises ``NoPapers`` if there is no such file, or it is wrong."""
    return read_papers(templates_folder(province) / FILE)


def read_papers(path: Path) -> Papers:
    """The data in a file. Raises ``NoPapers``, with the first place that is wrong."""
    if not path.is_file():
        detail = f"Tỉnh chưa có dữ liệu văn bản của Hội đồng (tệp {FILE}); người vận hành cần bổ sung tệp này."
        raise NoPapers(detail)
    try:
        return Papers.model_validate(parse(read_text(path)).data)
    except InvalidYaml as error:
        raise NoPapers(f"Dữ liệu văn bản của tỉnh (tệp {FILE}) viết sai ở dòng {error.position.line}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "cả tệp"
        raise NoPapers(f"Dữ liệu văn bản của tỉnh (tệp {FILE}) thiếu hoặc sai ở mục {place}.") from error
