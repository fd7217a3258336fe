"""`thidua plan new`: a plan for another year, from an earlier one or from the template."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cli.main import app
from shared.contracts.plan import Plan
from shared.plans.checking import PlanFinding, check_plan
from shared.plans.load import load_plan
from shared.plans.positioned_yaml import parse
from shared.plans.renewing import renewed, year_of
from shared.plans.review_marks import review_marks
from shared.wording.formats import ngay
from tests.support.plan_texts import broken, errors, text_of
from tests.support.provinces import HUNG_YEN, THAI_BINH

PLANS = sorted([*THAI_BINH.glob("*.yaml"), *HUNG_YEN.glob("*.yaml")])
every_plan = pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
MARK = re.compile(r"  # cần xem lại: .*")
SMALL = """\
# Kế hoạch nhỏ
id: viec-hoi-dong   # không có năm
version: 3
province: thai-binh
legal_basis: "Luật năm 2022,
  và văn bản năm 2024"
source: {key: "1/KH-HĐ", number: 1/KH-HĐ, issued: 2024-02-29, issuer: A, signer: B,  # ký
  title: Công tác năm 2024}
tasks:
- {id: T1, name: "Việc năm 2024
    và năm 2023", lead: ban-tdkt, partners: C, window: {first: 2024-02-29, last: '2024-12-31'}, cite: "1/KH-HĐ II"}
- id: T2
  name: |  # không gấp dòng
    Việc "# cần xem lại: không phải ghi chú" năm 2024
  lead: ban-tdkt
  partners: Không có ngày
  window:
    first: 2024-03-01
    last: 2025-01-31
  cite: 1/KH-HĐ II; A100
"""


def run(*args: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["plan", *map(str, args)])
    return result.exit_code, result.stdout, result.stderr


def scalars(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value of a parsed plan that is no list or mapping, with its path."""
    if isinstance(data, dict | list):
        for name, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from scalars(value, (*path, name))
    else:
        yield path, data


@lru_cache
def made(path: Path) -> tuple[str, str]:
    """A plan's text, and that of the plan made from it four years later."""
    text = path.read_text(encoding="utf-8")
    return text, renewed(text, year_of(load_plan(path)) + 4)


@every_plan
def test_every_day_moves_by_whole_years_and_nothing_else_changes_but_what_belongs_to_the_year(path: Path) -> None:
    text, new_text = made(path)
    new_plan = Plan.model_validate(parse(new_text).data)
    year = year_of(new_plan)
    old, new = dict(scalars(parse(text).data)), dict(scalars(parse(new_text).data))
    assert new.keys() - old.keys() <= {("source", "issued_basis")}
    for at, value in old.items():
        if isinstance(value, date) and "held" not in at:
            assert new[at] == value.replace(year=value.year + 4), at
        elif at[-2:] in (("yearly", "first"), ("yearly", "last")):
            assert new[at] == value + 4
        elif at in (("id",), ("movement", "id")):
            assert str(year) in new[at]
        elif at[-1] in ("name", "title", "what"):
            assert new[at] == re.sub(rf"năm {year - 4}\b", f"năm {year}", value)
        elif at not in (("source", "number"), ("source", "issued_basis")):
            assert new[at] == value, at
    assert (new_plan.source.number, new_plan.source.issued_basis, new_plan.version) == (None, "assumed", 1)


def test_the_plan_for_another_year_made_from_the_provinces_has_no_errors() -> None:
    assert [str(error) for error in errors(made(THAI_BINH / "s0-46-kh-ubnd.yaml")[1])] == []


def without_basis(text: str) -> list[str]:
    """The lines of a plan without the one that says where the day of issue is from."""
    return [line for line in text.splitlines() if not line.startswith("  issued_basis: ")]


@every_plan
def test_comments_and_layout_stay_and_every_changed_value_is_marked_with_what_the_old_plan_has(path: Path) -> None:
    """Without the marks, every line differs in years and in the number alone. A text has its mark where it begins."""
    values = re.compile(r"(?<=number: ).*|[0-9]{4}")
    lines = list(zip(*map(without_basis, made(path)), strict=True))
    assert [values.sub("", was) for was, _ in lines] == [values.sub("", MARK.sub("", now)) for _, now in lines]
    year = year_of(load_plan(path)) + 4
    assert all(MARK.search(now) or f"năm {year}" in now for was, now in lines if was != now)
    for was, now in lines:
        for day in re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", was):
            assert ngay(date.fromisoformat(day)) in now or "giữ nguyên ngày chuyển giao vai trò" in now


def test_any_yaml_keeps_its_form() -> None:
    """Quoted texts over several lines, brackets, a block of text, a comment that is there already; 29/02."""
    assert renewed(SMALL, 2027).splitlines() == [
        "# Kế hoạch nhỏ",
        "id: viec-hoi-dong-2027   # không có năm  # cần xem lại: kế hoạch năm 2024 ghi viec-hoi-dong",
        "version: 1  # cần xem lại: kế hoạch năm 2024 ghi 3",
        "province: thai-binh",
        'legal_basis: "Luật năm 2022,',
        '  và văn bản năm 2024"  # cần xem lại: còn nêu năm 2024',
        'source: {key: "1/KH-HĐ", number: null, issued: 2027-02-28, issuer: A, signer: B,  # ký'
        "  # cần xem lại: khóa của văn bản năm 2024; văn bản mới có khóa mới, nêu ở mọi căn cứ; "
        "kế hoạch năm 2024 ghi 1/KH-HĐ, 29/02/2024; người ký văn bản năm 2024",
        "  title: Công tác năm 2027}  # cần xem lại: đã đổi năm 2024 thành năm 2027",
        "tasks:",
        '- {id: T1, name: "Việc năm 2027',
        "    và năm 2023\", lead: ban-tdkt, partners: C, window: {first: 2027-02-28, last: '2027-12-31'}, "
        'cite: "1/KH-HĐ II"}  # cần xem lại: đã đổi năm 2024 thành năm 2027; '
        "kế hoạch năm 2024 ghi 29/02/2024, 31/12/2024",
        "- id: T2",
        "  name: |  # không gấp dòng  # cần xem lại: đã đổi năm 2024 thành năm 2027",
        '    Việc "# cần xem lại: không phải ghi chú" năm 2027',
        "  lead: ban-tdkt",
        "  partners: Không có ngày",
        "  window:",
        "    first: 2027-03-01  # cần xem lại: kế hoạch năm 2024 ghi 01/3/2024",
        "    last: 2028-01-31  # cần xem lại: kế hoạch năm 2024 ghi 31/01/2025",
        "  cite: 1/KH-HĐ II; A100",
    ]


@every_plan
def test_a_renewed_plan_can_be_renewed_again(path: Path) -> None:
    """The comments of the first renewal, also those beside ``>-``, are no part of the texts."""
    once = made(path)[1]
    again = renewed(once, (year := year_of(Plan.model_validate(parse(once).data))) + 1)
    plan = Plan.model_validate(parse(again).data)
    assert year_of(plan) == year + 1
    assert plan.source.title == load_plan(path).source.title.replace(f"năm {year - 4}", f"năm {year + 1}")


@pytest.mark.parametrize("title", ["2023-02-31 9 abc", "2023-13-01T0 năm x"])
def test_a_day_that_no_calendar_has_is_text(title: str) -> None:
    text = SMALL.replace("title: Công tác năm 2024", f"title: {title}")
    assert f"title: {title}}}" in renewed(text, 2027)


def test_the_last_year_of_a_yearly_due_date_is_one_a_plan_may_name() -> None:
    path = next(path for path in PLANS if re.search(r"yearly:.*last: ", path.read_text(encoding="utf-8")))
    text = re.sub(r"(yearly:.*last: )[0-9]+", r"\g<1>2098", path.read_text(encoding="utf-8"), count=1)
    new = renewed(text, year_of(load_plan(path)) + 4)
    assert any(o.yearly and o.yearly.last == 2100 for o in Plan.model_validate(parse(new).data).obligations)
    assert "năm cuối cùng có thể ghi là 2100" in new


def test_line_ends_stay() -> None:
    """A file written on Windows remains one."""
    crlf = SMALL.replace("\n", "\r\n")
    assert renewed(crlf, 2027) == renewed(SMALL, 2027).replace("\n", "\r\n")


def test_every_mark_is_a_warning_beside_what_it_is_about() -> None:
    """A mark inside a text is none; a mark on a line of its own is about the line below."""
    text = renewed(SMALL, 2027).replace("- id: T2\n", "# cần xem lại: việc này\n- id: T2\n")
    marks = review_marks(text, parse(text))
    assert [mark.path for mark in marks] == [
        ("id",),
        ("version",),
        ("legal_basis",),
        ("source",),
        ("source", "title"),
        ("tasks", 0),
        ("tasks", 1, "id"),
        ("tasks", 1, "name"),
        ("tasks", 1, "window", "first"),
        ("tasks", 1, "window", "last"),
    ]
    findings = [finding for finding in check_plan(text, "p.yaml", None, None, {}) if finding.code == "to_review"]
    lines = text.splitlines()
    assert [lines[f.line - 1][f.column - 1 :].startswith("#") for f in findings] == [True] * len(marks)
    assert findings[-1].severity == "warning"
    assert findings[-1].text == ("Nhiệm vụ T2, mục “window.last”: cần xem lại, kế hoạch năm 2024 ghi 31/01/2025.")


def test_a_mark_beside_the_key_of_a_list_is_about_the_list_wherever_its_elements_begin() -> None:
    for indent in ("", "  "):
        text = f"a: 1\ntiers:  # cần xem lại: cấp\n{indent}- so\n{indent}- xa\nb: 1\n"
        assert [mark.path for mark in review_marks(text, parse(text))] == [("tiers",)]


def findings_of(path: Path) -> list[PlanFinding]:
    return [PlanFinding(**row) for row in json.loads(run("check", path, "--json")[1])]


@pytest.mark.parametrize("path", [path for path in PLANS if path.name[:2] in ("s4", "e1")], ids=lambda p: p.stem)
def test_a_plan_made_from_last_year_s_has_no_errors_beside_it(path: Path, tmp_path: Path) -> None:
    """The warnings are those of the old plan, and one for every mark."""
    folder = Path(shutil.copytree(path.parent, tmp_path / path.parent.name))
    code, out, err = run("new", "--year", "2027", "--from", folder / path.name, "-o", folder / "moi.yaml")
    assert (code, err) == (0, "")
    old, new = findings_of(folder / path.name), findings_of(folder / "moi.yaml")
    marks = [finding for finding in new if finding.code == "to_review"]
    assert f"{len(marks)} chỗ cần xem lại" in out
    assert len(marks) >= 5
    assert sorted(f.text for f in new if f not in marks) == sorted(f.text for f in old)


@pytest.mark.parametrize("folder", [THAI_BINH, HUNG_YEN, None], ids=["Thái Bình", "Hưng Yên", "no register"])
def test_the_template_is_a_plan_without_errors(folder: Path | None, tmp_path: Path) -> None:
    """With a register beside it, it names a department of it."""
    beside = Path(shutil.copytree(folder, tmp_path / "tinh")) if folder else tmp_path
    code, _, err = run("new", "--year", "2027", "--province", "tinh-moi", "-o", beside / "moi.yaml")
    assert (code, err) == (0, "")
    plan = load_plan(beside / "moi.yaml")
    assert (plan.province, year_of(plan), plan.source.key) == ("tinh-moi", 2027, "KH2027")
    assert (plan.roles[0].held[0].unit == "ma-don-vi") is (folder is None)
    assert {f.code for f in findings_of(beside / "moi.yaml")} == (
        {"to_review", "unchecked_citation"} | (set() if folder else {"unknown_unit"})
    )


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ([], 2, "hãy nêu --from (kế hoạch năm trước) hoặc --province (mã tỉnh), một trong hai."),
        (["--from", THAI_BINH / "s0-46-kh-ubnd.yaml", "--province", "x"], 2, "một trong hai"),
        (["--from", "khong-co.yaml"], 2, "khong-co.yaml"),
        (["--province", "Thái Bình"], 2, "mã tỉnh chỉ gồm chữ thường không dấu"),
        (["--province", "x", "--year", "27"], 2, "2000"),
        (["--from", THAI_BINH / "s0-46-kh-ubnd.yaml", "--year", "2023"], 2, "đã là kế hoạch năm 2023"),
        (["--province", "x", "--output", "khong-co/moi.yaml"], 3, "không có tệp hoặc thư mục"),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_is_written(
    options: list[str | Path], code: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    exit_code, out, err = run("new", "--year", "2027", "--output", "moi.yaml", *options)
    assert (exit_code, out) == (code, "")
    assert message in " ".join(err.replace("│", " ").split())
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_only_overwritten_with_force(tmp_path: Path) -> None:
    (tmp_path / "moi.yaml").write_text("của tôi")
    command = ("new", "--year", "2027", "--province", "x", "-o", tmp_path / "moi.yaml")
    code, out, err = run(*command)
    assert (code, out, (tmp_path / "moi.yaml").read_text()) == (1, "", "của tôi")
    assert "thêm --force để ghi đè" in err
    assert run(*command, "--force")[0] == 0
    assert load_plan(tmp_path / "moi.yaml").id == "phong-trao-2027"


def test_no_plan_is_made_from_one_with_errors(tmp_path: Path) -> None:
    (tmp_path / "cu.yaml").write_text(broken("kind: attendance", "kind: x"), encoding="utf-8")
    code, out, err = run("new", "--year", "2027", "--from", tmp_path / "cu.yaml", "-o", tmp_path / "moi.yaml")
    assert (code, out, (tmp_path / "moi.yaml").exists()) == (1, "", False)
    assert "error [invalid] Nghĩa vụ OB01, mục “kind”" in err


def test_a_plan_that_does_not_fit_the_units_beside_it_is_written_with_its_errors(tmp_path: Path) -> None:
    """The register of another province lies there."""
    folder = Path(shutil.copytree(HUNG_YEN, tmp_path / "hung-yen"))
    code, out, err = run(
        *("new", "--year", "2027", "--from", THAI_BINH / "s0-46-kh-ubnd.yaml", "-o", folder / "moi.yaml")
    )
    assert code == 1
    assert "error [unknown_unit]" in err
    assert "chỗ cần xem lại" in out


@pytest.mark.parametrize(
    ("period", "year"),
    [
        ("{first: 2022-12-01, last: 2023-11-30}", 2023),
        ("{first: 2023-09-01, last: 2024-06-30}", 2024),
        ("{first: 2023-01-01, last: 2030-12-31}", 2023),
    ],
)
def test_the_year_of_a_plan_is_that_of_most_of_its_movement(period: str, year: int) -> None:
    """If it lasts for several years, the first."""
    text = text_of("s0").replace("{first: 2023-01-01, last: 2023-12-31}", period)
    assert year_of(Plan.model_validate(parse(text).data)) == year
