"""Writes the generated contract documents beside the contracts they come from."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from shared.contracts.generate import asyncapi, schemas


def write_contracts(folder: Path) -> list[Path]:
    """Write ``schemas/*.json`` and ``asyncapi.yaml`` into a folder, and delete schemas of events that no longer exist.

    Returns the paths written.
    """
    schema_folder = folder / "schemas"
    schema_folder.mkdir(parents=True, exist_ok=True)
    written = [
        _write(schema_folder / name, json.dumps(schema, indent=2, ensure_ascii=False))
        for name, schema in schemas().items()
    ]
    for orphan in set(schema_folder.glob("*.json")) - set(written):
        orphan.unlink()
    document = yaml.safe_dump(asyncapi(), sort_keys=False, allow_unicode=True, width=120)
    return [*written, _write(folder / "asyncapi.yaml", document)]


def _write(path: Path, text: str) -> Path:
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    return path
