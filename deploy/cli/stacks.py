"""`thidua up`, `demo`, `status` and `stop`: the embedded stack of a folder."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypedDict

import typer
from rich.console import Console

from deploy.cli.faults import OK, UNABLE, WRONG, CommandFailed
from deploy.cli.progress import progress
from deploy.cli.stack_choice import STACKS, StackFolder, choose_stack
from deploy.cli.support import AsJson, print_json, run, wide_console
from deploy.demo import SEED
from deploy.stack.lock import FolderLock, addresses_in, is_running, take_over
from deploy.stack.ports import PORTS
from deploy.stack.processes import end_left_behind, left_behind, read_processes

if TYPE_CHECKING:
    from deploy.demo.outcome import Outcome
    from deploy.stack.embedded import Stack

_FOLDER_HELP = "Nơi để nhật ký, dữ liệu và thư: thư mục mới, trống, hoặc của lần chạy trước."
Folder = Annotated[Path, typer.Option("--dir", help=_FOLDER_HELP, envvar="THIDUA_DIR")]
_STOP_SECONDS = 40.0
_DEMO_AGENCY = "so-noi-vu"
_NAMES = {
    "kafka": "Kafka",
    "mongo": "cơ sở dữ liệu",
    "intake": "cổng tiếp nhận",
    "scoring": "xếp hạng",
    "council": "Hội đồng",
    "notify": "nhắc việc",
}


async def _print_addresses(console: Console, stack: Stack, agency: str | None = None) -> None:
    """Print where everything is, its keys, and new sign-in links; the officer's is for ``agency``."""
    from deploy.stack.links import link_lines, sign_in_links

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
        f"  Cho cơ quan gửi báo cáo  export THIDUA={intake} KAFKA={stack.kafka}",
        f"  Khóa người vận hành      {stack.operator_key}",
        f"  Khóa thư ký Hội đồng     {stack.desk_key}",
        *link_lines(await sign_in_links(stack, agency)),
        *(moved_port(name, port) for name, port in stack.moved.items()),
    ]
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)


def moved_port(name: str, port: int) -> str:
    """The line that says that a part does not listen on its usual port."""
    return f"  Cổng {PORTS[name]} đang có chương trình khác dùng, nên {_NAMES[name]} chạy ở cổng {port}."


def _take_over(folder: Path) -> FolderLock:
    """Lock the folder, and say what a crash had left there. Raises ``FolderInUse``, ``FolderNotOurs``."""
    lock = FolderLock(folder)
    if ended := take_over(lock):
        names = ", ".join(f"{name} ({pid})" for name, pid in ended.items())
        typer.echo(f"Lần chạy trước trong {folder} không dừng hẳn; đã dừng các tiến trình còn lại: {names}.", err=True)
    return lock


async def _start(stack: Stack) -> None:
    with progress("Khởi động") as starting:
        await stack.start(lambda phase: starting.describe(f"Khởi động: {phase}"))


async def _stop(stack: Stack) -> None:
    with progress("Dừng mọi tiến trình"):
        await stack.stop()


async def _play(stack: Stack, seed: int) -> Outcome:
    from deploy.demo.run import demo_year, play_year
    from shared.wording.formats import ngay

    year = demo_year(seed)
    with progress("Nạp kế hoạch và đơn vị", len(year.instants)) as playing:

        def on_instant(at: datetime) -> None:
            playing.update((playing.done or 0) + 1, text=f"Năm {at.year}, đến ngày {ngay(at.date())}")

        return await play_year(stack, year, seed, on_instant)


async def _watch_processes(stack: Stack) -> None:
    """Check the processes until the command is cancelled. Raises ``PartDied``."""
    while True:
        stack.check()
        await asyncio.sleep(0.5)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Dừng sau khi in kết quả.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Dòng cuối là tóm tắt dạng JSON.")] = False,
    seed: Annotated[int, typer.Option(help="Số khởi tạo của điểm số minh họa.")] = SEED,
    folder: Folder = STACKS / "demo",
) -> None:
    """Play one year of a province's movement on the embedded stack and print the outcome."""
    from deploy.demo.run import demo_stack
    from deploy.demo.story import print_story

    console = wide_console(stderr=as_json)
    lock = _take_over(folder)
    if any((folder / name).exists() for name in ("db", "outbox")):
        typer.echo(f"Xóa dữ liệu minh họa của lần chạy trước trong {folder}.", err=True)
    stack = demo_stack(folder, fixed_ports=True, lock=lock)

    async def work() -> int:
        try:
            await _start(stack)
            outcome = await _play(stack, seed)
            print_story(outcome, console)
            if as_json:
                print(json.dumps(outcome.summary(), ensure_ascii=False), flush=True)
            if not once:
                await _print_addresses(console, stack, _DEMO_AGENCY)
                await _watch_processes(stack)
            return OK if outcome.verified == "ok" else WRONG
        finally:
            await _stop(stack)

    raise typer.Exit(run(work()))


def up(folder: Folder = STACKS / "up") -> None:
    """Run the embedded stack on the real clock until Ctrl-C, with the data of earlier runs."""
    from deploy.demo.run import province, reporters, served
    from deploy.stack.embedded import Stack

    console = wide_console()
    lock = _take_over(folder)
    plans, _ = province()
    stack = Stack(
        folder, served(plans), agencies=reporters(plans), fixed_ports=True, keep=True, lock=lock, command="thidua up"
    )

    async def work() -> None:
        try:
            await _start(stack)
            await _print_addresses(console, stack)
            await _watch_processes(stack)
        finally:
            await _stop(stack)

    run(work())


def status(
    folder: Annotated[
        Path | None,
        typer.Option("--dir", help="Chỉ thư mục này; không nêu thì mọi hệ thống ở đây.", envvar="THIDUA_DIR"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what runs in which folder: since when ready, where, with which processes. Exits 3 if nothing runs."""
    folders = [folder] if folder else sorted(path for path in STACKS.glob("*") if path.is_dir())
    entries = [_status(path) for path in folders]
    if as_json:
        print_json(entries)
    else:
        for entry in entries:
            _print_status(entry)
        if not entries:
            typer.echo("Không có hệ thống nào ở đây.")
    if not any(entry["state"] in ("running", "starting") for entry in entries):
        raise typer.Exit(UNABLE)
    raise typer.Exit(WRONG if any(entry["unready"] for entry in entries) else OK)


class StackStatus(TypedDict):
    """One folder's stack, as ``thidua status --json`` prints it."""

    folder: str
    state: Literal["running", "starting", "left behind", "stopped"]
    command: str | None
    pid: int | None
    addresses: dict[str, str]
    unready: list[str]
    left_behind: dict[str, int]


def _status(folder: Path) -> StackStatus:
    processes, addresses = read_processes(folder), addresses_in(folder)
    runs = is_running(folder)
    left = left_behind(folder, processes) if processes and not runs else {}
    state: Literal["running", "starting", "left behind", "stopped"] = "left behind" if left else "stopped"
    if runs:
        state = "running" if addresses else "starting"
    shown = {name: addresses[name] for name in _NAMES if name in addresses}  # without the operator's key
    return {
        "folder": str(folder),
        "state": state,
        "command": processes.command if processes and runs else None,
        "pid": processes.owner if processes and runs else None,
        "addresses": shown if runs else {},
        "unready": _unready(addresses) if state == "running" else [],
        "left_behind": left,
    }


def _unready(addresses: dict[str, str]) -> list[str]:
    import httpx

    unready = []
    for name in ("intake", "scoring", "council", "notify"):
        try:
            ready = httpx.get(f"{addresses[name]}/readyz", timeout=5).is_success
        except (httpx.HTTPError, KeyError):
            ready = False
        if not ready:
            unready.append(name)
    return unready


def _print_status(entry: StackStatus) -> None:
    states = {
        "running": f"đang chạy ({entry['command'] or 'bản cũ'}, tiến trình {entry['pid'] or '?'})",
        "starting": f"đang được dùng ({entry['command'] or 'thidua'}, tiến trình {entry['pid'] or '?'})",
        "left behind": f"đã ngừng đột ngột, còn các tiến trình: {entry['left_behind']}; dừng hẳn bằng thidua stop",
        "stopped": "không chạy",
    }
    typer.echo(f"{entry['folder']}: {states[entry['state']]}")
    for name, address in entry["addresses"].items():
        typer.echo(f"  {_NAMES[name]:<16} {address}{'   chưa sẵn sàng' if name in entry['unready'] else ''}")


def stop(folder: StackFolder = None) -> None:
    """Stop the stack that runs in a folder, and what a crash left there. Exits 3 if nothing runs there."""
    if folder is None:
        running = choose_stack(None)
        folder = running.folder if running else STACKS / "up"
    processes = read_processes(folder)
    if not is_running(folder):
        left = end_left_behind(folder, processes) if processes else {}
        if not left:
            raise CommandFailed(f"không có hệ thống nào đang chạy trong {folder}.", UNABLE)
        typer.echo(f"Đã dừng các tiến trình còn lại trong {folder}: {', '.join(left)}.")
        return
    if processes is None:
        raise CommandFailed(
            f"không biết tiến trình nào chạy trong {folder}; hãy dừng bằng Ctrl-C ở cửa sổ của nó.", UNABLE
        )
    with suppress(ProcessLookupError):
        os.kill(processes.owner, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    with progress(f"Dừng {processes.command} trong {folder}"):
        while is_running(folder):
            if time.monotonic() > deadline:
                raise CommandFailed(f"tiến trình {processes.owner} chưa dừng sau {_STOP_SECONDS:.0f} giây.", UNABLE)
            time.sleep(0.1)
    typer.echo(f"Đã dừng {processes.command} trong {folder}.")
