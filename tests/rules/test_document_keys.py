"""Documents have any key and decisions any number, and citations find them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.contracts.model import Cite, DocumentKey
from shared.contracts.plan import Plan
from shared.plans.sources import sections, source_texts, unfounded
from shared.runtime.http.error_wording import explained
from shared.wording.citations import can_cu, citations
from tests.support.movement import s0
from tests.support.plan_texts import HERE, broken, errors, place, text_of

KEYS = ["S0", "S10", "KH46", "46/KH-UBND", "QĐ-2357", "kh46", "HĐTĐ_KT&1", "A-5", "A5x", "L"]
NO_KEYS = ["A5", "L12", "VI", "VI.2", "so", "46 KH", "KH;46", "", "x" * 40 + "1"]


@pytest.mark.parametrize("key", KEYS)
def test_a_document_may_have_any_key_and_is_cited_by_it(key: str) -> None:
    assert TypeAdapter(DocumentKey).validate_python(key) == key
    assert TypeAdapter(Cite).validate_python(f"{key} VI.2") == f"{key} VI.2"


@pytest.mark.parametrize("key", NO_KEYS)
def test_a_key_is_no_decision_and_no_section(key: str) -> None:
    """Else "A5" would be a document and a decision, and a section without its document would be one."""
    with pytest.raises(ValidationError):
        TypeAdapter(DocumentKey).validate_python(key)


def test_a_plan_whose_document_has_such_a_key_has_no_errors() -> None:
    text = text_of("s0").replace("key: S0\n", "key: 46/KH-UBND\n").replace("cite: S0 ", "cite: 46/KH-UBND ")
    assert [str(error) for error in errors(text)] == []


def test_a_wrong_key_is_an_error_at_its_position() -> None:
    marked = broken("  key: S0", f"  key: {HERE}A5")
    (only,) = errors(marked.replace(HERE, ""))
    assert (only.code, (only.line, only.column)) == ("invalid", place(marked))
    assert only.text.startswith("Văn bản, mục “key”: giá trị “A5” không đúng dạng: khóa văn bản gồm chữ, chữ số")


@pytest.mark.parametrize("cite", ["VI.2", "IV", "mục VI.3", "Kế hoạch 46 VI", "Phụ lục 12"])
def test_a_citation_without_a_document_is_none(cite: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Cite).validate_python(cite)


def test_a_citation_of_such_a_document_is_parsed_checked_and_worded(tmp_path: Path) -> None:
    """The name of the file with its text has hyphens for slashes."""
    cite = "46/KH-UBND VI.2, VI.9; A123; L5"
    assert citations(cite) == [("46/KH-UBND", "VI.2"), ("46/KH-UBND", "VI.9"), ("A123", ""), ("L5", "")]
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "46-KH-UBND.md").write_text("VI. Tổ chức thực hiện\n2. Văn phòng\n", encoding="utf-8")
    (tmp_path / "sources" / "46-KH-UBND.raw.txt").write_text("VI", encoding="utf-8")
    sections_of = {key: sections(text) for key, text in source_texts(tmp_path).items()}
    assert unfounded(cite, sections_of) == ["46/KH-UBND VI.9"]
    text = can_cu("46/KH-UBND VI.2; A123", {"46/KH-UBND": s0().source})
    assert text == "khoản 2 Mục VI Kế hoạch số 46/KH-UBND ngày 28/3/2023 của Ủy ban nhân dân tỉnh"


def test_a_decision_may_have_any_number() -> None:
    text = text_of("s0").replace("- id: A44\n", "- id: A1044\n").replace("; A14", "; A1044")
    assert [str(error) for error in errors(text)] == []


def test_over_http_a_wrong_key_or_citation_is_explained_without_its_pattern() -> None:
    document = s0().model_dump(mode="json")
    document["source"]["key"] = "A5"
    document["movement"]["cite"] = "VI.2"
    with pytest.raises(ValidationError) as error:
        Plan.model_validate(document)
    explanations = {"/".join(map(str, wrong["loc"])): explained(wrong) for wrong in error.value.errors()}
    assert explanations["source/key"].endswith("cần khóa văn bản, ví dụ KH46 hoặc 46/KH-UBND")
    assert explanations["movement/cite"].endswith("cần căn cứ, ví dụ 46/KH-UBND VI.2 hoặc A23")
