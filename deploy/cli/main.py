"""`thidua`: run the stack, play the demo, verify."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.progress import Progress

from deploy.cli.agencies import agencies
from deploy.cli.audit import audits
from deploy.cli.backups import backup, restore
from deploy.cli.dead_letters import dead_letters
from deploy.cli.plans import plans
from deploy.cli.rebuild import rebuild
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

FOLDER = Path(".thidua")
Folder = Annotated[
    Path, typer.Option("--dir", help="Where logs, data and mails go: a new or empty folder, or one of an earlier run.")
]


def _run(work: Coroutine[Any, Any, int]) -> None:
    """Run to the end, or until Ctrl-C or SIGTERM, which let everything be cleaned up first."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.ERROR)

    async def main() -> int:
        task = asyncio.current_task()
        assert task is not None
        stopping: list[bool] = []

        def stop() -> None:
            # Once: a second Ctrl-C would cancel the cleaning up itself, which ends within seconds anyhow.
            if not stopping:
                stopping.append(task.cancel())

        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(signum, stop)
        return await work

    try:
        code = asyncio.run(main())
    except asyncio.CancelledError:
        code = 130
    sys.exit(code)


def _console(*, stderr: bool = False) -> Console:
    """A console wide enough for the tables where nobody's terminal says how wide it is."""
    return Console(stderr=stderr, width=None if sys.stdout.isatty() else 132)


def _addresses(console: Console, stack: Stack) -> None:
    council, intake = stack.urls["council"], stack.urls["intake"]
    boards = f"{stack.urls['scoring']}/v1/thai-binh/trach-nhiem-ky-cuong-2023/boards"
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


async def _stay(stack: Stack) -> None:
    while True:
        stack.check()
        await asyncio.sleep(0.5)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop when the story is told.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON summary as the last line.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the invented scores.")] = SEED,
    folder: Folder = FOLDER / "demo",
) -> None:
    """Play one year of Thái Bình's movement on the embedded stack and tell what came of it."""
    from deploy.demo.run import demo_stack, demo_year, play_year
    from deploy.demo.story import tell
    from deploy.stack.embedded import PartDied
    from deploy.stack.folders import FolderNotOurs

    async def work() -> int:
        console = _console(stderr=as_json)
        stack = demo_stack(folder, fixed_ports=True)
        try:
            with console.status("Khởi động …") as status:
                await stack.start(lambda what: status.update(f"Khởi động: {what} …"))
            outcome = await play_year(stack, demo_year(seed), seed, console)
            tell(outcome, console)
            if as_json:
                print(json.dumps(outcome.summary(), ensure_ascii=False), flush=True)
            if not once:
                _addresses(console, stack)
                await _stay(stack)
            return 0 if outcome.verified == "ok" else 1
        except (FolderNotOurs, PartDied, TimeoutError) as error:
            Console(stderr=True).print(f"thidua: {error}", style="red", markup=False, soft_wrap=True)
            return 1
        finally:
            await stack.stop()

    _run(work())


@app.command()
def up(folder: Folder = FOLDER / "up") -> None:
    """Run the embedded stack on the real clock until Ctrl-C; what it stored before is there again."""
    from deploy.demo.run import province, reporters
    from deploy.stack.embedded import PartDied, Stack
    from deploy.stack.folders import FolderNotOurs

    async def work() -> int:
        console = _console()
        plans, _ = province()
        stack = Stack(folder, agencies=reporters(plans), fixed_ports=True, keep=True)
        try:
            with console.status("Khởi động …") as status:
                await stack.start(lambda what: status.update(f"Khởi động: {what} …"))
            _addresses(console, stack)
            await _stay(stack)
        except (FolderNotOurs, PartDied, TimeoutError) as error:
            Console(stderr=True).print(f"thidua: {error}", style="red", markup=False, soft_wrap=True)
            return 1
        finally:
            await stack.stop()
        return 0

    _run(work())


@app.command()
def verify(
    kafka: Annotated[str | None, typer.Option(help="Bootstrap address; the running stack's where not given.")] = None,
    mongo: Annotated[str | None, typer.Option(help="Database URL; the running stack's where not given.")] = None,
    first: Annotated[int, typer.Option(help="How many differences to show.")] = 10,
) -> None:
    """Recompute every board from the first event on and compare. Exits 1 where anything differs."""
    from deploy.maintenance.verify import verify as recompute

    async def work() -> int:
        running = {"kafka": kafka, "mongo": mongo} if kafka and mongo else _running()
        with Progress(transient=True) as bar:
            task = bar.add_task("Đọc lại từ sự kiện đầu tiên", total=None)
            records, differences = await recompute(
                kafka or running["kafka"],
                mongo or running["mongo"],
                seen=lambda n: bar.update(task, completed=n),
            )
        for difference in differences[:first]:
            print(difference)
        print(f"verify: {records} records, {len(differences)} differences")
        return 1 if differences else 0

    _run(work())


def _running() -> dict[str, str]:
    """The addresses of the stack that runs in this folder."""
    for name in ("demo", "up"):
        path = FOLDER / name / "run.json"
        if path.exists():
            found: dict[str, str] = json.loads(path.read_text())
            return found
    raise typer.BadParameter("no stack is running here; name --kafka and --mongo")


@app.command(name="plan-json")
def plan_json(
    file: Annotated[Path, typer.Argument(help="A plan (YAML) or a register of units (CSV).")],
    version: Annotated[int, typer.Option(help="Of a register; a plan names its own.")] = 1,
) -> None:
    """Print a plan or a register as the JSON that intake's PUT /v1/plans and PUT /v1/units take."""
    from shared.plans.load import load_plan, load_register

    read = load_register(file, file.parent.name, version) if file.suffix == ".csv" else load_plan(file)
    print(read.model_dump_json())


@app.command()
def explain(
    unit: Annotated[str, typer.Argument(help="The unit's name, or its code in the register.")],
    award: Annotated[str | None, typer.Option(help="Only this award, C1 to B3.")] = None,
    field: Annotated[str | None, typer.Option(help="Only this field.")] = None,
    movement: Annotated[str, typer.Option(help="<province>/<movement>")] = "thai-binh/trach-nhiem-ky-cuong-2023",
    url: Annotated[str | None, typer.Option(help="scoring's address; the running stack's where not given.")] = None,
) -> None:
    """Tell in Vietnamese why a unit stands where it stands: from each report to score, rank and verdict."""
    import httpx

    scoring = url or _running()["scoring"]
    asked = {name: value for name, value in (("award", award), ("field", field)) if value}
    try:
        answer = httpx.get(f"{scoring}/v1/{movement}/explain/{unit}", params=asked, timeout=30)
    except httpx.HTTPError as error:
        raise typer.BadParameter(f"scoring does not answer at {scoring}: {error}") from None
    told = answer.json()
    if answer.is_error:
        Console(stderr=True).print(f"thidua: {told['detail']}", style="red", markup=False)
        raise typer.Exit(1)
    console = _console()
    console.print(told["heading"], style="bold", markup=False)
    for section in told["sections"]:
        console.print(f"\n{section['title']}", style="bold", markup=False, highlight=False)
        for line in section["lines"]:
            console.print(f"  – {line}", markup=False, highlight=False)


@app.command()
def evaluate(
    plans: Annotated[Path, typer.Option(help="Folder of plans (YAML).", exists=True, file_okay=False)],
    units: Annotated[Path, typer.Option(help="The units, valid from and to.", exists=True, dir_okay=False)],
    results: Annotated[Path, typer.Option(help="Figures, every version.", exists=True, dir_okay=False)],
    judgements: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    nominations: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    movement: Annotated[str | None, typer.Option(help="Where the folder has several with ranks.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer as one JSON object.")] = False,
) -> None:
    """Apply the rules to files, without servers: what would be, if these were all the figures?"""
    from pydantic import ValidationError
    from yaml import YAMLError

    from deploy.evaluate.run import NoSuchPlan, evaluate, summary
    from deploy.evaluate.tables import UnreadableRow

    try:
        answer = evaluate(plans, units, results, judgements, nominations, movement)
    except (UnreadableRow, NoSuchPlan, YAMLError, ValidationError, OSError, UnicodeDecodeError) as error:
        print(f"thidua: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    print(json.dumps(answer, ensure_ascii=False) if as_json else summary(answer))


@app.command()
def contracts() -> None:
    """Write the JSON Schemas and the AsyncAPI document from the topic table."""
    from deploy.cli.contracts import write_contracts

    for path in write_contracts(Path("shared/contracts")):
        print(path)
