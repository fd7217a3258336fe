"""README, CONTRIBUTING, CHANGELOG and docs/ match the code: links, paths, commands, topics, citations."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command

from deploy.cli.main import app
from shared.contracts.topics import EVERY_SERVICE, SERVICES, TOPICS, Topic, consumed_by
from tests.bench.__main__ import arguments as bench_arguments

ROOT: Final = Path(__file__).parents[2]
README, DOMAIN = ROOT / "README.md", ROOT / "docs" / "domain.md"
DOCUMENTS: Final = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS: Final = {path: path.read_text(encoding="utf-8") for path in DOCUMENTS}
SOURCES: Final = [
    path
    for room in ("services", "shared", "deploy", "tests")
    for suffix in ("*.py", "*.yaml", "*.yml")
    for path in sorted((ROOT / room).rglob(suffix))
    if "released" not in path.parts
]
MAKEFILE: Final = (ROOT / "Makefile").read_text(encoding="utf-8")
# The first words of the commands. `thidua` and Python come from `.venv`, the only environment with our packages.
PROGRAMS: Final = {"make", "sh", "printf", "export", "docker", ".venv/bin/thidua", ".venv/bin/python"}
THIDUA: Final = get_command(app)
UsageError: Final[type[Exception]] = typer.BadParameter.__mro__[1]
"""What the command's parser raises. Typer exports only this subclass of it."""

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def blocks(document: Path) -> list[str]:
    """The shell blocks of a document, continued lines joined."""
    return [block.replace("\\\n", " ") for block in re.findall(r"^```sh\n(.*?)^```", TEXTS[document], re.M | re.S)]


def commands(block: str) -> list[str]:
    """The lines of a block without their comments."""
    return [line.partition(" # ")[0].strip() for line in block.splitlines() if line.strip()]


def prose(document: Path) -> str:
    """A document without its code blocks."""
    return re.sub(r"^ *```.*?^ *```", "", TEXTS[document], flags=re.M | re.S)


def code_spans(document: Path) -> list[str]:
    """The texts in backticks in a document's prose."""
    return re.findall(r"`([^`\n]+)`", prose(document))


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+)$", prose(document), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def runs_until_stopped(command: str) -> bool:
    """Whether a command runs until Ctrl-C."""
    return command == "make demo" or command.startswith(".venv/bin/thidua up")


def thidua_problem(words: list[str], *, whole: bool) -> str | None:
    """Why `thidua` would refuse these arguments before it does anything; None if it would not.

    With ``whole`` required arguments must be there; a mention in a sentence may leave them out.
    """
    command: Any = THIDUA
    while isinstance(command, TyperGroup):
        if not words:
            return "no command" if whole else None
        if words[0] in {option for parameter in command.params for option in parameter.opts}:
            return None
        subcommand = command.commands.get(words[0])
        if subcommand is None:
            return f"no command {words[0]}"
        command, words = subcommand, words[1:]
    try:
        given, rest, _ = command.make_parser(command.context_class(command)).parse_args(list(words))
    except UsageError as error:
        # A sentence may name an option without its value.
        return str(error) if whole or not str(error).endswith("requires an argument.") else None
    if rest:
        return f"too many arguments: {rest}"
    missing = [
        parameter.name for parameter in command.params if parameter.required and not given.get(parameter.name or "")
    ]
    return f"missing {missing}" if whole and missing else None


def make_problem(words: list[str], *, whole: bool) -> str | None:
    """What is wrong with a call of make: an unknown target, or ARGS that its program refuses."""
    targets = [word for word in words if "=" not in word]
    if unknown := [target for target in targets if not re.search(rf"^{re.escape(target)}:", MAKEFILE, re.M)]:
        return f"no target {unknown}"
    arguments = [shlex.split(word.removeprefix("ARGS=")) for word in words if word.startswith("ARGS=")]
    for given in arguments:
        if targets == ["demo"]:
            return thidua_problem(["demo", *given], whole=whole)
        assert targets == ["bench"], f"teach this test the arguments of {targets}"
        try:
            bench_arguments(given)
        except SystemExit:
            return f"the bench refuses {given}"
    return None


def problem_of(command: str) -> str | None:
    """Why a printed command could not run; None if its program accepts it."""
    program, *words = shlex.split(command)
    match program:
        case ".venv/bin/thidua":
            return thidua_problem(words, whole=True)
        case "make":
            return make_problem(words, whole=True)
        case "sh" | ".venv/bin/python":
            return None if (ROOT / words[0]).is_file() else f"no file {words[0]}"
        case "docker":
            return None if words[:2] == ["compose", "up"] and (ROOT / "docker-compose.yml").is_file() else "not compose"
        case "printf" | "export":
            return None
        case _:
            return f"{program} may be missing, or be another one than that of `.venv`"


def test_the_readme_is_read_in_a_few_minutes() -> None:
    assert len(TEXTS[README].splitlines()) <= 160


def test_the_readme_sets_everything_up_with_two_commands() -> None:
    assert [commands(block) for block in blocks(README)] == [["make demo"], ["make test"]]


def test_every_document_is_found_from_the_readme() -> None:
    """The README or the index of the decisions links to it."""
    linked, unread = {README}, [README]
    while unread:
        document = unread.pop()
        targets = {(document.parent / target).resolve() for target in re.findall(r"\]\(([^)#:]+)", prose(document))}
        fresh = (targets & {*DOCUMENTS}) - linked
        linked |= fresh
        unread += fresh
    assert {*DOCUMENTS} - linked == set()


@every_document
def test_every_link_leads_to_a_file_and_a_heading_that_exist(document: Path) -> None:
    broken: list[str] = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(target)
    assert broken == []


@every_document
def test_every_path_in_backticks_exists(document: Path) -> None:
    """So a renamed file is renamed in the documents too. The changelog may name files of earlier releases."""
    roots = r"(?:shared|services|deploy|tests|docs)/[^…*<\s]+"
    paths = [
        span.partition("::")[0]
        for span in code_spans(document)
        if re.fullmatch(roots + r"|[\w-]+\.(?:md|toml|yml)", span)
    ]
    places = (ROOT, document.parent)
    assert [path for path in paths if not any((place / path).exists() for place in places)] == []


@every_document
def test_every_printed_command_is_accepted_by_its_program(document: Path) -> None:
    """Options, targets and files exist, and the shell can parse the block; the test needs no running stack."""
    for block in blocks(document):
        subprocess.run(["sh", "-n"], input=block, text=True, check=True)
    problems = {
        part.strip(): problem
        for block in blocks(document)
        for command in commands(block)
        for part in (command.split(";") if command.startswith("printf") else [command])
        if part.split()[0] != "read" and (problem := problem_of(part.strip()))
    }
    assert problems == {}
    assert [command for block in blocks(document) for command in commands(block) if "<" in command] == []


@every_document
def test_every_command_named_in_a_sentence_exists(document: Path) -> None:
    problems: dict[str, str] = {}
    for span in code_spans(document):
        program, *words = span.split(maxsplit=1)
        if program not in ("make", "thidua") or not words:
            continue
        check = make_problem if program == "make" else thidua_problem
        if problem := check(shlex.split(words[0]), whole=False):
            problems[span] = problem
    assert problems == {}


@every_document
def test_a_command_that_runs_until_ctrl_c_has_a_block_of_its_own(document: Path) -> None:
    """Commands pasted after it would wait, and Ctrl-C would discard them."""
    waiting = [commands(block) for block in blocks(document) if any(map(runs_until_stopped, commands(block)))]
    assert [block for block in waiting if len(block) > 1] == []


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (".venv/bin/thidua dlq lists", "no command lists"),
        (".venv/bin/thidua verify --fast", "No such option: --fast"),
        (".venv/bin/thidua rebuild --swap", "missing ['service']"),
        ("make benches", "no target ['benches']"),
        ("make demo ARGS=--twice", "No such option: --twice"),
        ("make bench ARGS=--slowly", "the bench refuses ['--slowly']"),
        ("sh deploy/examples/none.sh", "no file deploy/examples/none.sh"),
        ("python -m deploy", "python may be missing, or be another one than that of `.venv`"),
    ],
)
def test_a_command_that_could_not_run_is_seen(command: str, problem: str) -> None:
    """This shows that the tests above can fail."""
    assert (problem_of(command) or "").startswith(problem)


def test_the_readmes_topic_table_is_the_table_in_code() -> None:
    """It has the name, producer, consumers and key of every topic."""
    rows = re.findall(r"^\| `([^`]+)` \| (\w+) \| ([^|]+) \| `([^`]+)`", TEXTS[README], re.M)
    assert {(name, producer, consumers.strip(), key) for name, producer, consumers, key in rows} == {
        (topic.name, topic.producer, ", ".join(topic.consumers), topic.key.split(", ")[0]) for topic in TOPICS
    }


def _entity(topic: Topic) -> str:
    first, second, *_ = topic.name.split(".")
    return first if first in ("inbox", "outbox") else second


def test_the_table_of_services_lists_what_each_consumes_and_publishes() -> None:
    """The table is in docs/architecture.md and names each topic by the middle part of its name."""
    table = re.findall(r"^\| (\w+) \| ([^|]+) \| [^|]+ \| ([^|]+) \|$", TEXTS[ROOT / "docs" / "architecture.md"], re.M)
    entities = {_entity(topic) for topic in TOPICS if topic.producer != EVERY_SERVICE}
    listed = {
        service: tuple(set(re.findall(r"\w+", cell)) & entities for cell in (consumes, publishes))
        for service, consumes, publishes in table
        if service in SERVICES
    }
    assert listed == {
        service: (
            {_entity(topic) for topic in consumed_by(service)},
            {_entity(topic) for topic in TOPICS if topic.producer == service},
        )
        for service in SERVICES
    }


def test_every_question_and_section_that_the_code_cites_is_in_docs_domain() -> None:
    """A line that cites A41 or L7 can be looked up, and so can "DOMAIN.md 1.5"."""
    defined = set(re.findall(r"^\| ([AL]\d{1,2}) \|", TEXTS[DOMAIN], re.M))
    assert {f"A{n}" for n in range(1, 52)} | {f"L{n}" for n in range(1, 17)} == defined
    sections = set(re.findall(r"^#+ (\d+(?:\.\d+)?)\.? ", TEXTS[DOMAIN], re.M))
    cited: dict[str, set[str]] = {}
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"(?<![\w\-/.:])([AL]\d{1,2})(?![\w:])", text):
            cited.setdefault(name, set()).add(str(path.relative_to(ROOT)))
        for section in re.findall(r"DOMAIN(?:\.md)? (\d+(?:\.\d+)?)", text):
            assert section in sections, f"{path} cites section {section}"
    assert len(cited) > 40
    assert {name: files for name, files in cited.items() if name not in defined} == {}


@every_document
def test_documents_are_in_plain_english(document: Path) -> None:
    """Programs publish, consume and report; they do not speak or hear. Nothing is done anew."""
    words = re.sub(r"`[^`\n]*`", "", prose(document))
    assert re.findall(r"\b(?:anew|hears?|heard|told|said|says|speaks?|cried out)\b", words, re.I) == []
