"""`thidua plan`: check, publish and compare a province's plans."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.faults import MISUSED, UNABLE, CommandFailed
from deploy.cli.plan_files import check_all, load_plans, plans_in, read_plan, read_register, register_of
from deploy.cli.progress import progress
from deploy.cli.stack_choice import StackFolder
from deploy.cli.support import AsJson, IntakeUrl, OperatorKey, fail, intake_access, print_json, refusal_text

if TYPE_CHECKING:
    pass

plans = typer.Typer(no_args_is_help=True, help="Lập, kiểm tra, công bố, so sánh kế hoạch (YAML).")

_Files = Annotated[list[Path], typer.Argument(help="Các kế hoạch (YAML), hoặc thư mục kế hoạch.", exists=True)]
_Province = Annotated[
    str | None,
    typer.Option(help="Mã tỉnh của danh mục đơn vị, nếu tệp không có cột province."),
]
_File = Annotated[Path, typer.Argument(help="Một kế hoạch (YAML).", exists=True, dir_okay=False)]


@plans.command(help="Liệt kê lỗi và cảnh báo theo dòng. Mã thoát 1 nếu có lỗi, 0 nếu chỉ có cảnh báo.")
def check(files: _Files, as_json: AsJson = False) -> None:
    """List the errors and warnings of plans by line. Exits 1 if there are errors, 0 if there are only warnings."""
    from shared.plans.checking import has_errors

    paths = list(plans_in(files))
    if not paths:
        fail("không có kế hoạch (*.yaml) nào ở đó.")
    with progress("Kiểm tra kế hoạch"):
        read = {path: read_plan(path) for path in paths}
        findings = sorted(check_all(read), key=lambda f: (f.file, f.line, f.column, f.severity, f.code))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            typer.echo(finding)
        errors = sum(finding.severity == "error" for finding in findings)
        typer.echo(f"Đã kiểm tra {len(paths)} kế hoạch: {errors} lỗi, {len(findings) - errors} cảnh báo.")
    raise typer.Exit(1 if has_errors(findings) else 0)


@plans.command(
    help="Lập kế hoạch năm mới từ kế hoạch năm trước (--from) hoặc từ mẫu (--province). Mọi chỗ phải đối chiếu với văn "
    "bản có ghi chú “cần xem lại”. Mã thoát 1 nếu tệp đã có, hoặc kế hoạch còn lỗi.",
)
def new(
    year: Annotated[int, typer.Option(help="Năm của kế hoạch mới.", min=2000, max=2100)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Tệp để ghi kế hoạch mới.", dir_okay=False)],
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", help="Kế hoạch năm trước (YAML): mọi ngày chuyển sang năm mới.", exists=True, dir_okay=False
        ),
    ] = None,
    province: Annotated[str | None, typer.Option(help="Mã tỉnh: lập từ mẫu, thay cho --from.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Ghi đè tệp đã có.")] = False,
) -> None:
    """Write a plan for a year, made from last year's or from the template, and check it.

    Exits 1 if the file exists, or if the old or the new plan has errors.
    """
    from deploy.cli.new_plan import from_last_year, from_template, write_plan

    if (source is None) == (province is None):
        raise CommandFailed("hãy nêu --from (kế hoạch năm trước) hoặc --province (mã tỉnh), một trong hai.", MISUSED)
    if source is not None:
        with progress("Lập kế hoạch"):
            load_plans([source])
        text = from_last_year(source, year)
    else:
        text = from_template(year, province or "", register_of(output.parent, province)[0])
    write_plan(output, text, overwrite=force)
    findings = sorted(check_all({output: read_plan(output)}), key=lambda f: (f.line, f.column))
    for finding in findings:
        if finding.severity == "error":
            typer.echo(finding, err=True)
    marks = sum(finding.code == "to_review" for finding in findings)
    typer.echo(f"Đã ghi {output}: {marks} chỗ cần xem lại; thidua plan check {output} liệt kê từng chỗ.")
    raise typer.Exit(1 if any(finding.severity == "error" for finding in findings) else 0)


@plans.command(help="Công bố danh mục đơn vị rồi các kế hoạch, nếu không kế hoạch nào có lỗi.")
def publish(
    files: Annotated[
        list[Path], typer.Argument(help="Kế hoạch (YAML), thư mục kế hoạch, danh mục đơn vị (CSV).", exists=True)
    ],
    url: IntakeUrl = None,
    key: OperatorKey = None,
    folder: StackFolder = None,
    units_version: Annotated[int, typer.Option(help="Lần ban hành của danh mục đơn vị.", min=1)] = 1,
    province: _Province = None,
) -> None:
    """Have intake publish registers of units, then plans, if none of them has errors.

    A register is of the province named by the option, by its own column ``province``, or by the plans beside it. All
    that is published together is of one province. Stops at the first one that intake refuses.
    """
    import httpx

    loaded = load_plans([file for file in files if file.suffix != ".csv"])
    provinces = {plan.province for plan in loaded}
    of = province or (provinces.pop() if len(provinces) == 1 else None)
    registers = [read_register(file, of, units_version) for file in files if file.suffix == ".csv"]
    named = sorted({*(register.province for register in registers), *(plan.province for plan in loaded)})
    if len(named) > 1:
        several = f"các tệp là của nhiều tỉnh ({', '.join(named)})"
        raise CommandFailed(f"{several}; mỗi lần chỉ công bố của một tỉnh.", MISUSED)
    to_publish = [("units", f"danh mục đơn vị (lần {r.version})", r.model_dump_json()) for r in registers]
    to_publish += [("plans", f"{plan.source.name} (lần {plan.version})", plan.model_dump_json()) for plan in loaded]
    intake, operator = intake_access(url, key, folder)
    headers = {"Authorization": f"Bearer {operator}", "Content-Type": "application/json"}
    for resource, title, content in to_publish:
        try:
            with progress(f"Công bố {title}"):
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

    (before,), (after,) = load_plans([old]), load_plans([new])
    register, _ = register_of(new.parent, after.province)
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

    (plan,) = load_plans([file])
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


def plan_json(
    file: Annotated[
        Path, typer.Argument(help="Một kế hoạch (YAML) hoặc danh mục đơn vị (CSV).", exists=True, dir_okay=False)
    ],
    version: Annotated[int, typer.Option(help="Lần ban hành của danh mục; kế hoạch tự ghi.")] = 1,
    province: _Province = None,
) -> None:
    """Print a plan or a register as the JSON that intake's PUT /v1/plans and PUT /v1/units take."""
    read = read_register(file, province, version) if file.suffix == ".csv" else load_plans([file])[0]
    print(read.model_dump_json())
