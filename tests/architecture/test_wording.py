"""What people read follows the words, names and dates that the province's officials use (docs/domain.md)."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.vietnamese_texts import REVIEWED, ProductText, all_texts, listed, sources

REFUSED = {
    r"đứng trên": "các đơn vị xếp trên",
    r"[Đđ]ã quyết định (không )?tặng": "Hội đồng thống nhất đề nghị tặng / không đề nghị tặng",
    r"[Hh]ạn chót|[Hh]ạn gửi": "thời hạn",
    r"trân trọng (nhắc|\{…\}) các nội dung": "trân trọng đề nghị Quý cơ quan quan tâm thực hiện",
    r"[Tt]rả lại": "đề nghị bổ sung, hoàn thiện; chưa được tiếp nhận",
    r"sắp đến hạn": "V/v gửi báo cáo theo Kế hoạch …, thời hạn trước ngày …",
    r"\((bản|bản số) \{…\}\)|, bản (số )?\{…\}": "(lần 4), đã đính chính 3 lần",
    r"[Qq]uyết định A\d": "lựa chọn A4",
    r"[Kk]hâu (nhân|xây dựng) điển hình": "khâu nhân rộng điển hình tiên tiến",
    r"cử người đi thay": "cử người dự thay",
    r"(?<!tiếp )nhận lúc": "tiếp nhận lúc",
    r"^dự \{…\}$": "dự 13 cuộc",
    r"họp thẩm định": "tại phiên họp ngày …, because thẩm định is the standing office's",
    r"[Hh]ết chỉ tiêu|chỉ tiêu": "số lượng",
    r"Thi đua, Khen thưởng": "Luật Thi đua, khen thưởng",
    r"(\d|\{…\}) %": "100%",
    r"đủ điều kiện": "đạt đủ tiêu chuẩn",
    r"\bS[0-9]\b": "the document by its number",
}
"""Words that mislead or that no office writes, and what is written instead (docs/domain.md)."""

LEFT = {
    ("services/council/rules.py", r"đủ điều kiện"),
    ("shared/wording/plan_problems.py", r"\bS[0-9]\b"),
}
"""Not yet, or rightly, as above: the mails and the agenda; and the keys that the author of a plan's file types."""

WRITTEN_BY_PROGRAMS = (
    "services/intake/api_page/page.py",
    "shared/runtime/http/error_wording.py",
    "shared/tables/rows.py",
    "shared/wording/plan_problems.py",
)
"""These say how a day is to be written in JSON, CSV or YAML."""

ISO_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def test_every_vietnamese_text_is_in_the_reviewed_list() -> None:
    """A changed wording shows in the list's diff. Renew it: python -m tests.architecture.vietnamese_texts."""
    assert listed(all_texts()).splitlines() == REVIEWED.read_text("utf-8").splitlines()


@pytest.mark.parametrize("word", REFUSED)
def test_no_text_has_a_word_that_misleads(word: str) -> None:
    places = [shown for shown in all_texts() if re.search(word, shown.text) and (shown.file, word) not in LEFT]
    assert places == [], f"write: {REFUSED[word]}"


def test_every_exception_is_still_needed() -> None:
    texts = all_texts()
    assert [
        (file, word)
        for file, word in sorted(LEFT)
        if not any(shown.file == file and re.search(word, shown.text) for shown in texts)
    ] == []


def test_no_text_shows_an_iso_date() -> None:
    def is_asked_for(shown: ProductText) -> bool:
        return shown.file.startswith(WRITTEN_BY_PROGRAMS)

    assert [shown for shown in all_texts() if ISO_DATE.search(shown.text) and not is_asked_for(shown)] == []


def test_only_the_shared_formats_write_a_day() -> None:
    """A day of March is 28/3/2023, which no pattern of strftime gives."""
    places = [
        (file, node.lineno)
        for file, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"%d.*%m", node.value)
    ]
    assert places == []


UNITS = {"unit", "parent", "commune", "district", "agency", "successor", "nominator", "owner"}
"""What variables that hold a unit are called."""

READS_NAMES = {
    "services/intake/workbooks/unit_lookup.py": "compares what was typed with the name in the register",
    "services/scoring/api.py": "compares what was asked for with the name in the register",
    "shared/wording/unit_names.py": "makes the names",
}


def _is_a_unit(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name):
            return name in UNITS
        case ast.Subscript(value=ast.Attribute(attr=attribute)):
            return attribute == "by_code"
        case ast.Call(func=ast.Attribute(attr="get", value=ast.Attribute(attr=attribute))):
            return attribute == "by_code"
        case _:
            return False


def test_one_module_makes_the_names_of_units() -> None:
    """Nine pairs of communes share a name, so a name without its district can be the other commune's."""
    places = [
        (file, node.lineno)
        for file, tree in sources()
        if file not in READS_NAMES
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "name" and _is_a_unit(node.value)
    ]
    assert places == []


def test_one_module_addresses_a_mail() -> None:
    addressing = [shown.file for shown in all_texts() if shown.text.startswith("Kính gửi")]
    assert addressing == ["shared/wording/unit_names.py"]


def test_no_vietnamese_text_has_a_day_as_programs_write_it() -> None:
    """A day within a sentence goes through ``ngay``."""
    assert [
        (file, node.lineno)
        for file, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        and any(isinstance(part, ast.Constant) and "ngày" in str(part.value) for part in node.values)
        and ".isoformat()" in ast.unparse(node)
    ] == []
