"""What a browser sends with a form, as the body that a program would send, and the form after a refusal."""

from __future__ import annotations

import pytest

from shared.contracts.sessions import SessionHead, VoteGiven
from shared.runtime.http.forms import Form
from shared.runtime.http.pages.submitted import CONFLICT, FRESH, Submitted, refused
from shared.runtime.http.problems import Refusal

COUNTS = {"agree", "disagree", "no_opinion", "invalid"}


def test_fields_named_as_pointers_make_the_body_that_a_program_sends() -> None:
    submitted = Submitted.of(
        [("csrf", "x"), ("mau", "bieu-quyet"), ("phien-ban", "7"), ("item", "a/b"), ("way", "hands"),
         ("rows/10/subject", "second"), ("rows/10/agree", "5"), ("rows/2/subject", "first"), ("rows/2/agree", "06"),
         ("rows/2/recused/*", "m1"), ("rows/2/recused/*", ""), ("rows/2/recused/*", "m2"), ("rows/10/recused/*", "")]
    )  # fmt: skip
    assert submitted.version == 7
    assert submitted.body(COUNTS).value == {
        "item": "a/b",
        "way": "hands",
        "rows": [
            {"subject": "first", "agree": 6, "recused": ["m1", "m2"]},
            {"subject": "second", "agree": 5},
        ],
    }


def test_a_row_without_the_field_that_it_must_have_is_left_out() -> None:
    submitted = Submitted.of(
        [("members/0/role", "member"), ("members/0/office", " "), ("members/1/office", "Giám đốc")]
    )
    assert submitted.body(needed={"members": "office"}).value == {"members": [{"office": "Giám đốc"}]}


def test_a_number_that_is_none_is_left_to_the_model_which_refuses_it_at_its_field() -> None:
    submitted = Submitted.of([("item", "a"), ("way", "hands"), ("rows/3/agree", "mười"), ("rows/3/disagree", "1"),
                              ("rows/3/no_opinion", "0")])  # fmt: skip
    body = submitted.body(COUNTS)
    with pytest.raises(Refusal) as refusal:
        Form[VoteGiven](VoteGiven, "Kết quả biểu quyết").parse(body.value)
    form = refused(submitted, refusal.value, body)
    assert "mười" in form.problem("rows/3/agree")
    assert form.value("rows/3/agree", 9) == "mười"
    assert (form.status, form.is_conflict) == (422, False)


def test_a_problem_of_a_row_stands_at_the_row_of_the_form_also_where_rows_before_it_were_left_out() -> None:
    submitted = Submitted.of([("members/4/office", "Giám đốc")])
    body = submitted.body()
    with pytest.raises(Refusal) as refusal:
        Form[SessionHead](SessionHead, "Thông tin phiên họp").parse(body.value)
    assert set(refused(submitted, refusal.value, body).problems) == {"members/4/id", "members/4/role"}
    listed = Submitted.of([("rows/7/recused/*", "m1"), ("item", "a")]).body()
    assert [listed.field_of(p) for p in ("/rows/0", "/rows/0/recused", "/rows/0/agree", "/ballots", "/item")] == [
        "rows/7",
        "rows/7/recused/*",
        "rows/7/agree",
        "",
        "item",
    ]


def test_after_a_conflict_a_field_shows_what_was_typed_and_what_is_recorded_now() -> None:
    submitted = Submitted.of([("mau", "thong-tin"), ("place", "Hội trường A"), ("day", "2023-12-05")])
    form = refused(submitted, Refusal(409, CONFLICT, "Trần Thị B vừa sửa.")).of("thong-tin")
    assert form.value("place", "Hội trường B") == "Hội trường A"
    assert form.recorded_now("place", "Hội trường B") == "Hội trường B"
    assert form.recorded_now("day", "2023-12-05") == ""
    assert form.of("khac") is FRESH


def test_a_fresh_form_shows_what_is_recorded() -> None:
    assert (FRESH.value("place", None), FRESH.value("n", 3), FRESH.recorded_now("n", 3)) == ("", "3", "")
    assert FRESH.chosen("way", "hands", recorded=True)
    assert not refused(Submitted.of([("way", "ballots")]), Refusal(422, "x", "y")).chosen("way", "hands", recorded=True)


@pytest.mark.parametrize("version", ["", "x", "-1", "１", "9" * 10])
def test_a_form_without_the_version_that_was_seen_is_refused(version: str) -> None:
    with pytest.raises(Refusal) as refusal:
        _ = Submitted.of([("phien-ban", version)]).version
    assert (refusal.value.status, refusal.value.code) == (400, "bad_version")
