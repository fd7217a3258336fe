"""A Word template that cannot be filled is refused with the place; the province's own can be filled."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from typer.testing import CliRunner

from deploy.cli.main import app
from services.council.documents.kinds import KINDS, papers_of
from services.council.documents.province import templates_folder
from services.council.documents.template_check import check
from services.council.documents.template_maker import template
from services.council.documents.word import UnusableTemplate, paper_docx
from tests.support.session_papers import session_facts

OWN = templates_folder("thai-binh")


def changed(tmp_path: Path, change: Callable[[docx.document.Document], object]) -> Path:
    document = docx.Document(str(OWN / "minutes.docx"))
    change(document)
    path = tmp_path / "minutes.docx"
    document.save(str(path))
    return path


@pytest.mark.thorough
def test_every_kind_has_a_template_that_can_be_filled() -> None:
    assert {path.stem for path in OWN.glob("*.docx")} == set(KINDS)
    assert {path.name: check(path) for path in OWN.glob("*.docx") if check(path)} == {}


def test_a_first_template_is_made_with_the_same_bytes_again() -> None:
    assert template("minutes") == template("minutes") == (OWN / "minutes.docx").read_bytes()


def test_a_misspelt_field_is_named_with_its_place(tmp_path: Path) -> None:
    path = changed(tmp_path, lambda document: document.add_paragraph("{{ trich_yeuu }}"))
    (problem,) = check(path)
    assert "“trich_yeuu”" in problem.text
    assert problem.place.startswith("đoạn ")
    cell = changed(tmp_path, lambda d: d.tables[0].cell(0, 1).add_paragraph("{{ nguoi_ky[0].chucvu }}"))
    assert str(check(cell)[0]).startswith("bảng 1, hàng 1, cột 2, đoạn ")


def test_a_paper_is_not_made_from_a_template_with_a_misspelt_field(tmp_path: Path) -> None:
    path = changed(tmp_path, lambda document: document.add_paragraph("{{ trich_yeuu }}"))
    with pytest.raises(UnusableTemplate, match="trich_yeuu"):
        paper_docx(papers_of(session_facts(3), "minutes")[0], path)


def test_a_broken_tag_a_lost_field_and_another_font_are_refused(tmp_path: Path) -> None:
    assert "viết sai" in check(changed(tmp_path, lambda d: d.add_paragraph("{{ trich_yeu | khong_co }}")))[0].text

    def lose_text(document: docx.document.Document) -> None:
        for paragraph in document.paragraphs:
            paragraph.text = paragraph.text.replace("{{p noi_dung }}", "")

    assert "{{p noi_dung }}" in check(changed(tmp_path, lose_text))[0].text

    def other_font(document: docx.document.Document) -> None:
        document.add_paragraph().add_run("x").font.name = "Comic Sans MS"

    assert "Comic Sans MS" in check(changed(tmp_path, other_font))[0].text


def test_a_template_with_a_macro_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "minutes.docx"
    path.write_bytes((OWN / "minutes.docx").read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"macro")
    assert "macro" in check(path)[0].text
    with_macro = path.rename(tmp_path / "minutes.docm")
    assert "macro" in check(with_macro)[0].text


def test_what_is_no_word_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "minutes.docx"
    path.write_bytes(b"%PDF-1.7")
    assert "không phải tệp Word" in check(path)[0].text


def test_a_template_cannot_run_code(tmp_path: Path) -> None:
    evil = "{{ trich_yeu.__class__.__mro__ }}"
    path = changed(tmp_path, lambda document: document.add_paragraph(evil))
    with pytest.raises(UnusableTemplate):
        paper_docx(papers_of(session_facts(3), "minutes")[0], path)


@pytest.mark.thorough
def test_the_command_names_file_and_place(tmp_path: Path) -> None:
    changed(tmp_path, lambda document: document.add_paragraph("{{ so_hieu }}"))
    result = CliRunner().invoke(app, ["template", "check", str(tmp_path)])
    assert result.exit_code == 1
    assert "minutes.docx: đoạn " in result.stdout
    assert "1 cần sửa" in result.stdout
    assert CliRunner().invoke(app, ["template", "check", str(OWN)]).exit_code == 0
