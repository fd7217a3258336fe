"""`thidua evaluate`: an unreadable value is reported with file, line and column."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.tables.rows import UnreadableRow
from tests.support.evaluating import NAMES, Files, Rows, evaluated, good
from tests.support.provinces import THAI_BINH

WRONG = [
    ("units", 2, "tier", "tinh"),
    ("units", 3, "tier", ""),
    ("units", 3, "unit", ""),
    ("units", 4, "unit", "336"),
    ("units", 2, "name", "x" * 2001),
    ("units", 4, "parent", ""),
    ("units", 2, "valid_from", "31/11/2023"),
    ("units", 2, "valid_to", "2023-13-01"),
    ("results", 2, "kind", "điểm"),
    ("results", 2, "kind", ""),
    ("results", 2, "unit", "so-khong-co"),
    ("results", 2, "unit", ""),
    ("results", 2, "field", "du-lich"),
    ("results", 2, "field", ""),
    ("results", 2, "score", ""),
    ("results", 2, "score", "87,5"),
    ("results", 2, "score", "-1"),
    ("results", 2, "score", "NaN"),
    ("results", 2, "score", "1e999999999"),
    ("results", 2, "score", "100.01"),
    ("results", 2, "scale", ""),
    ("results", 2, "scale", "0"),
    ("results", 2, "as_of", ""),
    ("results", 2, "as_of", "11/30/2023"),
    ("results", 2, "version", ""),
    ("results", 2, "version", "1.5"),
    ("results", 2, "version", "-1"),
    ("results", 2, "received_at", ""),
    ("results", 2, "received_at", "hôm qua"),
    ("results", 3, "due", ""),
    ("results", 3, "due", "năm"),
    ("results", 3, "due", "99999999999999999999"),
    ("results", 3, "due", "9" * 5000),
    ("results", 3, "done_on_time", ""),
    ("results", 3, "done_on_time", "5"),
    ("results", 3, "cancelled", "6"),
    ("results", 3, "as_of", ""),
    ("results", 4, "violations", ""),
    ("results", 4, "violations", "không"),
    ("results", 4, "as_of", ""),
    ("results", 5, "open_inspections", ""),
    ("results", 5, "open_inspections", "x"),
    ("results", 5, "as_of", "không rõ"),
    ("results", 6, "listed", ""),
    ("results", 6, "listed", "2"),
    ("results", 6, "listed", "có"),
    ("results", 7, "as_of", ""),
    ("judgements", 2, "unit", "so-khong-co"),
    ("judgements", 2, "criterion", "dep"),
    ("judgements", 2, "criterion", ""),
    ("judgements", 2, "verdict", "HOLD"),
    ("judgements", 2, "verdict", "MISSING"),
    ("judgements", 2, "verdict", ""),
    ("judgements", 2, "at", ""),
    ("judgements", 2, "at", "2023-12-32"),
    ("nominations", 2, "nomination", ""),
    ("nominations", 2, "movement", ""),
    ("nominations", 2, "nominator", ""),
    ("nominations", 2, "award", ""),
    ("nominations", 2, "kind", ""),
    ("nominations", 2, "subject", ""),
    ("nominations", 2, "at", ""),
    ("nominations", 2, "at", "x"),
    ("nominations", 2, "withdrawn_at", "x"),
]


def assert_reported(files: Files, name: str, line: int, column: str) -> None:
    """The call fails, names the place on stderr, and prints nothing else."""
    result = files.called("--json")
    assert result.exit_code == 1, result.stdout
    assert result.stdout == ""
    error_text = result.stderr
    assert re.search(rf"{name}\.csv:{line}: cột {column}:", error_text), error_text
    assert "Traceback" not in error_text
    assert error_text.count("\n") == 1


def test_the_files_the_error_cases_start_from_can_be_read(files: Files) -> None:
    result = good(files).called("--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert set(json.loads(result.stdout)) == {"standings", "eligibility", "candidates", "nominations"}


@pytest.mark.parametrize(("name", "line", "column", "value"), WRONG, ids=lambda value: str(value)[:24])
def test_a_row_that_cannot_be_read_fails_the_call_with_its_line_and_column(
    files: Files, name: str, line: int, column: str, value: str
) -> None:
    rows: Rows = getattr(good(files), name)
    rows[line - 2][column] = value
    assert_reported(files, name, line, column)


def test_a_row_that_does_not_count_must_still_be_readable(files: Files) -> None:
    good(files).tasks("so-a", 5, 6, version=0, as_of="2024-06-30")
    assert_reported(files, "results", len(files.results) + 1, "done_on_time")


def test_a_duplicate_nomination_and_a_withdrawal_before_its_nomination_are_errors(files: Files) -> None:
    good(files).nominations.append({**files.nominations[0]})
    assert_reported(files, "nominations", 3, "nomination")
    files.nominations[1] |= {"nomination": "dn-9", "withdrawn_at": "2023-01-01T00:00:00Z"}
    assert_reported(files, "nominations", 3, "withdrawn_at")


def with_edited_bytes(files: Files, name: str, edit: Callable[[bytes], bytes]) -> dict[str, Path]:
    paths = dict(zip(NAMES, good(files).written(), strict=True))
    paths[name].write_bytes(edit(paths[name].read_bytes()))
    return paths


@pytest.mark.parametrize(
    ("name", "edit", "line", "column"),
    [
        ("results", lambda b: b.replace(b",listed", b"", 1), 1, "listed"),
        ("results", lambda b: b.replace(b",listed", b",cotla", 1), 1, "listed"),
        ("units", lambda b: b.replace(b"valid_to", b"valid_to,ma", 1), 1, "ma"),
        ("units", lambda b: b.replace(b",huyen,,,", b",huyen,,", 1), 3, "valid_to"),
        ("units", lambda b: b.replace(b",huyen,,,", b",huyen,,,,x", 1), 3, "valid_to"),
        (
            "units",
            lambda b: b.replace("Đơn".encode(), b"\xd0on").replace(b"\xd0on", "Đơn".encode(), 1),
            3,
            "name",
        ),
        ("judgements", lambda b: b.replace(b"PASS", b"PA\xffSS"), 2, "verdict"),
        ("results", lambda b: b.replace(b"so-noi-vu", b"x" * 200_000, 1), 2, "*"),
        ("results", lambda b: b"", 1, "kind"),
    ],
)
def test_a_malformed_file_is_reported_with_line_and_column(
    files: Files, name: str, edit: Callable[[bytes], bytes], line: int, column: str
) -> None:
    paths = with_edited_bytes(files, name, edit)
    with pytest.raises(UnreadableRow) as caught:
        evaluated(THAI_BINH, paths.values())
    assert (caught.value.file, caught.value.line, caught.value.column) == (f"{name}.csv", line, column)
    str(caught.value).encode()


def test_a_byte_order_mark_and_the_line_ends_of_a_spreadsheet_are_accepted(files: Files) -> None:
    plain = good(files).answer()

    def saved(content: bytes) -> bytes:
        return b"\xef\xbb\xbf" + content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    for path in files.written():
        path.write_bytes(saved(path.read_bytes()))
    paths = [files.folder / f"{name}.csv" for name in NAMES]
    assert evaluated(THAI_BINH, paths) == plain


def test_a_file_may_have_any_name(files: Files) -> None:
    plain = good(files).answer()
    paths = [path.rename(path.with_name(f"Kết quả năm 2023 ({path.stem}) {'x' * 150}.csv")) for path in files.written()]
    assert evaluated(THAI_BINH, paths) == plain


def test_a_folder_without_a_ranked_movement_is_an_error(files: Files, tmp_path: Path) -> None:
    good(files).plans = tmp_path / "khong-co"
    files.plans.mkdir()
    result = files.called("--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr
