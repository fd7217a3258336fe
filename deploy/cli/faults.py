"""The one place that turns a fault of the surroundings into a sentence and an exit code.

Exit codes of every command: ``OK``, ``WRONG``, ``MISUSED`` (typer's own), ``UNABLE``, ``INTERRUPTED``.
"""

from __future__ import annotations

from typing import Any, Final

import typer
from rich.console import Console
from typer.core import TyperGroup

from deploy.cli.usage_errors import UsageError, word_in_vietnamese
from deploy.stack import system_errors

OK: Final = 0
WRONG: Final = 1
"""What was looked at is not in order, or what was asked for was refused."""
MISUSED: Final = 2
"""The command was typed wrongly: an unknown option, a missing argument, a choice that has to be made."""
UNABLE: Final = 3
"""It could not be done or decided: no stack runs, something does not answer, a folder or a disk cannot be used."""
INTERRUPTED: Final = 130
"""Ctrl-C or SIGTERM."""

EXIT_CODES: Final = (
    "Mã thoát: 0 xong, mọi thứ đúng · 1 có sai khác, có lỗi hoặc bị từ chối · 2 lệnh gõ chưa đúng · "
    "3 không thực hiện được (không có hệ thống đang chạy, không kết nối được, thư mục hoặc đĩa không dùng được) · "
    "130 bị ngắt."
)


class CommandFailed(Exception):
    """Ends a command with a sentence for its user and an exit code."""

    def __init__(self, sentence: str, code: int = WRONG) -> None:
        super().__init__(sentence)
        self.code = code


def described(error: BaseException) -> tuple[str, int] | None:
    """The sentence and the exit code for an error; None for one that is a fault of the program."""
    if isinstance(error, CommandFailed):
        return str(error), error.code
    if isinstance(error, KeyboardInterrupt):
        return "đã ngắt.", INTERRUPTED
    # The drivers take half a second to import: longer than most commands that end here.
    from deploy.backup.back_up import BackupError
    from deploy.backup.restore import FolderOccupied
    from deploy.stack.folders import FolderNotOurs
    from deploy.stack.lock import FolderInUse
    from deploy.stack.part import PartDied
    from shared.runtime.kafka.clients import BROKER_ERRORS
    from shared.runtime.mongo import TRANSIENT_DATABASE_ERRORS

    match error:
        case FolderNotOurs() | FolderInUse() | FolderOccupied() | BackupError():
            return str(error), WRONG
        case PartDied() | TimeoutError() if str(error):
            return str(error), UNABLE
        case OSError() if not isinstance(error, BROKER_ERRORS):
            return system_errors.described(error), UNABLE
    if isinstance(error, BROKER_ERRORS):
        return f"Kafka không trả lời hoặc từ chối: {_short(error)}", UNABLE
    if isinstance(error, TRANSIENT_DATABASE_ERRORS):
        return f"cơ sở dữ liệu không trả lời hoặc từ chối: {_short(error)}", UNABLE
    return None


def _short(error: BaseException) -> str:
    """An error in one line that is not long: drivers describe the whole topology."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else f"{text[:160]}…"


class CommandGroup(TyperGroup):
    """Commands that end with a sentence and an exit code, without a traceback, if the surroundings are at fault."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; see ``described``."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except UsageError as error:
            word_in_vietnamese(error)
            raise
        except (Exception, KeyboardInterrupt) as error:
            if (sentence_and_code := described(error)) is None:
                raise
            sentence, code = sentence_and_code
            print_error(sentence)
            raise typer.Exit(code) from None


def print_error(error: object) -> None:
    """Print an error in red, on one line, to standard error."""
    Console(stderr=True).print(f"thidua: {error}", style="red", markup=False, soft_wrap=True, highlight=False)
