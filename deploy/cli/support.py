"""What the commands share: options, intake's address and key, printing, interruptions."""

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

from deploy.cli.faults import INTERRUPTED, MISUSED, UNABLE, CommandFailed
from deploy.cli.stack_choice import stack_addresses

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
_INTERRUPTIONS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

AsJson = Annotated[bool, typer.Option("--json", help="In ra dạng JSON.")]
KafkaAddress = Annotated[
    str | None, typer.Option(help="Địa chỉ Kafka; không nêu thì của hệ thống đang chạy.", envvar="THIDUA_KAFKA")
]
MongoUrl = Annotated[
    str | None, typer.Option(help="Địa chỉ cơ sở dữ liệu; không nêu thì của hệ thống đang chạy.", envvar="THIDUA_MONGO")
]
DatabasePrefix = Annotated[
    str, typer.Option(help="Phần đầu của tên các cơ sở dữ liệu.", envvar="THIDUA_DATABASE_PREFIX")
]
IntakeUrl = Annotated[
    str | None,
    typer.Option(help="Địa chỉ cổng tiếp nhận; không nêu thì của hệ thống đang chạy.", envvar="THIDUA_URL_INTAKE"),
]
OperatorKey = Annotated[
    str | None,
    typer.Option(help="Khóa người vận hành; không nêu thì của hệ thống đang chạy.", envvar="THIDUA_OPERATOR_KEY"),
]

NotifyUrl = Annotated[
    str | None,
    typer.Option(
        "--url", help="Địa chỉ dịch vụ nhắc việc; không nêu thì của hệ thống đang chạy.", envvar="THIDUA_URL_NOTIFY"
    ),
]
DeskKeyOption = Annotated[
    str | None,
    typer.Option("--key", help="Khóa thư ký Hội đồng; không nêu thì của hệ thống đang chạy.", envvar="THIDUA_DESK_KEY"),
]

ProvinceOption = Annotated[
    str | None, typer.Option("--province", help="Mã tỉnh; không nêu thì là tỉnh duy nhất có kế hoạch.")
]


def notify_access(url: str | None, key: str | None, folder: Path | None) -> tuple[str, str]:
    """notify's address and the standing office's key, as given or as the running stack has them.

    Raises ``CommandFailed``.
    """
    addresses = desk_addresses("notify", url, key, folder)
    return addresses["notify"], addresses["desk_key"]


def desk_addresses(service: str, url: str | None, key: str | None, folder: Path | None) -> dict[str, str]:
    """A service's address and ``desk_key``, as given or as the running stack has them, with what else that has.

    Raises ``CommandFailed``.
    """
    if url and not key:  # the running stack's key is never sent to another address
        raise CommandFailed(f"chưa có khóa thư ký Hội đồng cho {url}; hãy nêu --key.", MISUSED)
    return stack_addresses(folder, (service, "desk_key"), "--url và --key", {service: url, "desk_key": key})


def ask_notify(access: tuple[str, str], method: str, path: str, **request: Any) -> httpx.Response:
    """notify's answer to the standing office: a success, or a refusal of the request itself (4xx).

    Raises ``CommandFailed`` if it does not answer, or cannot now, or the key is another one.
    """
    import httpx

    url, key = access
    headers = {"Authorization": f"Bearer {key}", **request.pop("headers", {})}
    try:
        answer = httpx.request(method, f"{url}{path}", headers=headers, timeout=60, **request)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CommandFailed(f"dịch vụ nhắc việc không trả lời tại {url}: {error}", UNABLE) from None
    if answer.status_code >= 500:
        raise CommandFailed(f"dịch vụ nhắc việc chưa thực hiện được: {refusal_text(answer)}", UNABLE)
    return answer


def succeeded(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is a success. Ends the command with exit code 1 and the refusal otherwise."""
    if not answer.is_success:
        fail(refusal_text(answer))
    return answer


def only_province(access: tuple[str, str]) -> str:
    """The only province whose plans notify has. Raises ``CommandFailed`` if there are several, or none."""
    books = succeeded(ask_notify(access, "GET", "/v1/mailboxes")).json()
    if len(books) != 1:
        choices = ", ".join(book["province"] for book in books) or "chưa có kế hoạch nào"
        raise CommandFailed(f"hãy nêu --province ({choices}).", MISUSED)
    return str(books[0]["province"])


def intake_access(
    url: str | None, key: str | None, folder: Path | None, options: str = "--url và --key"
) -> tuple[str, str]:
    """intake's address and the operator's key, as given or as the running stack has them.

    ``options`` is what the message asks for where either is missing. Raises ``CommandFailed``.
    """
    if url:  # the running stack's key is never sent to another address
        if not key:
            raise CommandFailed(f"chưa có khóa người vận hành cho {url}; hãy nêu {options}.", MISUSED)
        return url, key
    addresses = stack_addresses(folder, ("intake", "operator_key"), options, {"operator_key": key})
    return addresses["intake"], addresses["operator_key"]


def ask_intake(
    method: str,
    path: str,
    url: str | None,
    key: str | None,
    folder: Path | None,
    options: str = "--url và --key",
    *,
    json: object = None,
) -> httpx.Response:
    """Send a request as the operator. Raises ``CommandFailed`` without address or key, or if intake does not answer."""
    import httpx

    intake, operator = intake_access(url, key, folder, options)
    headers = {"Authorization": f"Bearer {operator}"}
    try:
        return httpx.request(method, f"{intake}{path}", headers=headers, json=json, timeout=30)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CommandFailed(f"cổng tiếp nhận không trả lời tại {intake}: {error}", UNABLE) from None


def refusal_text(answer: httpx.Response) -> str:
    """Detail and code of a problem document; the HTTP status of any other answer."""
    try:
        problem = answer.json()
        return f"{problem['detail']} [{problem['code']}]"
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"


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

        for signum in _INTERRUPTIONS:
            asyncio.get_running_loop().add_signal_handler(signum, interrupt)
        return await work

    try:
        with _quiet_logs():
            result = asyncio.run(main())
    except BaseException:
        if not interrupted:
            raise
    if not interrupted:
        return result
    for signum in _INTERRUPTIONS:  # everything is cleaned up: another Ctrl-C must not change the exit code now
        signal.signal(signum, signal.SIG_IGN)
    raise CommandFailed("đã ngắt.", INTERRUPTED)


@contextmanager
def _quiet_logs() -> Iterator[None]:
    """Keep what the libraries log, such as failed attempts to connect, out of a command's output."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        structlog.configure(**before)


def wide_console(*, stderr: bool = False) -> Console:
    """A console that is wide enough for the tables if standard output is not a terminal."""
    return Console(stderr=stderr, width=None if sys.stdout.isatty() else 132)


def fail(sentence: str) -> NoReturn:
    """End the command with exit code 1 and the reason."""
    raise CommandFailed(sentence)


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
