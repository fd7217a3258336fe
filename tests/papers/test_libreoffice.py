"""The Word file of every kind of paper in LibreOffice: it opens, has as many pages as the PDF, and reads like it.

The papers are set as PDF by LibreOffice; those and ours are kept in ``.test-pictures/papers`` to be looked at.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from services.council.documents import pdf
from services.council.documents.blocks import BOX, Paper, Table, texts_of
from services.council.documents.facts import SessionFacts
from services.council.documents.kinds import KINDS, kind_of, papers_of
from services.council.documents.pdf import paper_pdf
from services.council.documents.province import templates_folder
from services.council.documents.word import paper_docx
from shared.contracts.model import Tier
from tests.support.movement import units
from tests.support.session_papers import session_facts

pytestmark = [pytest.mark.apart, pytest.mark.timeout(900)]

KEPT = Path(__file__).parents[2] / ".test-pictures" / "papers"
SECONDS = 600
OUR_FONTS = Path(pdf.__file__).parent / "fonts"
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>
<dir>{ours}</dir><dir>/usr/share/fonts/truetype/dejavu</dir><cachedir>{cache}</cachedir></fontconfig>"""
SESSIONS = {
    "3": lambda: session_facts(3),
    "260": lambda: session_facts(len(units(Tier.XA))),
    "longest": lambda: session_facts(len(units(Tier.XA)), longest=True),
}
"""By size: three communes, all of them, and all with the longest name that a unit can have here."""


@dataclass(frozen=True)
class Rendered:
    """A paper, its PDF, and what LibreOffice makes of its Word file."""

    paper: Paper
    ours: PdfReader
    theirs: PdfReader


def largest(facts: SessionFacts) -> Iterator[Paper]:
    """Of each kind the largest paper; there are as many explanations as units, all alike."""
    for kind in KINDS:
        yield max(papers_of(facts, kind), key=lambda paper: len(repr(paper)))


def converted(folder: Path, own: Path) -> None:
    """LibreOffice's PDF of every Word file of a folder, beside it; ``own`` is a folder for its profile.

    It has the fonts that the PDF has, and DejaVu for the boxes: Debian 12 installs a Liberation Serif without the marks
    of Vietnamese, and LibreOffice would take single letters from other fonts.
    """
    fonts = own / "fonts.conf"
    fonts.write_text(FONTS.format(ours=OUR_FONTS, cache=own / "cache"), encoding="utf-8")
    files = sorted(map(str, folder.glob("*.docx")))
    profile = f"-env:UserInstallation={(own / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--norestore", "--convert-to", "pdf", "--outdir", str(folder), *files]
    environment = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
    subprocess.run(command, check=True, capture_output=True, timeout=SECONDS, env=environment)


@pytest.fixture(scope="module", params=SESSIONS)
def papers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Rendered]:
    """By kind: the papers of a session of one size. Skipped without LibreOffice."""
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not on this machine; `make pages` installs libreoffice-writer-nogui as root")
    folder = KEPT / request.param
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = {kind_of(paper): paper for paper in largest(SESSIONS[request.param]())}
    for kind, paper in made.items():
        (folder / f"{kind}.docx").write_bytes(paper_docx(paper, templates_folder("thai-binh") / f"{kind}.docx"))
        (folder / f"{kind}-ours.pdf").write_bytes(paper_pdf(paper))
    converted(folder, tmp_path_factory.mktemp("libreoffice"))
    return {
        kind: Rendered(paper, PdfReader(folder / f"{kind}-ours.pdf"), PdfReader(folder / f"{kind}.pdf"))
        for kind, paper in made.items()
    }


def squeezed(text: str) -> str:
    """Without anything that a line break may add or take away, and without boxes, which our PDF draws."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", text)).replace(BOX, "")


def text_of(pages: PdfReader) -> str:
    return squeezed("".join(page.extract_text() for page in pages.pages))


def fonts_of(pages: PdfReader) -> set[str]:
    """The families of the fonts in a PDF."""
    resources: list[Any] = [page["/Resources"].get_object() for page in pages.pages]
    fonts = [font.get_object() for of_page in resources for font in of_page.get("/Font", {}).values()]
    return {str(font["/BaseFont"]).partition("+")[2].partition("-")[0] for font in fonts}


def test_every_word_file_has_as_many_pages_as_the_pdf_give_or_take_one(papers: Mapping[str, Rendered]) -> None:
    pages = {kind: (len(both.ours.pages), len(both.theirs.pages)) for kind, both in papers.items()}
    assert {kind: counts for kind, counts in pages.items() if abs(counts[0] - counts[1]) > 1} == {}


def test_nothing_is_lost_on_the_way_to_libreoffice(papers: Mapping[str, Rendered]) -> None:
    for kind, both in papers.items():
        shown = text_of(both.theirs)
        lost = [text for text in texts_of(both.paper) if not all(squeezed(w) in shown for w in text.split())]
        assert (kind, lost) == (kind, [])


def test_liberation_serif_stands_for_times_new_roman_and_nothing_else_does(papers: Mapping[str, Rendered]) -> None:
    fonts = {kind: fonts_of(both.theirs) for kind, both in papers.items()}
    # A box to tick is no character of Liberation Serif; another font of the machine has it.
    others = {kind: names - {"LiberationSerif"} for kind, names in fonts.items()}
    assert all("LiberationSerif" in names for names in fonts.values())
    assert {kind for kind, names in others.items() if names} <= {
        kind for kind, both in papers.items() if BOX in texts_of(both.paper)
    }


def test_a_table_of_several_pages_has_its_head_on_each_and_no_signature_stands_alone(
    papers: Mapping[str, Rendered],
) -> None:
    for kind, both in papers.items():
        pages = [squeezed(page.extract_text()) for page in both.theirs.pages]
        tables = [block for block in (*both.paper.blocks, *both.paper.appendix) if isinstance(block, Table)]
        table = max(tables, key=lambda table: len(table.rows), default=None)
        if table is not None and len(table.rows) > 100:
            head = "".join(squeezed(column.head) for column in table.columns[:2])
            names = [squeezed(row.cells[1]) for row in table.rows if row.kind == "cells"]
            inner = [page for page in pages if sum(name in page for name in names) > 3]
            assert len(inner) > 3
            assert (kind, [page[:40] for page in inner if head not in page]) == (kind, [])
        for signature in both.paper.signatures:
            signed = next(page for page in reversed(pages) if squeezed(signature.title) in page)
            assert (kind, len(signed) > 3 * len(squeezed(signature.title))) == (kind, True)
