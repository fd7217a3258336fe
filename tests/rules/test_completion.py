"""The Tab key in a shell: the scripts that ``thidua --show-completion`` prints complete commands and options."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = f"""#!/bin/sh
exec {sys.executable} -c 'import sys; sys.argv[0] = "thidua"; from deploy.cli.main import app; app(prog_name="thidua")' "$@"
"""

# What bash does at Tab: it calls the function that the script has registered, with the words and the cursor's place.
ASK_BASH = """
source /dev/stdin <<< "$SCRIPT"
COMP_WORDS=({words}) COMP_CWORD={place}
$(complete -p thidua | sed 's/.*-F \\([^ ]*\\).*/\\1/') thidua
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
# What zsh's completion system would do: it evaluates what the program prints, which calls _arguments or _describe.
ASK_ZSH = """
compdef() {{ registered=$1 }}
_arguments() {{ print -r -- $* }}
_describe() {{ print -r -- $* }}
eval "$SCRIPT"
words=({words}) CURRENT={place}
$registered
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """One in which ``thidua`` is this checkout's."""
    program = tmp_path / "thidua"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(Path(__file__).parents[2])}


def completed(shell: str, environment: dict[str, str], *words: str) -> str:
    """What the shell would offer for the last of the words."""
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} on this machine")
    show = ["thidua", "--show-completion"]
    chosen = {**environment, f"_THIDUA_COMPLETE": f"source_{shell}"}
    script = subprocess.run(show[:1], env=chosen, capture_output=True, text=True, check=True).stdout
    ask, place = (ASK_BASH, len(words)) if shell == "bash" else (ASK_ZSH, len(words) + 1)
    text = ask.format(words=" ".join(["thidua", *(word or "''" for word in words)]), place=place)
    process = subprocess.run([shell, "-c", text], env={**environment, "SCRIPT": script}, capture_output=True, text=True)
    return process.stdout


def test_bash_completes_commands_subcommands_and_options(environment: dict[str, str]) -> None:
    assert completed("bash", environment, "sta").split() == ["status"]
    assert completed("bash", environment, "agency", "re").split() == ["revoke"]
    assert completed("bash", environment, "rebuild", "--sw").split() == ["--swap"]


def test_zsh_completes_commands_with_their_help(environment: dict[str, str]) -> None:
    offered = completed("zsh", environment, "sta")
    assert "status" in offered
    assert "sẵn sàng" in offered
