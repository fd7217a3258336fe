"""The commands of the README can be pasted block by block right after ``make setup``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

README: Final = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS: Final = [block.replace("\\\n", " ") for block in re.findall(r"^```sh\n(.*?)^```", README, re.M | re.S)]
# The first words of the commands. `thidua` and Python come from `.venv`, the only environment with our packages.
PROGRAMS: Final = {"make", "sh", "printf", ".venv/bin/thidua", ".venv/bin/python"}


def commands(block: str) -> list[str]:
    """The lines of a block without their comments."""
    return [line.partition(" # ")[0].strip() for line in block.splitlines() if line.strip()]


def runs_until_stopped(command: str) -> bool:
    """Whether a command runs until Ctrl-C."""
    return command == "make demo" or command.startswith(".venv/bin/thidua up")


def test_a_command_that_runs_until_ctrl_c_has_a_block_of_its_own() -> None:
    """Commands pasted after it would wait, and Ctrl-C would discard them."""
    blocks = [commands(block) for block in BLOCKS if any(map(runs_until_stopped, commands(block)))]
    assert blocks == [["make demo"], [".venv/bin/thidua up"]]


def test_every_command_begins_with_an_available_program() -> None:
    """No bare ``python``: the path may have none, or one without our packages."""
    first_words = {command.split()[0] for block in BLOCKS for command in commands(block)}
    assert first_words == PROGRAMS


def test_no_placeholder_is_read_as_a_redirection_by_the_shell() -> None:
    """``KEY=<your key>`` is a redirection."""
    assert [command for block in BLOCKS for command in commands(block) if "<" in command] == []


def test_every_path_the_readme_names_is_there() -> None:
    """Rooms move; the table that says where things are moves with them."""
    root = Path(__file__).parents[2]
    paths = set(re.findall(r"`((?:shared|services|deploy|tests|docs)/[^`…*<\s]+)`", README))
    assert len(paths) > 40
    assert {path for path in paths if not (root / path).exists()} == set()
