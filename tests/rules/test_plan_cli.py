"""The output and the exit code of each command of `thidua plan`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.stack.embedded import Stack
from deploy.stack.lock import locked
from shared.contracts.plan import Plan
from shared.plans.load import load_plan
from tests.support.provinces import HUNG_YEN, THAI_BINH

S0 = THAI_BINH / "s0-46-kh-ubnd.yaml"


@pytest.fixture
def province(tmp_path: Path) -> Path:
    """A copy of the province's folder that a test may damage."""
    return Path(shutil.copytree(THAI_BINH, tmp_path / "thai-binh"))


def run(*args: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["plan", *map(str, args)])
    return result.exit_code, result.stdout, result.stderr


def test_check_prints_warnings_and_exits_with_0() -> None:
    code, out, _ = run("check", S0)
    *findings, summary = out.splitlines()
    assert code == 0
    assert findings
    assert all(line.startswith(f"{S0}:") and ": warning [no_feed] " in line for line in findings)
    assert summary == f"Đã kiểm tra 1 kế hoạch: 0 lỗi, {len(findings)} cảnh báo."


def test_check_of_a_folder_names_the_line_and_exits_with_1(province: Path) -> None:
    path = province / S0.name
    path.write_text(path.read_text(encoding="utf-8").replace("version: 1\n", "version: 1\nversion: 1\n", 1))
    line = path.read_text(encoding="utf-8").splitlines().index("version: 1") + 2
    code, out, _ = run("check", province)
    assert code == 1
    assert f"{path}:{line}:1: error [duplicate_key] Kế hoạch: mục “version” đã có ở dòng {line - 1};" in out
    assert "Đã kiểm tra 5 kế hoạch: " in out.splitlines()[-1]


def test_check_prints_json(province: Path) -> None:
    (province / S0.name).write_text("id: a: b\n")
    code, out, _ = run("check", province / S0.name, "--json")
    (only,) = json.loads(out)
    assert code == 1
    assert only.pop("text").startswith("Không đọc được tệp")
    assert only == {"file": str(province / S0.name), "line": 1, "column": 6, "severity": "error", "code": "yaml"}


def test_check_reports_problems_of_the_files_beside_a_plan(province: Path) -> None:
    """A register has a row with an unknown tier, and a plan is not UTF-8."""
    units = next(province.glob("units-*.csv"))
    lines = units.read_text(encoding="utf-8").splitlines()
    lines[3] = lines[3].replace(",khac,", ",quan,")
    units.write_text("\n".join(lines), encoding="utf-8")
    (province / "z.yaml").write_bytes("id: Thái Bình".encode("utf-16"))
    code, out, _ = run("check", province)
    assert code == 1
    assert f"{units}:4:1: error [invalid] Danh mục đơn vị, cột “tier”: giá trị “quan” không hợp lệ" in out
    assert f"{province / 'z.yaml'}:1:1: error [yaml] Không đọc được tệp: không ở bảng mã UTF-8." in out


def test_check_of_a_folder_without_plans_fails(tmp_path: Path) -> None:
    assert run("check", tmp_path)[0] == 1


def test_gaps_lists_the_criteria_nobody_reports() -> None:
    code, out, _ = run("gaps", S0)
    assert code == 0
    assert f"{load_plan(S0).award['C3'].name}: tiêu chuẩn “Chấp hành nghiêm kỷ luật, kỷ cương hành chính” chưa" in out
    assert out.splitlines()[-1] == "13 trong 39 tiêu chuẩn chưa có nguồn số liệu."
    listed = json.loads(run("gaps", S0, "--json")[1])
    assert len(listed) == 13
    assert set(listed[0]) == {"award", "criterion", "tier", "reason", "could", "cite"}


def test_schema_prints_the_published_schema() -> None:
    code, out, _ = run("schema")
    assert code == 0
    assert json.loads(out)["title"] == "Plan"


def test_diff_groups_changes_by_the_units_concerned(province: Path) -> None:
    new = province / S0.name
    new.write_text(
        new.read_text(encoding="utf-8").replace("last: 2023-12-31}", "last: 2023-12-30}", 1), encoding="utf-8"
    )
    code, out, _ = run("diff", S0, new)
    assert code == 0
    assert out.splitlines() == [
        "Mọi đơn vị",
        "  - thời gian phong trào đổi từ 01/01/2023 - 31/12/2023 sang 01/01/2023 - 30/12/2023",
        "1 thay đổi.",
    ]
    assert run("diff", S0, S0)[1] == "Không có thay đổi.\n"
    (only,) = json.loads(run("diff", S0, new, "--json")[1])
    assert set(only) == {"who", "what"}


def test_diff_of_a_plan_with_errors_prints_them(province: Path) -> None:
    (province / S0.name).write_text("id: 1\n")
    code, out, err = run("diff", S0, province / S0.name)
    assert (code, out) == (1, "")
    assert f"{province / S0.name}:1:5: error [invalid]" in err


def test_publish_without_a_server_explains_that_none_is_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THIDUA_OPERATOR_KEY", raising=False)
    code, out, err = run("publish", S0)
    assert (code, out) == (3, "")
    assert "không có hệ thống nào đang chạy ở đây; hãy chạy thidua up hoặc nêu --url và --key." in err
    code, _, err = run("publish", S0, "--url", "http://127.0.0.1:9", "--key", "k")
    assert code == 3
    assert "cổng tiếp nhận không trả lời tại http://127.0.0.1:9" in err


class RecordingIntake:
    """Replaces intake: records the published plans and gives a fixed answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, status: int = 204, body: dict[str, str] | None = None) -> None:
        self.put: list[tuple[str, str, Plan]] = []
        self._answer = httpx.Response(status, json=body) if body else httpx.Response(status)
        monkeypatch.setattr(httpx, "put", self._put)

    def _put(self, url: str, *, content: str, headers: dict[str, str], **_: Any) -> httpx.Response:
        self.put.append((url, headers["Authorization"], Plan.model_validate_json(content)))
        return self._answer


def test_publish_sends_the_plan_to_the_stack_of_this_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("THIDUA_OPERATOR_KEY", raising=False)
    folder = tmp_path / ".thidua" / "up"
    intake = RecordingIntake(monkeypatch)
    with locked(folder):
        (folder / "run.json").write_text('{"intake": "http://door", "operator_key": "secret"}')
        code, out, err = run("publish", S0)
        assert run("publish", S0, "--url", "http://elsewhere")[0] == 2
    assert (code, err) == (0, "Hệ thống: .thidua/up\n")
    assert intake.put == [("http://door/v1/plans", "Bearer secret", load_plan(S0))]
    assert out == "Đã công bố Kế hoạch số 46/KH-UBND (lần 1).\n"
    assert len(intake.put) == 1, "the key of this stack must be sent to no other address"


def test_only_the_owner_of_a_running_stack_can_read_its_key(tmp_path: Path) -> None:
    """The key is in the file of addresses, which `publish` reads."""
    stack = Stack(tmp_path)
    stack._write_addresses()
    path = tmp_path / "run.json"
    assert path.stat().st_mode & 0o077 == 0
    assert json.loads(path.read_text())["operator_key"] == stack.operator_key


def test_publish_prints_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    RecordingIntake(monkeypatch, 409, {"code": "no_units", "detail": "Hãy công bố danh mục đơn vị trước."})
    code, _, err = run("publish", S0, "--url", "http://door", "--key", "k")
    assert code == 1
    assert "không được công bố: Hãy công bố danh mục đơn vị trước. [no_units]" in err


def test_publish_sends_nothing_while_a_plan_has_errors(province: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = RecordingIntake(monkeypatch)
    (province / "z.yaml").write_text("id: x\n")
    code, _, err = run("publish", S0, province / "z.yaml", "--url", "http://door", "--key", "k")
    assert (code, intake.put) == (1, [])
    assert "thiếu mục" in err


def test_a_register_is_of_the_province_that_is_named_and_never_of_its_folders_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named by the option, the file's own column or the plans beside it on the command line."""
    put: list[tuple[str, str]] = []

    def recording(url: str, *, content: str, **_: Any) -> httpx.Response:
        put.append((url.rpartition("/")[2], json.loads(content)["province"]))
        return httpx.Response(204)

    monkeypatch.setattr(httpx, "put", recording)
    units = tmp_path / "moi" / "units.csv"
    units.parent.mkdir()
    units.write_text((THAI_BINH / "units-2023.csv").read_text(encoding="utf-8"), encoding="utf-8")
    to = ("--url", "http://door", "--key", "k")
    code, _, err = run("publish", units, *to)
    assert (code, put) == (2, [])
    assert "units.csv không ghi là danh mục của tỉnh nào: hãy nêu --province, hoặc thêm cột province" in err
    assert run("publish", units, "--province", "hung-yen", *to)[0] == 0
    assert run("publish", units, S0, *to)[0] == 0
    assert put == [("units", "hung-yen"), ("units", "thai-binh"), ("plans", "thai-binh")]
    units.write_text("code,name,tier,province\nso-a,Sở A,so,ha-nam\n", encoding="utf-8")
    assert run("publish", units, *to)[0] == 0
    assert put[3:] == [("units", "ha-nam")]
    code, _, err = run("publish", units, "--province", "thai-binh", *to)
    assert (code, put[4:]) == (1, [])
    assert "units.csv:2: cột province: ghi tỉnh “ha-nam”, không phải “thai-binh”" in err


def test_nothing_is_published_where_the_files_are_of_two_provinces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The register of one would be published before intake refuses the plan of the other."""
    intake, to = RecordingIntake(monkeypatch), ("--url", "http://door", "--key", "k")
    units = tmp_path / "units.csv"
    units.write_text("code,name,tier,province\nso-a,Sở A,so,ha-nam\n", encoding="utf-8")
    for named in ((), ("--province", "ha-nam")):
        code, _, err = run("publish", S0, units, *named, *to)
        assert (code, intake.put) == (2 if named else 1, [])
    assert "các tệp là của nhiều tỉnh (ha-nam, thai-binh); mỗi lần chỉ công bố của một tỉnh." in err


def test_plan_json_prints_what_intake_takes_and_no_traceback(province: Path) -> None:
    """Of a plan and of a register; one that cannot be read is named with its errors."""
    printed = CliRunner().invoke(app, ["plan-json", str(S0)])
    assert (printed.exit_code, Plan.model_validate_json(printed.stdout)) == (0, load_plan(S0))
    for name in (S0.name, "units-2023.csv"):
        (province / name).write_text("code,name\nx,\n")
        refused = CliRunner().invoke(app, ["plan-json", str(province / name)])
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert isinstance(refused.exception, SystemExit)
        assert name in refused.stderr


def test_two_plans_of_one_movement_are_found_without_a_link_between_them(tmp_path: Path) -> None:
    """Both are named on the command line, so both are read."""
    for name in ("a.yaml", "b.yaml"):
        shutil.copy(HUNG_YEN / "e1-vi-du-2025.yaml", tmp_path / name)
    result = CliRunner().invoke(app, ["plan", "check", str(tmp_path), "--json"])
    assert {f["code"] for f in json.loads(result.stdout)} >= {"duplicate_movement"}
