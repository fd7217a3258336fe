"""The files of plans and registers that the commands read, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from deploy.cli.faults import MISUSED, CommandFailed

if TYPE_CHECKING:
    from shared.contracts.plan import Plan
    from shared.contracts.units import UnitRegister
    from shared.plans.checking import PlanFinding
    from shared.plans.positioned_yaml import InvalidYaml, PositionedYaml

_MAX_SIBLINGS = 50


def plans_in(files: Collection[Path]) -> Iterator[Path]:
    """The named plans and those in named folders, without duplicates; those of a folder in the order of their names."""
    from shared.plans.load import TEMPLATE
    from shared.plans.working_days import FILE

    for path in dict.fromkeys(p for file in files for p in (sorted(file.rglob("*.yaml")) if file.is_dir() else [file])):
        # What ships beside the plans is none: the template, the calendar, the data of a province's papers.
        if path in files or (path.resolve() not in (TEMPLATE, FILE) and path.parent.name != "templates"):
            yield path


def read_plan(path: Path) -> PositionedYaml | InvalidYaml:
    """A plan's text, parsed once for all that is done with it; or why it cannot be."""
    from shared.plans.load import read_text
    from shared.plans.positioned_yaml import InvalidYaml, parse

    try:
        return parse(read_text(path))
    except InvalidYaml as error:
        return error


def check_all(read: Mapping[Path, PositionedYaml | InvalidYaml]) -> Iterator[PlanFinding]:
    """The findings about plans, checked against the register and source texts of their folder.

    Of the plans beside them only those are read that a link needs; what could not be read is a warning.
    """
    from shared.plans.checking import PlanFinding, check_plan, names_other_movements
    from shared.plans.positioned_yaml import InvalidYaml
    from shared.plans.sources import source_texts
    from shared.wording.plan_problems import invalid_yaml

    for folder, in_folder in groupby(sorted(read, key=lambda path: path.parent), key=lambda path: path.parent):
        inside = list(in_folder)
        plans_here = [parsed for path in inside if not isinstance(parsed := read[path], InvalidYaml)]
        provinces = [stated for parsed in plans_here if isinstance(stated := parsed.get(("province",)), str)]
        register, findings = register_of(folder, provinces[0] if provinces else None)
        yield from findings
        sources = source_texts(folder)
        beside = sorted(folder.glob("*.yaml")) if any(map(names_other_movements, plans_here)) else inside
        awards, unread = _awards_in(beside, read)
        for path in inside:
            parsed = read[path]
            if isinstance(parsed, InvalidYaml):
                yield PlanFinding(str(path), *parsed.position, "error", "yaml", invalid_yaml(str(parsed)))
                continue
            siblings = dict(awards_of_other for other, awards_of_other in awards.items() if other != path)
            yield from check_plan(parsed, str(path), register, sources, siblings)
            if unread and names_other_movements(parsed):
                detail = f"chưa đối chiếu được với phong trào trong: {', '.join(unread)}"
                yield PlanFinding(str(path), 1, 1, "warning", "plan_not_read", f"Kế hoạch: {detail}.")


def _awards_in(
    paths: Sequence[Path], read: Mapping[Path, PositionedYaml | InvalidYaml]
) -> tuple[dict[Path, tuple[str, frozenset[str]]], list[str]]:
    """The movements and awards of plans, by file; and the names of the files that could not be read.

    Read are regular files of a plan's size, the first ``_MAX_SIBLINGS``.
    """
    from shared.plans.checking import awards_of
    from shared.plans.positioned_yaml import InvalidYaml

    awards: dict[Path, tuple[str, frozenset[str]]] = {}
    unread = list[str]()
    for n, path in enumerate(paths):
        if path not in read and (n >= _MAX_SIBLINGS or not path.is_file()):
            unread.append(path.name)
            continue
        parsed = read[path] if path in read else read_plan(path)
        if isinstance(parsed, InvalidYaml):
            unread.append(path.name)
        elif (movement_awards := awards_of(parsed)) is not None:
            awards[path] = movement_awards
    return awards, unread


def register_of(folder: Path, province: str | None) -> tuple[UnitRegister | None, list[PlanFinding]]:
    """The newest register of a folder (by name), None if there is none or it is invalid; and the findings about it.

    ``province`` is that of the plans beside it.
    """
    from shared.plans.checking import PlanFinding
    from shared.plans.load import ProvinceNotStated, UnreadableRegister, load_register

    path = max(folder.glob("units-*.csv"), default=None)
    if path is None:
        return None, []
    try:
        return load_register(path, province, 1), []
    except ProvinceNotStated:
        return None, []
    except UnreadableRegister as error:
        return None, [
            PlanFinding(
                str(path),
                problem.line,
                1,
                "error",
                "invalid",
                f"Danh mục đơn vị, cột “{problem.column}”: {problem.problem}.",
            )
            for problem in error.problems
        ]


def load_plans(files: Collection[Path]) -> list[Plan]:
    """The plans in files. Prints the errors and ends the command if there are any."""
    from shared.plans.load import plan_of
    from shared.plans.positioned_yaml import InvalidYaml

    read = {path: read_plan(path) for path in plans_in(files)}
    errors = sorted(str(finding) for finding in check_all(read) if finding.severity == "error")
    for error in errors:
        typer.echo(error, err=True)
    if errors:
        raise typer.Exit(1)
    return [plan_of(parsed) for parsed in read.values() if not isinstance(parsed, InvalidYaml)]


def read_register(path: Path, province: str | None, version: int) -> UnitRegister:
    """The register in a file. Ends the command if it is invalid or nobody says which province it is of."""
    from shared.plans.load import ProvinceNotStated, UnreadableRegister, load_register

    try:
        return load_register(path, province, version)
    except ProvinceNotStated as error:
        raise CommandFailed(f"{error}: hãy nêu --province, hoặc thêm cột province vào tệp.", MISUSED) from None
    except UnreadableRegister as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        raise typer.Exit(1) from None
