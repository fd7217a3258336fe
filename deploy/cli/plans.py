"""`thidua plan`: check, publish and compare the plans a province writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from shared.contracts.plan import Plan
    from shared.contracts.units import UnitRegister
    from shared.plans.checking import PlanFinding

plans = typer.Typer(no_args_is_help=True, help="Check, publish and compare plans (YAML).")

RUNNING = Path(".thidua")
"""Where stacks that run leave their addresses: ``<name>/run.json``."""

_Files = Annotated[list[Path], typer.Argument(help="Plans (YAML), or folders of plans.", exists=True)]
_File = Annotated[Path, typer.Argument(help="A plan (YAML).", exists=True, dir_okay=False)]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@plans.command()
def check(files: _Files, as_json: _AsJson = False) -> None:
    """Say what is wrong with plans, line by line. Exits 1 where there are errors, 0 where there are only warnings."""
    from shared.plans.checking import has_errors

    paths = list(_plans_in(files))
    if not paths:
        _fail("không có kế hoạch (*.yaml) nào ở đó.")
    found = sorted(_checked(paths), key=lambda f: (f.file, f.line, f.column, f.severity, f.code))
    if as_json:
        _print_json([asdict(each) for each in found])
    else:
        for each in found:
            typer.echo(each)
        errors = sum(each.severity == "error" for each in found)
        typer.echo(f"Đã kiểm tra {len(paths)} kế hoạch: {errors} lỗi, {len(found) - errors} cảnh báo.")
    raise typer.Exit(1 if has_errors(found) else 0)


@plans.command()
def publish(
    files: Annotated[list[Path], typer.Argument(help="Plans (YAML), folders of plans, registers (CSV).", exists=True)],
    url: Annotated[str | None, typer.Option(help="intake's address; the running stack's where not given.")] = None,
    key: Annotated[str | None, typer.Option(help="The operator's key; likewise.", envvar="THIDUA_OPERATOR_KEY")] = None,
    units_version: Annotated[int, typer.Option(help="The version of the registers of units.", min=1)] = 1,
) -> None:
    """Have intake publish registers of units and plans, once all of them are without errors; units first.

    Stops at the first it refuses.
    """
    import httpx

    registers = [_read_register(file, units_version) for file in files if file.suffix == ".csv"]
    to_publish = [("units", f"danh mục đơn vị {r.province}/{r.version}", r.model_dump_json()) for r in registers]
    of_plans = _loaded(file for file in files if file.suffix != ".csv")
    to_publish += [("plans", f"{plan.source.name} ({plan.key})", plan.model_dump_json()) for plan in of_plans]
    # The running stack's key goes to the running stack only.
    running = {} if url else _running()
    intake, operator = url or running.get("intake"), key or running.get("operator_key")
    if not intake or not operator:
        _fail("không có hệ thống nào đang chạy ở đây; hãy nêu --url và --key.")
    for what, named, content in to_publish:
        headers = {"Authorization": f"Bearer {operator}", "Content-Type": "application/json"}
        try:
            answer = httpx.put(f"{intake}/v1/{what}", content=content, headers=headers, timeout=30)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            _fail(f"cổng tiếp nhận không trả lời tại {intake}: {error}")
        if answer.is_error:
            _fail(f"{named} không được công bố: {_refusal(answer)}")
        typer.echo(f"Đã công bố {named}.")


@plans.command()
def diff(old: _File, new: _File, as_json: _AsJson = False) -> None:
    """Say what a new version of a plan changes, and for whom."""
    from shared.plans.diffing import diff as changes_of

    (before,), (after,) = _loaded([old]), _loaded([new])
    register, _ = _register(new.parent)
    changes = changes_of(before, after, register.name_of if register else str)
    if as_json:
        _print_json([change._asdict() for change in changes])
        return
    for who, theirs in groupby(changes, key=lambda change: change.who):
        typer.echo(who)
        for change in theirs:
            typer.echo(f"  - {change.what}")
    typer.echo(f"{len(changes)} thay đổi." if changes else "Không có thay đổi.")


@plans.command()
def schema() -> None:
    """Print the JSON Schema of a plan, for editors."""
    from shared.contracts.generate import schemas

    _print_json(schemas()["plan.schema.json"])


@plans.command()
def gaps(file: _File, as_json: _AsJson = False) -> None:
    """Say which criteria of which awards nobody has to report about."""
    from shared.plans.feeds import missing_feeds
    from shared.wording.plan_problems import no_feed

    (plan,) = _loaded([file])
    missing = missing_feeds(plan)
    if as_json:
        _print_json([asdict(each) for each in missing])
        return
    names = {criterion.id: criterion.name for criterion in plan.criteria}
    for each in missing:
        said = no_feed(names[each.criterion], each.tier, each.reason, each.could)
        typer.echo(f"{each.award}: {said} [{each.cite}]")
    rules = sum(len(award.rules) for award in plan.awards)
    typer.echo(f"{len(missing)} trong {rules} tiêu chuẩn chưa có nguồn số liệu.")


def _plans_in(files: Iterable[Path]) -> Iterator[Path]:
    """The plans named, those in a folder by name, each once."""
    found = (path for file in files for path in (sorted(file.rglob("*.yaml")) if file.is_dir() else [file]))
    yield from dict.fromkeys(found)


def _checked(paths: Iterable[Path]) -> Iterator[PlanFinding]:
    """What is wrong with plans, each among the plans, units and source texts of its folder."""
    from shared.plans.checking import PlanFinding, awards_of, check_plan
    from shared.plans.sources import source_texts

    for folder, inside in groupby(sorted(paths, key=lambda path: path.parent), key=lambda path: path.parent):
        register, wrong = _register(folder)
        yield from wrong
        texts = {path: _text(path) for path in sorted(folder.glob("*.yaml"))}
        about = {path: awards_of(text) for path, text in texts.items() if text is not None}
        sources = source_texts(folder)
        for path in inside:
            text = texts[path] if path in texts else _text(path)
            if text is None:
                yield PlanFinding(str(path), 1, 1, "error", "yaml", "Tệp không ở bảng mã UTF-8.")
            else:
                siblings = dict(each for other, each in about.items() if each and other != path)
                yield from check_plan(text, str(path), register, sources, siblings)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def _register(folder: Path) -> tuple[UnitRegister | None, list[PlanFinding]]:
    """The newest register of a folder (by name), and what is wrong with it; None where there is none to be read."""
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
        rows = [(each["loc"][1] if len(each["loc"]) > 1 else -1, each) for each in error.errors(include_url=False)]
        lines = [(int(row) + 2, each["loc"][2:3], plan_error(each).detail) for row, each in rows]
        return None, [
            PlanFinding(
                str(path),
                line,
                1,
                "error",
                "invalid",
                f"Danh mục đơn vị{''.join(f', cột “{c}”' for c in key)}: {said}.",
            )
            for line, key, said in lines
        ]
    except UnicodeDecodeError:
        return None, [PlanFinding(str(path), 1, 1, "error", "invalid", "Danh mục đơn vị không ở bảng mã UTF-8.")]


def _loaded(files: Iterable[Path]) -> list[Plan]:
    """The plans in files. Ends the command with what is wrong where there are errors."""
    from shared.plans.load import load_plan

    paths = list(_plans_in(files))
    errors = sorted(map(str, (each for each in _checked(paths) if each.severity == "error")))
    for each in errors:
        typer.echo(each, err=True)
    if errors:
        raise typer.Exit(1)
    return [load_plan(path) for path in paths]


def _read_register(path: Path, version: int) -> UnitRegister:
    """The register in a file, of the province its folder is named after. Ends the command where it is wrong."""
    from pydantic import ValidationError

    from shared.plans.load import load_register

    try:
        return load_register(path, path.resolve().parent.name, version)
    except (ValidationError, UnicodeDecodeError) as error:
        _fail(f"{path} không phải danh mục đơn vị đúng mẫu: {error}")


def _running() -> dict[str, str]:
    """The addresses of a stack that runs in this folder; nothing where none does."""
    found: dict[str, str] = {}
    for path in sorted(RUNNING.glob("*/run.json")):
        found = found or json.loads(path.read_text(encoding="utf-8"))
    return found


def _refusal(answer: Any) -> str:
    """What a refusal says, in its own words where it is a problem document."""
    try:
        problem = answer.json()
        return f"{problem['detail']} [{problem['code']}]"
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"


def _fail(message: str) -> NoReturn:
    """End the command with why it cannot do its work."""
    typer.echo(f"thidua: {message}", err=True)
    raise typer.Exit(1)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
