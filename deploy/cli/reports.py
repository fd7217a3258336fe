r"""`thidua report`: check a report before it is sent, as the agency that will send it.

The same checks as when it is sent, and nothing is stored::

    export THIDUA=https://intake.example KEY=<khóa API>
    thidua report check bao-cao.json
    thidua report check ob06.xlsx --number 12/BC-SNV
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.faults import MISUSED, UNABLE, CommandFailed
from deploy.cli.progress import progress
from deploy.cli.stack_choice import StackFolder, stack_addresses
from deploy.cli.support import AsJson, fail, print_json, refusal_text
from shared.contracts.json_values import JsonObject
from shared.tables.workbooks.media_types import XLSX

if TYPE_CHECKING:
    import httpx

reports = typer.Typer(no_args_is_help=True, help="Kiểm tra báo cáo trước khi gửi.")

_KINDS = {".json": ("/v1/reports/check", "application/json"), ".xlsx": ("/v1/reports/excel/check", XLSX)}


@reports.callback()
def _group() -> None:
    """Keep ``check`` a command of its own, though it is the only one."""


@reports.command(help="Kiểm tra một báo cáo (.json hoặc .xlsx), chưa gửi; không lưu gì, không dùng mất số của văn bản.")
def check(
    file: Annotated[Path, typer.Argument(help="Tệp báo cáo: .json hoặc .xlsx.", exists=True, dir_okay=False)],
    number: Annotated[str | None, typer.Option(help="Số, ký hiệu văn bản, nếu trong tệp chưa ghi.")] = None,
    url: Annotated[
        str | None, typer.Option(help="Địa chỉ cổng tiếp nhận; không nêu thì của hệ thống đang chạy.", envvar="THIDUA")
    ] = None,
    key: Annotated[str | None, typer.Option(help="Khóa API của cơ quan.", envvar="KEY")] = None,
    folder: StackFolder = None,
    as_json: AsJson = False,
) -> None:
    """Check a report without sending it. Exits with 1 if it would be returned."""
    if file.suffix.lower() not in _KINDS:
        raise CommandFailed(f"{file}: chỉ kiểm tra được tệp .json hoặc .xlsx.", MISUSED)
    if not key:
        raise CommandFailed("chưa có khóa API của cơ quan; hãy nêu --key hoặc đặt biến KEY.", MISUSED)
    intake = stack_addresses(folder, ("intake",), "--url", {"intake": url})["intake"]
    answer = _ask(intake, file, key, number)
    if as_json:
        print_json(_document(answer))
        if answer.is_error:
            raise typer.Exit(1)
        return
    if answer.is_error:
        _print_problems(_document(answer))
        fail(refusal_text(answer))
    typer.echo(str(_document(answer)["detail"]))


def _ask(intake: str, file: Path, key: str, number: str | None) -> httpx.Response:
    """intake's answer: the check of the report, or a refusal.

    Raises ``CommandFailed`` if it does not answer, or cannot now.
    """
    import httpx

    path, media_type = _KINDS[file.suffix.lower()]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": media_type}
    if number is not None:
        headers["Idempotency-Key"] = number
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    try:
        with progress("Kiểm tra báo cáo"):
            answer = httpx.post(f"{intake}{path}", headers=encoded, content=file.read_bytes(), timeout=60)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CommandFailed(f"cổng tiếp nhận không trả lời tại {intake}: {error}", UNABLE) from None
    if answer.status_code == 429 or answer.status_code >= 500:
        raise CommandFailed(f"chưa kiểm tra được: {refusal_text(answer)}", UNABLE)
    return answer


def _document(answer: httpx.Response) -> JsonObject:
    """The JSON of an answer. Raises ``CommandFailed`` if what answers is not intake."""
    try:
        document = answer.json()
        return {**document, "detail": document["detail"]}
    except (ValueError, KeyError, TypeError):
        raise CommandFailed(f"câu trả lời không phải của cổng tiếp nhận (HTTP {answer.status_code}).", UNABLE) from None


def _print_problems(refusal: JsonObject) -> None:
    """Every problem on a line of its own: the cell or the field, and what is wrong there."""
    checked = refusal.get("checked")
    problems = refusal.get("cells") or (checked.get("problems") if isinstance(checked, dict) else None)
    for problem in problems if isinstance(problems, list) else ():
        if isinstance(problem, dict):
            typer.echo(f"{problem.get('cell') or problem.get('pointer')}: {problem.get('detail')}")
