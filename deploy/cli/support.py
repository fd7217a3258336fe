"""What the command groups share: options, the addresses of the running stack, printing and exit codes."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn, TypeVar

import structlog
import typer
from rich.console import Console

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

STACKS: Final = Path(".thidua")
"""Running stacks leave their addresses here, in ``<name>/run.json``."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
KafkaAddress = Annotated[str | None, typer.Option(help="Bootstrap address; by default the running stack's.")]
MongoUrl = Annotated[str | None, typer.Option(help="Database URL; by default the running stack's.")]
DatabasePrefix = Annotated[str, typer.Option(help="Prefix of the database names.", envvar="THIDUA_DATABASE_PREFIX")]
IntakeUrl = Annotated[str | None, typer.Option(help="intake's address; by default the running stack's.")]
OperatorKey = Annotated[
    str | None, typer.Option(help="The operator's key; by default the running stack's.", envvar="THIDUA_OPERATOR_KEY")
]


def running_stack() -> dict[str, str]:
    """The addresses of the stack that runs in this folder, the first by name; empty if none runs."""
    for path in sorted(STACKS.glob("*/run.json")):
        addresses: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return addresses
    return {}


def require_running_stack() -> dict[str, str]:
    """The addresses of the stack that runs in this folder. Raises ``typer.BadParameter`` if none runs."""
    if addresses := running_stack():
        return addresses
    raise typer.BadParameter("no stack is running here; name --kafka and --mongo")


def intake_access(url: str | None, key: str | None, options: str = "--url và --key") -> tuple[str, str]:
    """intake's address and the operator's key, as given or as the running stack has them.

    Ends the command if either is missing; ``options`` is what the message asks for.
    """
    # The running stack's key is never sent to another address.
    addresses = {} if url else running_stack()
    intake, operator = url or addresses.get("intake"), key or addresses.get("operator_key")
    if not intake or not operator:
        fail(f"không có hệ thống nào đang chạy ở đây; hãy nêu {options}.")
    return intake, operator


def refusal_text(answer: httpx.Response) -> str:
    """Detail and code of a problem document; the HTTP status of any other answer."""
    try:
        problem = answer.json()
        return f"{problem['detail']} [{problem['code']}]"
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"


INTERRUPTED: Final = 130


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the work and return its result. Ctrl-C, SIGTERM and SIGHUP cancel it, so that it cleans up first.

    Work that was cancelled ends the command with exit code 130 even if it comes back with a result: a library that
    loses a cancellation would otherwise make an interrupted check look like a finished one. So a command prints what
    it found only after this function has returned.
    """
    interrupted = False

    async def main() -> T:
        task = asyncio.current_task()
        assert task is not None

        def interrupt() -> None:
            # Only once: a second Ctrl-C would cancel the cleaning up, which takes a few seconds at most.
            nonlocal interrupted
            if not interrupted:
                interrupted = True
                task.cancel()

        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(signum, interrupt)
        return await work

    try:
        with _quiet_logs():
            result = asyncio.run(main())
    except BaseException:
        if interrupted:
            raise typer.Exit(INTERRUPTED) from None
        raise
    if interrupted:
        raise typer.Exit(INTERRUPTED)
    return result


@contextmanager
def _quiet_logs() -> Iterator[None]:
    """Keep what the libraries log, such as failed attempts to connect, out of a command's output."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        structlog.configure(**before)


def wide_console(*, stderr: bool = False) -> Console:
    """A console that is wide enough for the tables if standard output is not a terminal."""
    return Console(stderr=stderr, width=None if sys.stdout.isatty() else 132)


def print_error(error: object) -> None:
    """Print an error in red, on one line, to standard error."""
    Console(stderr=True).print(f"thidua: {error}", style="red", markup=False, soft_wrap=True)


def fail(message: str) -> NoReturn:
    """End the command with exit code 1 and the reason."""
    typer.echo(f"thidua: {message}", err=True)
    raise typer.Exit(1)


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
