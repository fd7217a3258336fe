"""Which files are kept as the scan of a signed paper: a whole PDF without password, program or attached file."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.council.paper_life.scan_check import MAX_PAGES, UnusableScan, check_scan
from tests.support import pdfs

REFUSED = {
    "web page": (pdfs.NO_PDF, "not_pdf"),
    "empty": (b"", "not_pdf"),
    "Word file": (b"PK\x03\x04" + b"x" * 3000, "not_pdf"),
    "with a password": (pdfs.encrypted(), "pdf_encrypted"),
    "with a script": (pdfs.with_script(), "pdf_program"),
    "that starts a program": (pdfs.with_launch(), "pdf_program"),
    "with a file": (pdfs.with_attachment(), "pdf_attachment"),
    "cut off": (pdfs.cut_off(), "pdf_damaged"),
    "without a table": (pdfs.without_a_table(), "pdf_damaged"),
    "endless": (pdfs.endless(), "pdf_damaged"),
    "too long": (pdfs.signed_scan(MAX_PAGES + 1), "pdf_too_long"),
}


def test_a_scan_is_kept_and_its_pages_are_counted(tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(pdfs.signed_scan(3))
    assert check_scan(scan) == 3


@pytest.mark.parametrize(("content", "code"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_no_harmless_pdf_is_refused_with_what_to_do(tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "file.pdf"
    file.write_bytes(content)
    with pytest.raises(UnusableScan) as refusal:
        check_scan(file)
    assert refusal.value.code == code
    assert refusal.value.detail.endswith(".")
    assert code not in refusal.value.detail
