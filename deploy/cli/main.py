"""`thidua`: every command group, and the commands that stand alone."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from deploy.cli.agencies import agencies
from deploy.cli.audit import audits
from deploy.cli.backups import backup, restore
from deploy.cli.dead_letters import dead_letters
from deploy.cli.plans import plans
from deploy.cli.rebuild import rebuild
from deploy.cli.support import (
    STACKS,
    KafkaAddress,
    MongoUrl,
    print_error,
    require_running_stack,
    run,
    wide_console,
)
from deploy.demo import SEED

if TYPE_CHECKING:
    from deploy.stack.embedded import Stack

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Thi đua - khen thưởng cấp tỉnh.")
app.add_typer(plans, name="plan")
app.add_typer(agencies, name="agency")
app.add_typer(dead_letters, name="dlq")
app.add_typer(audits, name="audit")
for command in (rebuild, backup, restore):
    app.command()(command)

Folder = Annotated[
    Path, typer.Option("--dir", help="Where logs, data and mails go: a new or empty folder, or one of an earlier run.")
]


def _print_addresses(console: Console, stack: Stack) -> None:
    council, intake = stack.urls["council"], stack.urls["intake"]
    assert stack.province is not None
    boards = f"{stack.urls['scoring']}/v1/{stack.province.movement_key}/boards"
    lines = [
        "\n[bold]Đang chạy[/bold] (Ctrl-C để dừng)",
        f"  Các phiên họp Hội đồng   {council}/",
        f"  Cổng tiếp nhận           {intake}/v1/reports   (OpenAPI: {intake}/openapi.json)",
        f"  Xếp hạng                 {boards}",
        f"  Nhắc việc                {stack.urls['notify']}/v1/notices   (thư: {stack.mails})",
        f"  Kafka {stack.kafka} · MongoDB {stack.mongo}",
        f"  Khóa người vận hành      {stack.operator_key}",
        f"  Khóa thư ký Hội đồng     {stack.desk_key}",
    ]
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)


async def _watch_processes(stack: Stack) -> None:
    """Check the processes until the command is cancelled. Raises ``PartDied``."""
    while True:
        stack.check()
        await asyncio.sleep(0.5)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop after the story is printed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON summary as the last line.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the invented scores.")] = SEED,
    folder: Folder = STACKS / "demo",
) -> None:
    """Play one year of a province's movement on the embedded stack and print the outcome."""
    from deploy.demo.run import demo_stack, demo_year, play_year
    from deploy.demo.story import print_story
    from deploy.stack.embedded import PartDied
    from deploy.stack.folders import FolderNotOurs

    async def work() -> int:
        console = wide_console(stderr=as_json)
        stack = demo_stack(folder, fixed_ports=True)
        try:
            with console.status("Khởi động …") as status:
                await stack.start(lambda phase: status.update(f"Khởi động: {phase} …"))
            outcome = await play_year(stack, demo_year(seed), seed, console)
            print_story(outcome, console)
            if as_json:
                print(json.dumps(outcome.summary(), ensure_ascii=False), flush=True)
            if not once:
                _print_addresses(console, stack)
                await _watch_processes(stack)
            return 0 if outcome.verified == "ok" else 1
        except (FolderNotOurs, PartDied, TimeoutError) as error:
            print_error(error)
            return 1
        finally:
            await stack.stop()

    run(work())


@app.command()
def up(folder: Folder = STACKS / "up") -> None:
    """Run the embedded stack on the real clock until Ctrl-C, with the data of earlier runs."""
    from deploy.demo.run import province, reporters, served
    from deploy.stack.embedded import PartDied, Stack
    from deploy.stack.folders import FolderNotOurs

    async def work() -> int:
        console = wide_console()
        plans, _ = province()
        stack = Stack(folder, served(plans), agencies=reporters(plans), fixed_ports=True, keep=True)
        try:
            with console.status("Khởi động …") as status:
                await stack.start(lambda phase: status.update(f"Khởi động: {phase} …"))
            _print_addresses(console, stack)
            await _watch_processes(stack)
        except (FolderNotOurs, PartDied, TimeoutError) as error:
            print_error(error)
            return 1
        finally:
            await stack.stop()
        return 0

    run(work())


@app.command()
def verify(
    kafka: KafkaAddress = None,
    mongo: MongoUrl = None,
    first: Annotated[int, typer.Option(help="How many differences to show.")] = 10,
) -> None:
    """Recompute every board from the first event and compare. Exits 1 if anything differs."""
    from deploy.maintenance.verify import verify as recompute

    async def work() -> int:
        addresses = {"kafka": kafka, "mongo": mongo} if kafka and mongo else require_running_stack()
        with Progress(transient=True) as bar:
            task = bar.add_task("Đọc lại từ sự kiện đầu tiên", total=None)
            records, differences = await recompute(
                kafka or addresses["kafka"],
                mongo or addresses["mongo"],
                on_progress=lambda n: bar.update(task, completed=n),
            )
        for difference in differences[:first]:
            print(difference)
        print(f"verify: {records} records, {len(differences)} differences")
        return 1 if differences else 0

    run(work())


@app.command(name="plan-json")
def plan_json(
    file: Annotated[Path, typer.Argument(help="A plan (YAML) or a register of units (CSV).")],
    version: Annotated[int, typer.Option(help="Version of a register; a plan names its own.")] = 1,
) -> None:
    """Print a plan or a register as the JSON that intake's PUT /v1/plans and PUT /v1/units take."""
    from shared.plans.load import load_plan, load_register

    read = load_register(file, file.parent.name, version) if file.suffix == ".csv" else load_plan(file)
    print(read.model_dump_json())


@app.command()
def explain(
    unit: Annotated[str, typer.Argument(help="The unit's name, or its code in the register.")],
    award: Annotated[str | None, typer.Option(help="Only this award, by its id in the plan.")] = None,
    field: Annotated[str | None, typer.Option(help="Only this field.")] = None,
    movement: Annotated[str | None, typer.Option(help="<province>/<movement>; by default the running stack's.")] = None,
    url: Annotated[str | None, typer.Option(help="scoring's address; by default the running stack's.")] = None,
) -> None:
    """Explain a unit's results in Vietnamese: from each report to score, rank and verdict."""
    import httpx

    addresses = {} if url else require_running_stack()  # the movement served here is not that of another system
    scoring, movement = url or addresses["scoring"], movement or addresses.get("movement")
    if movement is None:
        raise typer.BadParameter("name --movement: the system there may have several")
    params = {name: value for name, value in (("award", award), ("field", field)) if value}
    try:
        answer = httpx.get(f"{scoring}/v1/{movement}/explain/{unit}", params=params, timeout=30)
    except httpx.HTTPError as error:
        raise typer.BadParameter(f"scoring does not answer at {scoring}: {error}") from None
    explanation = answer.json()
    if answer.is_error:
        print_error(explanation["detail"])
        raise typer.Exit(1)
    console = wide_console()
    console.print(explanation["heading"], style="bold", markup=False)
    for section in explanation["sections"]:
        console.print(f"\n{section['title']}", style="bold", markup=False, highlight=False)
        for line in section["lines"]:
            console.print(f"  – {line}", markup=False, highlight=False)


@app.command()
def evaluate(
    plans: Annotated[Path, typer.Option(help="Folder of plans (YAML).", exists=True, file_okay=False)],
    units: Annotated[Path, typer.Option(help="The units with their validity dates.", exists=True, dir_okay=False)],
    results: Annotated[Path, typer.Option(help="Every version of every figure.", exists=True, dir_okay=False)],
    judgements: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    nominations: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    movement: Annotated[
        str | None, typer.Option(help="Required if several movements of the folder have ranks.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole result as one JSON object.")] = False,
) -> None:
    """Apply the rules to files, without servers, as if they held all the figures there will be."""
    from pydantic import ValidationError
    from yaml import YAMLError

    from deploy.evaluate.run import NoSuchPlan, evaluate, summary
    from deploy.evaluate.tables import UnreadableRow

    try:
        result = evaluate(plans, units, results, judgements, nominations, movement)
    except (UnreadableRow, NoSuchPlan, YAMLError, ValidationError, OSError, UnicodeDecodeError) as error:
        print(f"thidua: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    print(json.dumps(result, ensure_ascii=False) if as_json else summary(result))


@app.command()
def contracts() -> None:
    """Write the JSON Schemas and the AsyncAPI document from the topic table."""
    from deploy.cli.contracts import write_contracts

    for path in write_contracts(Path("shared/contracts")):
        print(path)
