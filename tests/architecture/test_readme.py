"""The README's commands can be pasted, a block at a time, right after ``make setup``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

README: Final = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS: Final = [block.replace("\\\n", " ") for block in re.findall(r"^```sh\n(.*?)^```", README, re.M | re.S)]
# What such a command begins with. Our own commands and Python are the environment's: no other has our packages.
PROGRAMS: Final = {"make", "sh", "printf", ".venv/bin/thidua", ".venv/bin/python"}


def commands(block: str) -> list[str]:
    """The lines of a block without their comments."""
    return [line.partition(" # ")[0].strip() for line in block.splitlines() if line.strip()]


def stays(command: str) -> bool:
    """Whether a command runs until Ctrl-C."""
    return command == "make demo" or command.startswith(".venv/bin/thidua up")


def test_a_command_that_runs_until_ctrl_c_has_a_block_of_its_own() -> None:
    """What is pasted after it would wait, and Ctrl-C would throw it away."""
    staying = [commands(block) for block in BLOCKS if any(map(stays, commands(block)))]
    assert staying == [["make demo"], [".venv/bin/thidua up"]]


def test_every_command_begins_with_a_program_that_is_there() -> None:
    """No bare ``python``: there may be none on the path, or one without what we need."""
    first_words = {command.split()[0] for block in BLOCKS for command in commands(block)}
    assert first_words == PROGRAMS


def test_no_placeholder_stands_where_a_shell_would_read_a_file() -> None:
    """``KEY=<your key>`` is a redirection."""
    assert [command for block in BLOCKS for command in commands(block) if "<" in command] == []
