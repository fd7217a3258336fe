"""`thidua backup` and `thidua restore`, of the embedded stack.

In production the databases are copied by MongoDB's own tools, in one consistent snapshot of all of them. ``ADMIN`` is
the URL with the user ``admin``, since the services' user may not read the log of operations::

    mongodump --uri "$ADMIN" --oplog --out backup          # all databases
    mongorestore --uri "$ADMIN" --oplogReplay --drop backup
    for s in intake scoring council notify; do             # so that they treat the broker as a new one
      mongosh "$ADMIN" --eval "db.getSiblingDB('thidua_$s').state.deleteOne({_id: 'broker'})"; done

Stop the services while the databases are restored. Topics are not backed up, because they are filled from the
databases; so restore onto a Kafka without our topics (delete them, or use a new cluster). A Kafka that still holds
events from after the backup would give the services reports that the restored intake does not have.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.progress import progress
from deploy.cli.stack_choice import STACKS, StackFolder, stack_addresses
from deploy.cli.support import MongoUrl, run

if TYPE_CHECKING:
    from deploy.backup.back_up import Manifest


def backup(
    folder: Annotated[Path | None, typer.Argument(help="Một thư mục chưa có.")] = None,
    done: Annotated[bool, typer.Option("--done", help="Chỉ ghi nhận rằng mongodump vừa sao lưu xong.")] = False,
    mongo: MongoUrl = None,
    stack: StackFolder = None,
) -> None:
    """Copy every document of a running stack into a folder, which appears under its name once it is complete.

    When it was done is noted in the database. ``--done`` only notes it, after another tool has made the backup.
    """
    from deploy.backup.back_up import back_up
    from deploy.maintenance.noting import note

    database = stack_addresses(stack, ("mongo",), "--mongo", {"mongo": mongo})["mongo"]

    if done:
        run(note(database, "intake", "backup"))
        print("backup: đã ghi nhận là vừa sao lưu")
        return
    if folder is None:
        raise typer.BadParameter("cần tên một thư mục chưa có, hoặc --done")

    async def work(folder: Path = folder) -> Manifest:
        with progress("Sao lưu") as copying:

            def show(name: str, n: int, total: int) -> None:
                copying.update(n, total=total, text=f"Sao lưu {name}")

            copied = await back_up(database, folder, on_progress=show)
        await note(database, "intake", "backup")
        return copied

    manifest = run(work())
    print(f"backup: đã sao lưu {_counts(manifest)} vào {folder}")


def restore(
    backup: Annotated[Path, typer.Argument(help="Thư mục do thidua backup ghi.", exists=True, file_okay=False)],
    folder: Annotated[Path, typer.Option("--dir", help="Thư mục của hệ thống.", envvar="THIDUA_DIR")] = STACKS / "up",
    force: Annotated[bool, typer.Option("--force", help="Thay dữ liệu đang có trong thư mục.")] = False,
) -> None:
    """Fill the folder of a stopped stack from a backup; `thidua up` then starts with it."""
    from deploy.backup.restore import restore as fill

    def announce(begun: str) -> None:
        typer.echo(f"Thay dữ liệu trong {folder / 'db'} bằng bản sao lưu lúc {_local_time(begun)}.", err=True)

    async def work() -> Manifest:
        with progress("Phục hồi") as filling:

            def show(name: str, n: int, total: int) -> None:
                filling.update(n, total=total, text=f"Phục hồi {name}")

            return await fill(backup, folder, force=force, on_replace=announce, on_progress=show)

    manifest = run(work())
    print(f"restore: đã phục hồi {_counts(manifest)} vào {folder}")


def _local_time(instant: str) -> str:
    from shared.wording.formats import gio_ngay

    try:
        return gio_ngay(datetime.fromisoformat(instant))
    except ValueError:
        return instant


def _counts(manifest: Manifest) -> str:
    files = manifest["files"]
    return f"{sum(file['documents'] for file in files.values())} tài liệu của {len(files)} tập"
