"""The Tab key in a shell: what ``thidua --install-completion`` installs completes commands and options."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli.main import app

PROGRAM = f"""#!/bin/sh
exec {sys.executable} -c 'from deploy.cli.main import app; app(prog_name="thidua")' "$@"
"""

# What bash does at Tab: it calls the function that the script has registered, with the words and the cursor's place.
TAB = """
eval "$SCRIPT"
COMP_WORDS=(thidua rebuild --sw) COMP_CWORD=2
$(complete -p thidua | sed 's/.*-F \\([^ ]*\\).*/\\1/') thidua
printf '%s\\n' "${COMPREPLY[@]}"
"""


def answer(instruction: str, **variables: str) -> str:
    """What ``thidua`` prints for a shell that asks it with these variables."""
    environment = {"_THIDUA_COMPLETE": instruction, **variables}
    return CliRunner().invoke(app, [], prog_name="thidua", env=environment).stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash on this machine")
def test_bash_completes_an_option_with_the_script_that_is_installed(tmp_path: Path) -> None:
    program = tmp_path / "thidua"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "SCRIPT": answer("source_bash"),
    }
    process = subprocess.run(["bash", "-c", TAB], env=environment, capture_output=True, text=True, check=True)
    assert process.stdout.split() == ["--swap"]


@pytest.mark.parametrize(
    ("words", "offered"), [("thidua sta", "status"), ("thidua agency re", "revoke"), ("thidua rebuild --sw", "--swap")]
)
def test_bash_and_zsh_are_offered_what_fits(words: str, offered: str) -> None:
    """The program answers the scripts of both; zsh also gets the help of what is offered."""
    place = str(len(words.split()) - 1)
    assert answer("complete_bash", COMP_WORDS=words, COMP_CWORD=place).split() == [offered]
    zsh = answer("complete_zsh", _TYPER_COMPLETE_ARGS=words)
    assert zsh.startswith("_arguments ")
    assert f'"{offered}":"' in zsh


def test_the_script_for_zsh_calls_the_program() -> None:
    """It has the form that zsh's completion system loads."""
    script = answer("source_zsh")
    assert script.lstrip().startswith("#compdef thidua")
    assert "_THIDUA_COMPLETE=complete_zsh" in script
