"""What a refusal says: the problems, and what could not be checked, lest silence be taken for approval. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from services.intake.reports.parsing import MAX_PROBLEMS
from services.intake.reports.state import ParsedReport
from shared.contracts.receipts import Problem, ReceiptWarning

NOT_CHECKED = "not_checked"
_MAX_NAMED = 3
_ENDS_THE_CHECK = frozenset({"unknown_movement", "not_responsible", "wrong_kind", "report_id_reused", "taken_back"})
"""Codes after which a report is not looked at any further."""


def unchecked_parts(parsed: ParsedReport, problems: Sequence[Problem]) -> tuple[ReceiptWarning, ...]:
    """A warning with the number of parts not checked; none if everything was. ``problems`` are those of the receipt."""
    parts = list(_parts(parsed, problems))
    if not parts:
        return ()
    sentences = " ".join(sentence for _, sentence in parts)
    return (ReceiptWarning(code=NOT_CHECKED, count=sum(count for count, _ in parts), detail=sentences),)


def refusal_in_words(details: Sequence[str], warnings: Sequence[ReceiptWarning], place: str = "chỗ") -> str:
    """The first problems in Vietnamese, how many more there are, and what was not checked.

    ``details`` are the texts of all problems; ``place`` is what each of them is about.
    """
    more = len(details) - _MAX_NAMED
    sentences = [*details[:_MAX_NAMED]]
    sentences += [f"Còn {more} {place} sai khác."] if more > 0 else []
    sentences += [warning.detail for warning in warnings if warning.code == NOT_CHECKED]
    return " ".join(sentences)


def _parts(parsed: ParsedReport, problems: Sequence[Problem]) -> list[tuple[int, str]]:
    readable, in_form = parsed.readable, not isinstance(parsed.report, Sequence)
    if len(problems) >= MAX_PROBLEMS:
        return [(1, f"Chỉ nêu {MAX_PROBLEMS} chỗ sai đầu tiên; có thể còn chỗ sai khác.")]
    if any(problem.code in _ENDS_THE_CHECK for problem in problems):
        return [(1, "Nội dung khác của báo cáo chưa được kiểm tra.")]
    if in_form:
        return []
    if readable is None:
        return [(1, "Nội dung khác chưa được đối chiếu với kế hoạch và danh mục đơn vị.")]
    parts: list[tuple[int, str]] = []
    if readable.partly_read:
        parts.append((readable.partly_read, f"Số liệu của {readable.partly_read} dòng có chỗ sai chưa kiểm tra hết."))
    if "/as_of" in readable.unreadable:
        parts.append((1, "Chưa kiểm tra đơn vị có tồn tại vào ngày chốt số liệu hay không."))
    if "/period" in readable.unreadable:
        parts.append((1, "Chưa kiểm tra kỳ báo cáo đã khóa sổ hay chưa."))
    return parts
