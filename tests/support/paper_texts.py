"""The text of a paper's PDF and Word file."""

from __future__ import annotations

import io
import re
import unicodedata

import docx
from docx.oxml.ns import qn
from pypdf import PdfReader

from services.council.documents.blocks import BOX


def squeezed(text: str) -> str:
    """Without anything that a line break may add or take away, and without boxes, which the PDF draws."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", text)).replace(BOX, "").replace("\xad", "")


def pdf_text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def word_text(content: bytes) -> str:
    body = docx.Document(io.BytesIO(content)).element.body
    return "\n".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in body.iter(qn("w:p")))
