"""`thidua backup` and `thidua restore`, of the embedded stack.

In production the databases are copied by MongoDB's own tools, in one consistent snapshot of all of them::

    mongodump --uri "$THIDUA_MONGO" --oplog --out backup          # all databases thidua_*
    mongorestore --uri "$THIDUA_MONGO" --oplogReplay --drop backup
    for s in intake scoring council notify; do                    # so that they treat the broker as a new one
      mongosh "$THIDUA_MONGO" --eval "db.getSiblingDB('thidua_$s').state.deleteOne({_id: 'broker'})"; done

Stop the services while the databases are restored. Topics are not backed up, because they are filled from the
databases; so restore onto a Kafka without our topics (delete them, or use a new cluster). A Kafka that still holds
events from after the backup would give the services reports that the restored intake does not have.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from deploy.cli.support import STACKS, MongoUrl, print_error, require_running_stack, run

if TYPE_CHECKING:
    from deploy.backup.back_up import Manifest

_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())


def backup(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")], mongo: MongoUrl = None
) -> None:
    """Copy every document of a running stack into a folder, which appears under its name once it is complete."""
    from deploy.backup.back_up import BackupError, back_up
    from deploy.stack.folders import FolderNotOurs

    async def work() -> int:
        with Progress(*_COLUMNS, transient=True) as bar:
            task = bar.add_task("Sao lưu", total=None)
            try:
                manifest = await back_up(
                    mongo or require_running_stack()["mongo"],
                    folder,
                    on_progress=lambda name, n, total: bar.update(
                        task, completed=n, total=total, description=f"Sao lưu {name}"
                    ),
                )
            except (BackupError, FolderNotOurs) as error:
                return _failed(error)
        print(f"backup: {_counts(manifest)} in {folder}")
        return 0

    run(work())


def restore(
    backup: Annotated[Path, typer.Argument(help="A folder that `thidua backup` wrote.", exists=True, file_okay=False)],
    folder: Annotated[Path, typer.Option("--dir", help="The stack's folder.")] = STACKS / "up",
    force: Annotated[bool, typer.Option("--force", help="Replace the data that is in the folder.")] = False,
) -> None:
    """Fill the folder of a stopped stack from a backup; `thidua up` then starts with it."""
    from deploy.backup.back_up import BackupError
    from deploy.backup.restore import FolderOccupied
    from deploy.backup.restore import restore as fill
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
                    on_progress=lambda name, n, total: bar.update(
                        task, completed=n, total=total, description=f"Phục hồi {name}"
                    ),
                )
            except (BackupError, FolderOccupied, FolderNotOurs, PartDied, TimeoutError) as error:
                return _failed(error)
        print(f"restore: {_counts(manifest)} in {folder}")
        return 0

    run(work())


def _counts(manifest: Manifest) -> str:
    files = manifest["files"]
    return f"{sum(file['documents'] for file in files.values())} documents of {len(files)} collections"


def _failed(error: Exception) -> int:
    print_error(error)
    return 1
