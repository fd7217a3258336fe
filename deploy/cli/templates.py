"""`thidua template`: whether the province's Word templates can be filled."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.faults import OK, WRONG
from deploy.cli.support import AsJson, print_json

templates = typer.Typer(no_args_is_help=True, help="Mẫu văn bản Word của tỉnh.")


@templates.callback()
def _group() -> None:
    """Keep `check` a command of its own."""


@templates.command(help="Kiểm tra mẫu văn bản: trường không có, macro, phông chữ. Mã thoát 1 nếu có mẫu sai.")
def check(
    paths: Annotated[list[Path], typer.Argument(help="Tệp .docx, .docm hoặc thư mục.", exists=True)],
    as_json: AsJson = False,
) -> None:
    """Show every problem of the templates with its place; exit 1 if there is one."""
    from services.council.documents.template_check import check as problems_of

    files = [file for path in paths for file in (sorted(path.glob("*.doc[xm]")) if path.is_dir() else [path])]
    problems = [(file, problem) for file in files for problem in problems_of(file)]
    if as_json:
        print_json([{"file": file.name, "place": problem.place, "problem": problem.text} for file, problem in problems])
    else:
        for file, problem in problems:
            typer.echo(f"{file.name}: {problem}")
        wrong = len({file for file, _ in problems})
        typer.echo(f"Đã kiểm tra {len(files)} mẫu: {len(files) - wrong} dùng được, {wrong} cần sửa.")
    raise typer.Exit(WRONG if problems else OK)
