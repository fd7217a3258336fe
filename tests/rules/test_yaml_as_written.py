"""A plan is read as it is written: no value means another, and no small file stands for a large one."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli.main import app
from shared.plans.load import UnreadablePlan, load_plan
from shared.plans.positioned_yaml import MAX_BYTES
from tests.support.plan_texts import HERE, broken, check, errors, place, text_of
from tests.support.provinces import THAI_BINH

S0 = THAI_BINH / "s0-46-kh-ubnd.yaml"


def plan(*args: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["plan", *map(str, args)])
    return result.exit_code, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("1.000", "giá trị “1.000”: có thể là hàng nghìn"),
        ("12.125", "có thể là hàng nghìn"),
        ("87.50", "giá trị “87.50”: YAML đọc là một số khác"),
        ("1_00.5", "YAML đọc là một số khác"),
        ("010", "giá trị “010”: YAML đọc là một số khác"),
        ("0x1", "YAML đọc là một số khác"),
        ("0b1", "YAML đọc là một số khác"),
        ("1_0", "YAML đọc là một số khác"),
        ("1:30", "YAML đọc là một số khác"),
        (".inf", "YAML đọc là một số khác"),
        ("no", "giá trị “no”: YAML đọc là đúng/sai"),
        ("On", "YAML đọc là đúng/sai"),
        ("yes", "YAML đọc là đúng/sai"),
    ],
)
def test_a_value_that_yaml_reads_as_another_is_an_error_at_its_place(written: str, message: str) -> None:
    findings = check(f"id: x\nquota: {written}\n{written}: [{written}]\n")
    misread = [finding for finding in findings if finding.code == "misread"]
    length = len(written)
    assert [(only.line, only.column) for only in misread] == [(2, 8), (3, 1), (3, length + 4)]
    assert all(message in only.text for only in misread)


def test_a_misread_value_is_one_error_of_a_plan() -> None:
    marked = broken("signer: Nguyễn Khắc Thận", f"signer: {HERE}no")
    (only,) = errors(marked.replace(HERE, ""))
    assert (only.code, only.severity, (only.line, only.column)) == ("misread", "error", place(marked))


@pytest.mark.parametrize(
    "written",
    ["87.5", "0.125", "100.0", "-1", "0", "true", "False", "2023-11-30", "~", "'no'", '"010"', "08:00:00"],
)
def test_a_value_that_is_read_as_it_is_written_is_no_misreading(written: str) -> None:
    assert "misread" not in {finding.code for finding in check(f"a: {written}\n")}


def test_a_few_hundred_bytes_of_aliases_are_refused_at_once() -> None:
    """Each line doubles the one above ninefold: 9^9 texts."""
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    (only,) = check("\n".join(lines))
    assert (only.code, only.line, only.column) == ("yaml", 2, 8)
    assert "bí danh" in only.text


@pytest.mark.parametrize("text", ["[" * 3000, "a: " + "{b: " * 3000, "- " * 3000])
def test_deep_nesting_is_one_error(text: str) -> None:
    (only,) = check(text)
    assert (only.code, "lồng nhau quá sâu" in only.text) == ("yaml", True)


def test_a_file_larger_than_a_plan_is_one_error_for_every_command(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("#" * (MAX_BYTES + 1))
    for command in ("check", "gaps"):
        code, printed = plan(command, path)
        assert code == 1
        assert f"{path}:1:1: error [yaml] Không đọc được tệp: lớn hơn 512 KiB" in printed
    with pytest.raises(UnreadablePlan, match=r"p\.yaml:1:1: Không đọc được tệp: lớn hơn 512 KiB"):
        load_plan(path)


def test_loading_a_plan_refuses_what_its_check_refuses(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("id: x\nid: y\n")
    with pytest.raises(UnreadablePlan, match=r"p\.yaml:2:1: Không đọc được tệp: một mục được ghi hai lần"):
        load_plan(path)
    path.write_text(text_of("s0").replace("version: 1\n", "version: 010\n", 1), encoding="utf-8")
    with pytest.raises(UnreadablePlan, match=r"p\.yaml:3:10: giá trị “010”: YAML đọc là một số khác"):
        load_plan(path)


def test_a_plan_without_links_is_checked_without_the_files_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / S0.name).write_bytes(S0.read_bytes())
    (tmp_path / "khác.yaml").write_text("a: b")
    read = opened_yaml(monkeypatch)
    assert plan("check", tmp_path / S0.name)[0] == 0
    assert read == [S0.name]


def test_a_plan_with_links_names_the_files_beside_it_it_could_not_compare(tmp_path: Path) -> None:
    """S4 belongs to the movement of S0."""
    s4 = THAI_BINH / "s4-snnptnt.yaml"
    for path in (S0, s4):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert "plan_not_read" not in plan("check", tmp_path / s4.name)[1]
    (tmp_path / "z.yaml").write_text("#" * (MAX_BYTES + 1))
    code, printed = plan("check", tmp_path / s4.name)
    assert f"{tmp_path / s4.name}:1:1: warning [plan_not_read] Kế hoạch: chưa đối chiếu được" in printed
    assert "z.yaml" in printed
    assert code == 0, printed


def test_every_plan_is_read_and_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in THAI_BINH.glob("s[04]*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    read = opened_yaml(monkeypatch)
    assert plan("check", tmp_path)[0] == 0
    assert sorted(read) == sorted(path.name for path in tmp_path.glob("*.yaml"))


def opened_yaml(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the YAML files that are opened from now on."""
    import shared.plans.load

    names: list[str] = []
    read_text = shared.plans.load.read_text

    def recording(path: Path) -> str:
        names.append(path.name)
        return read_text(path)

    monkeypatch.setattr(shared.plans.load, "read_text", recording)
    return names
