"""`thidua doctor`: what is wrong with a running deployment, in plain words."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from deploy.cli.faults import OK, WRONG
from deploy.cli.stack_choice import StackFolder, stack_addresses
from deploy.cli.support import AsJson, KafkaAddress, MongoUrl, print_json, run

_SIGNS: Final = {"ok": "tốt", "unchecked": "chưa kiểm tra", "warning": "lưu ý", "error": "HỎNG"}
_SERVICES: Final = ("intake", "scoring", "council", "notify")


def doctor(
    kafka: KafkaAddress = None,
    mongo: MongoUrl = None,
    folder: StackFolder = None,
    data: Annotated[Path | None, typer.Option(help="Một thư mục trên ổ đĩa chứa dữ liệu.", exists=True)] = None,
    as_json: AsJson = False,
) -> None:
    """Check services, releases, clocks, topics, rights, indexes, keys, calendar, plans, disk and backup.

    Exits 1 if anything is wrong or soon will be. Reads only. ``THIDUA_URL_<SERVICE>`` names a service elsewhere.
    """
    from deploy.kafka.rights import granted_rights
    from deploy.maintenance.doctor import examine
    from deploy.maintenance.doctor_facts import gather_facts

    given = {"kafka": kafka, "mongo": mongo, **{s: os.environ.get(f"THIDUA_URL_{s.upper()}") for s in _SERVICES}}
    addresses = stack_addresses(folder, ("kafka", "mongo", *_SERVICES), "--kafka, --mongo, THIDUA_URL_…", given)
    urls = {name: addresses[name] for name in _SERVICES}
    rights = granted_rights(addresses["kafka"])
    facts = run(gather_facts(addresses["kafka"], addresses["mongo"], urls, data or folder, rights))
    findings = examine(facts)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            print(f"{_SIGNS[finding.level]:>13}  {finding.text}")
    raise typer.Exit(WRONG if any(finding.level in ("warning", "error") for finding in findings) else OK)
