"""Progress of what takes longer than two seconds: on standard error, so that what a command prints can be piped."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

FIRST_SECONDS: Final = 2.0
EVERY_SECONDS: Final = 10.0


class Work:
    """What goes on: its text, how much is done, and of how much."""

    def __init__(self, text: str, total: int | None = None) -> None:
        self.text, self.total = text, total
        self.done: int | None = None if total is None else 0
        self.on_update: Callable[[], object] = lambda: None

    def update(self, done: int, *, total: int | None = None, text: str | None = None) -> None:
        """Set how much is done, and the total and the text where they are given."""
        self.done, self.total, self.text = done, total or self.total, text or self.text
        self.on_update()

    def describe(self, text: str) -> None:
        """Set the text."""
        self.text = text
        self.on_update()

    def __str__(self) -> str:
        if self.done is None:
            return self.text
        return f"{self.text}: {self.done}" + ("" if self.total is None else f"/{self.total}")


@contextmanager
def progress(text: str, total: int | None = None, *, first: float = FIRST_SECONDS) -> Iterator[Work]:
    """Show work that the caller keeps up to date in the object it gets.

    On a terminal this is a line that changes and disappears at the end. Elsewhere it is a plain line after ``first``
    seconds and every ten seconds from then on, so work that ends sooner prints nothing.
    """
    work = Work(text, total)
    console = Console(stderr=True)
    with _changing_line(work, console) if console.is_terminal else _plain_lines(work, first):
        yield work


@contextmanager
def _changing_line(work: Work, console: Console) -> Iterator[None]:
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as line:
        task = line.add_task(str(work), total=None)
        work.on_update = lambda: line.update(task, description=str(work))
        yield


@contextmanager
def _plain_lines(work: Work, first: float) -> Iterator[None]:
    ended, began, out = threading.Event(), time.monotonic(), sys.stderr

    def report() -> None:
        seconds = first
        while not ended.wait(seconds):
            print(f"{work} … {time.monotonic() - began:.0f} giây", file=out, flush=True)
            seconds = EVERY_SECONDS

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
