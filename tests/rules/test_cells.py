"""Days and instants in the cells of a table: two documented forms of each, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from shared.tables.rows import Row, UnreadableRow

EIGHT = datetime(2023, 12, 4, 1, 5, tzinfo=UTC)


def cell(text: str) -> Row:
    return Row("f.csv", 2, {"at": text})


@pytest.mark.parametrize("text", ["30/11/2023", "2023-11-30"])
def test_a_day_is_read_in_both_forms(text: str) -> None:
    assert cell(text).day("at") == date(2023, 11, 30)


@pytest.mark.parametrize("text", ["2023-W48-4", "20231130", "2023-11-30T00:00", "31/02/2023", "2023-02-31", "x"])
def test_another_form_of_a_day_is_refused(text: str) -> None:
    with pytest.raises(UnreadableRow, match="ngày dạng"):
        cell(text).day("at")


@pytest.mark.parametrize(
    "text",
    [
        *("04/12/2023 8:05", "4/12/2023 08:05", "04/12/2023 8:05:00", "04/12/2023  08:05:00"),
        *("2023-12-04T08:05:00+07:00", "2023-12-04T01:05:00Z", "2023-12-04 08:05", "2023-12-04T08:05:00.000+07:00"),
    ],
)
def test_an_instant_is_read_in_both_forms(text: str) -> None:
    assert cell(text).instant("at") == EIGHT


@pytest.mark.parametrize(
    "text",
    [
        *("01/01/0001", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-12:00", "2023-W49-1", "20231204T080500"),
        *("04/12/2023 8:5", "04/12/2023 25:00", "04/12/2023 8", "2023-02-31T08:00:00"),
    ],
)
def test_another_form_of_an_instant_is_refused(text: str) -> None:
    with pytest.raises(UnreadableRow, match="thời điểm dạng"):
        cell(text).instant("at")
