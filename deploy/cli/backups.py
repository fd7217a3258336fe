"""`thidua backup` and `thidua restore`, of the embedded stack.

In production the databases are copied by MongoDB's own tools, in one consistent snapshot of all of them::

    mongodump --uri "$THIDUA_MONGO" --oplog --out backup          # all databases thidua_*
    mongorestore --uri "$THIDUA_MONGO" --oplogReplay --drop backup
    for s in intake scoring council notify; do                    # they must not take the broker for one they know
      mongosh "$THIDUA_MONGO" --eval "db.getSiblingDB('thidua_$s').state.deleteOne({_id: 'broker'})"; done

with the services stopped while it is restored. Topics are not backed up: they are made from the databases, so restore
onto a Kafka that holds none of ours (delete the topics, or a new cluster). One that still holds what was said after the
backup would tell the services of reports that the restored door no longer has.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())


def backup(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
    mongo: Annotated[str | None, typer.Option(help="Database URL; the running stack's where not given.")] = None,
) -> None:
    """Copy every document of a running stack into a folder. It gets its name when it is whole."""
    from deploy.backup.back_up import NoBackup, back_up
    from deploy.cli.main import _run, _running
    from deploy.stack.folders import FolderNotOurs

    async def work() -> int:
        with Progress(*_COLUMNS, transient=True) as bar:
            task = bar.add_task("Sao lưu", total=None)
            try:
                manifest = await back_up(
                    mongo or _running()["mongo"],
                    folder,
                    seen=lambda name, n, of: bar.update(task, completed=n, total=of, description=f"Sao lưu {name}"),
                )
            except (NoBackup, FolderNotOurs) as error:
                return _failed(error)
        print(f"backup: {_counted(manifest)} in {folder}")
        return 0

    _run(work())


def restore(
    backup: Annotated[Path, typer.Argument(help="A folder that `thidua backup` wrote.", exists=True, file_okay=False)],
    folder: Annotated[Path, typer.Option("--dir", help="The stack's folder.")] = Path(".thidua/up"),
    force: Annotated[bool, typer.Option("--force", help="Let the data go that is in the folder.")] = False,
) -> None:
    """Fill the folder of a stack that does not run from a backup; `thidua up` then starts with it."""
    from deploy.backup.back_up import NoBackup
    from deploy.backup.restore import Occupied
    from deploy.backup.restore import restore as fill
    from deploy.cli.main import _run
    from deploy.stack.embedded import PartDied
    from deploy.stack.folders import FolderNotOurs

    async def work() -> int:
        with Progress(*_COLUMNS, transient=True) as bar:
            task = bar.add_task("Phục hồi", total=None)
            try:
                manifest = await fill(
                    backup,
                    folder,
                    force=force,
                    seen=lambda name, n, of: bar.update(task, completed=n, total=of, description=f"Phục hồi {name}"),
                )
            except (NoBackup, Occupied, FolderNotOurs, PartDied, TimeoutError) as error:
                return _failed(error)
        print(f"restore: {_counted(manifest)} in {folder}")
        return 0

    _run(work())


def _counted(manifest: dict[str, dict[str, dict[str, int]]]) -> str:
    files = manifest["files"]
    return f"{sum(about['documents'] for about in files.values())} documents of {len(files)} collections"


def _failed(error: Exception) -> int:
    Console(stderr=True).print(f"thidua: {error}", style="red", markup=False, soft_wrap=True)
    return 1
