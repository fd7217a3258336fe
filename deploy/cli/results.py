"""`thidua explain` and `thidua evaluate`: why a unit came to what it did, and what if."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.faults import MISUSED, UNABLE, CommandFailed
from deploy.cli.progress import progress
from deploy.cli.stack_choice import StackFolder
from deploy.cli.support import DeskKeyOption, desk_addresses, fail, refusal_text, wide_console


def explain(
    unit: Annotated[str, typer.Argument(help="Tên đơn vị, hoặc mã trong danh mục đơn vị.")],
    award: Annotated[str | None, typer.Option(help="Chỉ danh hiệu, hình thức này, theo mã trong kế hoạch.")] = None,
    field: Annotated[str | None, typer.Option(help="Chỉ lĩnh vực này.")] = None,
    movement: Annotated[
        str | None, typer.Option(help="<tỉnh>/<phong trào> hoặc <phong trào>; không nêu thì là phong trào duy nhất.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Địa chỉ dịch vụ xếp hạng; không nêu thì của hệ thống đang chạy.")
    ] = None,
    key: DeskKeyOption = None,
    folder: StackFolder = None,
) -> None:
    """Explain a unit's results in Vietnamese: from each report to score, rank and verdict."""
    import httpx

    addresses = desk_addresses("scoring", url, key, folder)
    scoring, headers = addresses["scoring"], {"Authorization": f"Bearer {addresses['desk_key']}"}
    params = {name: value for name, value in (("award", award), ("field", field)) if value}
    try:
        with progress("Hỏi dịch vụ xếp hạng"):
            if movement is None or "/" not in movement:
                listed = httpx.get(f"{scoring}/v1/movements", headers=headers, timeout=30)
                if listed.is_client_error:
                    fail(refusal_text(listed))
                keys = [one["key"] for one in listed.raise_for_status().json()]
                movement = _movement(keys, movement, addresses.get("movement"))
            path = f"{scoring}/v1/{movement}/explain/{unit}"
            answer = httpx.get(path, params=params, headers=headers, timeout=30)
        explanation = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise CommandFailed(f"dịch vụ xếp hạng không trả lời tại {scoring}: {error}", UNABLE) from None
    if answer.is_error:
        fail(explanation.get("detail", f"HTTP {answer.status_code}"))
    console = wide_console()
    console.print(explanation["heading"], style="bold", markup=False)
    for section in explanation["sections"]:
        console.print(f"\n{section['title']}", style="bold", markup=False, highlight=False)
        for line in section["lines"]:
            console.print(f"  – {line}", markup=False, highlight=False)


def _movement(keys: list[str], wanted: str | None, of_stack: str | None) -> str:
    """The key of the movement that is meant: the one of that id, the only one, or else the running stack's."""
    if wanted is not None:
        matching = [key for key in keys if key.partition("/")[2] == wanted]
        if len(matching) == 1:
            return matching[0]
        raise CommandFailed(f"không có phong trào “{wanted}”; có: {', '.join(keys) or 'chưa có phong trào nào'}.")
    if len(keys) == 1:
        return keys[0]
    if of_stack in keys and of_stack is not None:
        return of_stack
    raise CommandFailed(f"hãy nêu --movement, một trong: {', '.join(keys) or 'chưa có phong trào nào'}.", MISUSED)


def evaluate(
    plans: Annotated[Path, typer.Option(help="Thư mục kế hoạch (YAML).", exists=True, file_okay=False)],
    units: Annotated[Path, typer.Option(help="Các đơn vị và thời gian tồn tại.", exists=True, dir_okay=False)],
    results: Annotated[Path, typer.Option(help="Mọi bản của mọi số liệu.", exists=True, dir_okay=False)],
    judgements: Annotated[Path | None, typer.Option(help="Ý kiến của Hội đồng.", exists=True, dir_okay=False)] = None,
    nominations: Annotated[Path | None, typer.Option(help="Các đề nghị khen.", exists=True, dir_okay=False)] = None,
    movement: Annotated[str | None, typer.Option(help="Phải nêu nếu thư mục có nhiều phong trào có xếp hạng.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="In toàn bộ kết quả thành một dòng JSON.")] = False,
) -> None:
    """Apply the rules to files, without servers, as if they held all the figures there will be."""
    from pydantic import ValidationError

    from deploy.evaluate.run import NoSuchPlan, evaluate, summary
    from shared.plans.load import UnreadablePlan
    from shared.tables.rows import UnreadableRow

    try:
        with progress("Tính kết quả"):
            result = evaluate(plans, units, results, judgements, nominations, movement)
    except (UnreadableRow, NoSuchPlan, UnreadablePlan, ValidationError) as error:
        fail(str(error))
    print(json.dumps(result.answer, ensure_ascii=False) if as_json else summary(result))
