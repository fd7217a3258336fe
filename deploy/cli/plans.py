"""`thidua plan`: check, publish and compare a province's plans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.faults import UNABLE, CommandFailed
from deploy.cli.stack_choice import StackFolder
from deploy.cli.support import AsJson, IntakeUrl, OperatorKey, busy, fail, intake_access, print_json, refusal_text

if TYPE_CHECKING:
    from shared.contracts.plan import Plan
    from shared.contracts.units import UnitRegister
    from shared.plans.checking import PlanFinding

plans = typer.Typer(no_args_is_help=True, help="Kiểm tra, công bố, so sánh kế hoạch (YAML).")

_Files = Annotated[list[Path], typer.Argument(help="Các kế hoạch (YAML), hoặc thư mục kế hoạch.", exists=True)]
_File = Annotated[Path, typer.Argument(help="Một kế hoạch (YAML).", exists=True, dir_okay=False)]


@plans.command(help="Liệt kê lỗi và cảnh báo theo dòng. Mã thoát 1 nếu có lỗi, 0 nếu chỉ có cảnh báo.")
def check(files: _Files, as_json: AsJson = False) -> None:
    """List the errors and warnings of plans by line. Exits 1 if there are errors, 0 if there are only warnings."""
    from shared.plans.checking import has_errors

    paths = list(_plans_in(files))
    if not paths:
        fail("không có kế hoạch (*.yaml) nào ở đó.")
    with busy("Kiểm tra kế hoạch"):
        findings = sorted(_check(paths), key=lambda f: (f.file, f.line, f.column, f.severity, f.code))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            typer.echo(finding)
        errors = sum(finding.severity == "error" for finding in findings)
        typer.echo(f"Đã kiểm tra {len(paths)} kế hoạch: {errors} lỗi, {len(findings) - errors} cảnh báo.")
    raise typer.Exit(1 if has_errors(findings) else 0)


@plans.command(help="Công bố danh mục đơn vị rồi các kế hoạch, nếu không kế hoạch nào có lỗi.")
def publish(
    files: Annotated[
        list[Path], typer.Argument(help="Kế hoạch (YAML), thư mục kế hoạch, danh mục đơn vị (CSV).", exists=True)
    ],
    url: IntakeUrl = None,
    key: OperatorKey = None,
    folder: StackFolder = None,
    units_version: Annotated[int, typer.Option(help="Lần ban hành của danh mục đơn vị.", min=1)] = 1,
) -> None:
    """Have intake publish registers of units, then plans, if none of them has errors.

    Stops at the first one that intake refuses.
    """
    import httpx

    registers = [_read_register(file, units_version) for file in files if file.suffix == ".csv"]
    to_publish = [("units", f"danh mục đơn vị (lần {r.version})", r.model_dump_json()) for r in registers]
    loaded = _load_plans(file for file in files if file.suffix != ".csv")
    to_publish += [("plans", f"{plan.source.name} (lần {plan.version})", plan.model_dump_json()) for plan in loaded]
    intake, operator = intake_access(url, key, folder)
    headers = {"Authorization": f"Bearer {operator}", "Content-Type": "application/json"}
    for resource, title, content in to_publish:
        try:
            with busy(f"Công bố {title}"):
                answer = httpx.put(f"{intake}/v1/{resource}", content=content, headers=headers, timeout=30)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CommandFailed(f"cổng tiếp nhận không trả lời tại {intake}: {error}", UNABLE) from None
        if answer.is_error:
            fail(f"{title} không được công bố: {refusal_text(answer)}")
        typer.echo(f"Đã công bố {title}.")


@plans.command(help="Liệt kê những gì bản mới của một kế hoạch thay đổi, và đối với ai.")
def diff(old: _File, new: _File, as_json: AsJson = False) -> None:
    """List what a new version of a plan changes, and for whom."""
    from shared.plans.diffing import diff as changes_of
    from shared.wording.unit_names import full_name

    (before,), (after,) = _load_plans([old]), _load_plans([new])
    register, _ = _register(new.parent)
    changes = changes_of(before, after, partial(full_name, register) if register else str)
    if as_json:
        print_json([change._asdict() for change in changes])
        return
    for affected, changes_for in groupby(changes, key=lambda change: change.who):
        typer.echo(affected)
        for change in changes_for:
            typer.echo(f"  - {change.what}")
    typer.echo(f"{len(changes)} thay đổi." if changes else "Không có thay đổi.")


@plans.command(help="In JSON Schema của kế hoạch, cho trình soạn thảo.")
def schema() -> None:
    """Print the JSON Schema of a plan, for editors."""
    from shared.contracts.generate import schemas

    print_json(schemas()["plan.schema.json"])


@plans.command(help="Liệt kê những tiêu chuẩn mà không ai có nghĩa vụ báo cáo.")
def gaps(file: _File, as_json: AsJson = False) -> None:
    """List the criteria of awards about which nobody has to report."""
    from shared.plans.feeds import missing_feeds
    from shared.wording.citations import Citing
    from shared.wording.plan_problems import no_feed

    (plan,) = _load_plans([file])
    missing = missing_feeds(plan)
    if as_json:
        print_json([asdict(feed) for feed in missing])
        return
    names = {criterion.id: criterion.name for criterion in plan.criteria}
    citing = Citing({plan.source.key: plan.source})
    for feed in missing:
        problem = no_feed(names[feed.criterion], feed.tier, feed.reason, feed.could)
        typer.echo(f"{plan.award[feed.award].name}: {problem} ({citing.text(feed.cite)})")
    rules = sum(len(award.rules) for award in plan.awards)
    typer.echo(f"{len(missing)} trong {rules} tiêu chuẩn chưa có nguồn số liệu.")


def _plans_in(files: Iterable[Path]) -> Iterator[Path]:
    """The named plans and those in named folders, without duplicates; those of a folder in the order of their names."""
    paths = (path for file in files for path in (sorted(file.rglob("*.yaml")) if file.is_dir() else [file]))
    yield from dict.fromkeys(paths)


def _check(paths: Iterable[Path]) -> Iterator[PlanFinding]:
    """The findings about plans, checked against the other plans, units and source texts of their folder."""
    from shared.plans.checking import PlanFinding, awards_of, check_plan
    from shared.plans.sources import source_texts

    for folder, inside in groupby(sorted(paths, key=lambda path: path.parent), key=lambda path: path.parent):
        register, findings = _register(folder)
        yield from findings
        texts = {path: _text(path) for path in sorted(folder.glob("*.yaml"))}
        awards = {path: awards_of(text) for path, text in texts.items() if text is not None}
        sources = source_texts(folder)
        for path in inside:
            text = texts[path] if path in texts else _text(path)
            if text is None:
                yield PlanFinding(str(path), 1, 1, "error", "yaml", "Tệp không ở bảng mã UTF-8.")
            else:
                siblings = dict(
                    movement_awards for other, movement_awards in awards.items() if movement_awards and other != path
                )
                yield from check_plan(text, str(path), register, sources, siblings)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def _register(folder: Path) -> tuple[UnitRegister | None, list[PlanFinding]]:
    """The newest register of a folder (by name), None if there is none or it is invalid; and the findings about it."""
    from pydantic import ValidationError

    from shared.plans.checking import PlanFinding
    from shared.plans.load import load_register
    from shared.wording.plan_problems import plan_error

    path = max(folder.glob("units-*.csv"), default=None)
    if path is None:
        return None, []
    try:
        return load_register(path, folder.resolve().name, 1), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        rows = [(detail["loc"][1] if len(detail["loc"]) > 1 else -1, detail) for detail in details]
        problems = [(int(row) + 2, detail["loc"][2:3], plan_error(detail).detail) for row, detail in rows]
        return None, [
            PlanFinding(
                str(path),
                line,
                1,
                "error",
                "invalid",
                f"Danh mục đơn vị{''.join(f', cột “{column}”' for column in columns)}: {problem}.",
            )
            for line, columns, problem in problems
        ]
    except UnicodeDecodeError:
        return None, [PlanFinding(str(path), 1, 1, "error", "invalid", "Danh mục đơn vị không ở bảng mã UTF-8.")]


def _load_plans(files: Iterable[Path]) -> list[Plan]:
    """The plans in files. Prints the errors and ends the command if there are any."""
    from shared.plans.load import load_plan

    paths = list(_plans_in(files))
    errors = sorted(str(finding) for finding in _check(paths) if finding.severity == "error")
    for error in errors:
        typer.echo(error, err=True)
    if errors:
        raise typer.Exit(1)
    return [load_plan(path) for path in paths]


def _read_register(path: Path, version: int) -> UnitRegister:
    """The register in a file; its folder is named after the province. Ends the command if it is invalid."""
    from pydantic import ValidationError

    from shared.plans.load import load_register

    try:
        return load_register(path, path.resolve().parent.name, version)
    except (ValidationError, UnicodeDecodeError) as error:
        fail(f"{path} không phải danh mục đơn vị đúng mẫu: {error}")


def plan_json(
    file: Annotated[
        Path, typer.Argument(help="Một kế hoạch (YAML) hoặc danh mục đơn vị (CSV).", exists=True, dir_okay=False)
    ],
    version: Annotated[int, typer.Option(help="Lần ban hành của danh mục; kế hoạch tự ghi.")] = 1,
) -> None:
    """Print a plan or a register as the JSON that intake's PUT /v1/plans and PUT /v1/units take."""
    read = _read_register(file, version) if file.suffix == ".csv" else _load_plans([file])[0]
    print(read.model_dump_json())
